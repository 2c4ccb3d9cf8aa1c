import type { ExportedPlan, PlannedScan } from './planned-scan.ts';

const COLUMNS = [
  'number',
  'top',
  'left',
  'bottom',
  'right',
  'dwells',
  'dwell_seconds',
  'seconds',
  'gain',
  'reason',
];

/**
 * `gatan.txt`: a line for each region, fields separated by tabs, for a DigitalMicrograph script that reads lines. Lines that
 * begin with `#` are comments. Top, left, bottom and right are pixels of the scan, bottom and right excluded, as rectangles are
 * given there; what is not known is 0. ASCII throughout, decimal points.
 */
export function gatanText({ number, status, regions }: ExportedPlan, scan: PlannedScan): string {
  const { shape, dwellSeconds = 0, pixelSizeNm } = scan;
  const size = pixelSizeNm === undefined ? 'pixel size not known' : `pixel size ${pixelSizeNm} nm`;
  const head = [
    `# eelwatch rescan plan${number === undefined ? '' : ` ${number}`}, ${status}`,
    `# scan ${scan.name}, ${shape[0]} rows, ${shape[1]} columns, ${size}`,
    '# top, left, bottom, right: pixels of the scan, from 0, bottom and right excluded; dwells: times the dwell of the first pass; 0: not known',
    `# ${COLUMNS.join('\t')}`,
  ];
  const lines = regions.map((region) =>
    [
      region.number,
      region.y,
      region.x,
      region.y + region.height,
      region.x + region.width,
      region.dwells,
      rounded(dwellSeconds * region.dwells),
      rounded(region.seconds ?? 0),
      rounded(region.gain),
      region.reason,
    ].join('\t'),
  );
  // The reason comes last and holds neither tabs nor line ends; everything else is numbers.
  return `${[...head, ...lines].map(inAscii).join('\n')}\n`;
}

const rounded = (value: number): number => Number(value.toPrecision(9));

const inAscii = (line: string): string =>
  line
    .normalize('NFKD')
    .replaceAll(/[‐-―−]/g, '-')
    .replaceAll('×', 'x')
    .replaceAll('σ', 'sigma')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\t\x20-\x7e]/gu, ' ');
