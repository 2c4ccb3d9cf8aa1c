import { scaleLinear } from 'd3-scale';
import type { Domain } from '../../../protocol/domain.ts';

export interface ColourScale {
  /** Places from 0 (low end) to 1, and what to write there. */
  ticks: { at: number; text: string }[];
  /** What the texts are multiples of: `10⁶`; empty for 1. */
  factor: string;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (exponent: number): string =>
  `${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;

/** Round values between the ends of a colour bar; a power of ten is taken out of long ones. */
export function colourScale([low, high]: Domain, count = 5): ColourScale {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const isPlain = size === 0 || (size >= 1e-3 && size < 1e5);
  const exponent = isPlain ? 0 : 3 * Math.floor(Math.log10(size) / 3);
  const unit = 10 ** exponent;
  const scale = scaleLinear().domain([low / unit, high / unit]);
  const format = scale.tickFormat(count);
  return {
    ticks: scale.ticks(count).map((value) => ({ at: scale(value), text: format(value).replace('-', '−') })),
    factor: exponent === 0 ? '' : `10${raised(exponent)}`,
  };
}
