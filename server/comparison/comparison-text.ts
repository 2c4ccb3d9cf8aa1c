import type {
  ClassAgreement,
  ComparedClass,
  ComparedSide,
  Comparison,
  EdgeComparison,
  MapComparison,
  OneSided,
} from '../../protocol/index.ts';
import { alignColumns } from './align-columns.ts';

/** The comparison as people read it on a terminal. */
export function comparisonText(comparison: Comparison): string {
  const { a, b, notes, edges, maps, onlyA, onlyB } = comparison;
  const lines = [
    `A  ${sideText(a)}`,
    `B  ${sideText(b)}`,
    `${a.scan.shape.join(' × ')} pixels; differences are B − A`,
    ...notes.map((note) => `note: ${note}`),
    ...onlyText('A', onlyA),
    ...onlyText('B', onlyB),
  ];
  for (const edge of edges) lines.push('', ...edgeText(edge, a.scan.shape[1]));
  if (edges.length === 0) lines.push('', 'no edge is in both');
  if (maps.length > 0) lines.push('', 'Scan', ...mapsText(maps, a.scan.shape[1]));
  return `${lines.join('\n')}\n`;
}

const sideText = ({ path, kind, how, scan }: ComparedSide): string =>
  `${scan.name}${scan.simulated ? ' (simulated)' : ''} · ${kind} ${path} · ${how}`;

function onlyText(side: string, { edges, maps }: OneSided): string[] {
  const parts = [...edges.map((edge) => `edge ${edge}`), ...maps.map((map) => `map of ${map}`)];
  return parts.length > 0 ? [`only in ${side}: ${parts.join(', ')}`] : [];
}

function edgeText(edge: EdgeComparison, columns: number): string[] {
  const { pixels, correspondence } = edge;
  const { unmeasured } = pixels;
  const lines = [edge.edge, ...edge.notes.map((note) => `  note: ${note}`)];
  lines.push(
    ...alignColumns([
      ['  class maps', 'pixels', 'ARI', 'AMI', 'in matched classes'],
      [
        '  all, absence a class',
        String(pixels.compared),
        ...agreementText(edge.agreement),
        share(correspondence.shareWithAbsence),
      ],
      [
        '  present in both',
        String(pixels.presentInBoth),
        ...agreementText(edge.agreementPresent),
        share(correspondence.share),
      ],
    ]),
    `  absent in both ${pixels.absentInBoth} · present in A only ${pixels.presentInAOnly} · present in B only ${pixels.presentInBOnly}`,
  );
  if (unmeasured.a + unmeasured.b + unmeasured.both > 0)
    lines.push(
      `  left out as not measured: in A only ${unmeasured.a}, in B only ${unmeasured.b}, in both ${unmeasured.both}`,
    );
  if (edge.agreementPresent?.oneClass)
    lines.push('  present in both, both maps are one class: no agreement can be told');
  return [...lines, '', ...classesText(edge), '', ...tableText(edge), '', ...mapsText(edge.maps, columns)];
}

/** One class in both maps says nothing: its 1 by convention is not shown. */
const agreementText = (agreement: ClassAgreement | undefined): string[] =>
  agreement && !agreement.oneClass
    ? [agreement.ari.toFixed(3), agreement.ami.toFixed(3)].map(withMinus)
    : ['–', '–'];

/** Which class stands for which, and how their mean spectra differ. */
function classesText({ classes, correspondence, spectra }: EdgeComparison): string[] {
  const { matches, onlyA, onlyB } = correspondence;
  const rows = matches.map((match) => {
    const { difference } = spectra.find(({ a, b }) => a === match.a && b === match.b) ?? {};
    const { shift, ratio } = difference ?? {};
    return [
      `  ${className(classes.a, match.a)}`,
      className(classes.b, match.b),
      String(match.pixels),
      share(match.shareOfA),
      share(match.shareOfB),
      share(difference?.relativeRms),
      ratio === undefined ? '–' : ratio.toFixed(3),
      share(difference?.shapeRms),
      shift === undefined ? '–' : `${signed(shift.ev, 2)} ± ${shift.sigma.toFixed(2)} eV`,
    ];
  });
  const without = [
    ...onlyA.map((label) => [`  ${className(classes.a, label)}`, '–']),
    ...onlyB.map((label) => ['  –', className(classes.b, label)]),
  ];
  const head = [
    '  class A',
    'class B',
    'pixels',
    'of A',
    'of B',
    'mean spectra: RMS',
    'B/A',
    'shape',
    'shift',
  ];
  return alignColumns([head, ...rows, ...without]);
}

function className(classes: readonly ComparedClass[], label: number): string {
  const name = classes.find((one) => one.label === label)?.name;
  return name === undefined ? String(label) : `${label} ${name}`;
}

const labelText = (label: number): string => (label < 0 ? 'absent' : String(label));

/** Pixels by class of A (rows) and of B (columns). */
function tableText({ table: { rows, columns, counts } }: EdgeComparison): string[] {
  return alignColumns([
    ['  pixels: A ↓  B →', ...columns.map(labelText)],
    ...rows.map((row, i) => [`  ${labelText(row)}`, ...counts[i].map(String)]),
  ]);
}

/** @param columns of the scan: the largest difference is at a row and a column */
function mapsText(maps: readonly MapComparison[], columns: number): string[] {
  const head = [
    '  map',
    'unit',
    'mean',
    'RMS',
    'RMS/mean',
    'largest at y, x',
    'correlation',
    'equal',
    'beyond 3 σ',
  ];
  const rows = maps.map(({ map, units, difference }) => {
    if (!difference) return [`  ${map}`, units, 'no pixel is measured in both'];
    const { mean, rms, relativeRms, largest, correlation, equal, beyondNoise } = difference;
    const place = `at ${Math.floor(largest.pixel / columns)}, ${largest.pixel % columns}`;
    return [
      `  ${map}`,
      units,
      signed(mean),
      figure(rms),
      share(relativeRms),
      largest.difference === 0 ? '0' : `${signed(largest.difference)} ${place}`,
      correlation === undefined ? '–' : withMinus(correlation.toFixed(4)),
      share(equal),
      share(beyondNoise),
    ];
  });
  return alignColumns([head, ...rows]);
}

const share = (value: number | undefined): string =>
  value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;

/** A true minus, and none before nothing. */
const withMinus = (text: string): string =>
  Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');

/** Three digits that count, without powers of ten. */
const figure = (value: number): string => String(Number(value.toPrecision(3)));

function signed(value: number, decimals?: number): string {
  const text = decimals === undefined ? figure(Math.abs(value)) : Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}
