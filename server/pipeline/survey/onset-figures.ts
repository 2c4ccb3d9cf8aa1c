import type { SumSpectrum } from '../../../protocol/index.ts';
import type { OnsetDrift } from '../../analysis/onset-drift.ts';

/** What an edge's onset tells of the drift, as the sum spectrum's message has it. */
export function onsetFigures({ shifts, uncertainty }: OnsetDrift): NonNullable<SumSpectrum['drift']> {
  const mean = shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length;
  return { by: 'edge onset', mean, least: Math.min(...shifts), most: Math.max(...shifts), uncertainty };
}
