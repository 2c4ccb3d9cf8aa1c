import type { ExportedPlan, PlannedScan } from './planned-scan.ts';

/**
 * `regions.csv`: a row for each region. Lengths in nm run along the axes of the scan from its upper left corner; what is not
 * known is empty.
 */
export function regionsCsv({ regions }: ExportedPlan, scan: PlannedScan): string {
  const { pixelSizeNm: nm, dwellSeconds } = scan;
  const headings = [
    'number',
    ...['y', 'x', 'height', 'width'].map((name) => `${name} (px)`),
    ...['y', 'x', 'height', 'width'].map((name) => `${name} (nm)`),
    'dwells',
    'dwell (s)',
    'seconds',
    'gain (px)',
    'reason',
  ];
  const rows = regions.map(({ number, y, x, height, width, dwells, seconds, gain, reason }) => [
    number,
    ...[y, x, height, width],
    ...[y, x, height, width].map((pixels) => shortened(nm === undefined ? undefined : pixels * nm)),
    dwells,
    shortened(dwellSeconds === undefined ? undefined : dwellSeconds * dwells),
    shortened(seconds),
    shortened(gain),
    quoted(reason),
  ]);
  return [headings, ...rows].map((row) => `${row.join(',')}\n`).join('');
}

/** Without the digits that are rounding of products. */
export const shortened = (value: number | undefined): string =>
  value === undefined ? '' : String(Number(value.toPrecision(12)));

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
