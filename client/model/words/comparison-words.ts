import type { ClassAgreement, ComparedSide, Comparison, MapDifference } from '../../../protocol/index.ts';
import { compact, minus, plural } from './format.ts';

/** `12.3 %`, with one decimal. */
export const sharePercent = (share: number | undefined): string =>
  share === undefined ? '–' : `${(100 * share).toFixed(1)}\u2009%`;

/** With its sign, also where it is positive. */
export function signed(value: number, decimals?: number): string {
  const text = decimals === undefined ? compact(Math.abs(value)) : Math.abs(value).toFixed(decimals);
  if (Number.parseFloat(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** With one class in both maps the figure says nothing. */
export const agreementFigure = (agreement: ClassAgreement | undefined, figure: 'ari' | 'ami'): string =>
  agreement === undefined || agreement.oneClass ? '–' : minus(agreement[figure].toFixed(3));

/** `ARI 0.765 · AMI 0.690`, or why there is none. */
export function agreementWords(agreement: ClassAgreement | undefined): string {
  if (agreement === undefined) return 'no pixel is measured in both';
  if (agreement.oneClass) return 'one class in both: no agreement can be told';
  return `ARI ${agreementFigure(agreement, 'ari')} · AMI ${agreementFigure(agreement, 'ami')}`;
}

/** What differs between two maps, in one line. */
export function differenceWords(difference: MapDifference | undefined, columns: number): string {
  if (difference === undefined) return 'no pixel is measured in both';
  const { mean, rms, relativeRms, largest, correlation, equal, beyondNoise, onlyA, onlyB } = difference;
  if (equal === 1) return `equal in all ${plural(difference.pixels, 'pixel')}`;
  const place = `(${Math.floor(largest.pixel / columns)}, ${largest.pixel % columns})`;
  const parts = [
    `mean ${signed(mean)}`,
    `RMS ${compact(rms)}${relativeRms === undefined ? '' : `, ${sharePercent(relativeRms)}`}`,
    `largest ${signed(largest.difference)} at ${place}`,
    ...(correlation === undefined ? [] : [`r ${minus(correlation.toFixed(3))}`]),
    ...(beyondNoise === undefined ? [] : [`beyond 3\u2009σ ${sharePercent(beyondNoise)}`]),
    ...(onlyA + onlyB > 0 ? [`measured in one alone: ${onlyA + onlyB}`] : []),
  ];
  return parts.join(' · ');
}

/** The end of a path, which tells sessions and folders apart. */
export const pathEnd = (path: string): string => path.replace(/\/+$/, '').split('/').slice(-2).join('/');

/** `session 2026-11-28T14-14-39Z anode, as recorded`. */
export const sideWords = ({ kind, path, how }: ComparedSide): string => `${kind} ${pathEnd(path)}, ${how}`;

/** What has to be known to read the figures, and what only one side has. */
export function comparisonNotes({ notes, onlyA, onlyB }: Comparison): string[] {
  const only = (side: string, { edges, maps }: Comparison['onlyA']) => {
    const parts = [...edges, ...maps.map((map) => `map of ${map}`)];
    return parts.length > 0 ? [`only in ${side}: ${parts.join(', ')}`] : [];
  };
  return [...notes, ...only('A', onlyA), ...only('B', onlyB)];
}
