import { type EnergyAxis, mapKind, type Scan } from '../../protocol/index.ts';
import { HYPERSPY, nameAcquisition } from '../formats/signals/vocabulary.ts';
import type { Exportable, ExportEdge, ExportMap, Spectra } from './exportable.ts';
import { type ExportSignal, putInto, type SignalAxis, type Tree } from './signal.ts';
import { uniqueNames } from './unique-names.ts';

/** What the values of some maps mean. */
const valuesOf = (kind: ExportMap['layer']['kind']): string | undefined =>
  kind === 'passes' ? 'passes that are complete; 0: not measured, its counts are 0' : mapKind(kind).values;

/** Everything that is exported as signals, spectra first; titles are unique. */
export function signalsOf(content: Exportable): ExportSignal[] {
  const { scan, counts, lowLoss, maps, edges } = content;
  const signals: ExportSignal[] = [];
  if (counts) signals.push(spectraSignal(content, counts, scan.name));
  if (lowLoss) signals.push(spectraSignal(content, lowLoss, `${scan.name} low loss`));
  for (const map of maps) signals.push(mapSignal(content, map));
  for (const edge of edges) if (edge.spectra) signals.push(classSignal(content, edge, edge.spectra));
  const titles = uniqueNames(signals.map(({ title }) => groupName(title)));
  for (const [index, signal] of signals.entries()) {
    signal.title = titles[index];
    putInto(signal.metadata, HYPERSPY.title, signal.title);
  }
  return signals;
}

/** Longer than file systems take, with the number that may follow. */
const MOST_LETTERS = 80;

/** A title is the name of a group, and in a `.zspy` of a folder. */
function groupName(title: string): string {
  const plain = title.replaceAll(/[/\\\p{Cc}]/gu, '-').slice(0, MOST_LETTERS);
  return /^[. ]*$/.test(plain) ? 'scan' : plain;
}

/** The axes of the pixels; a line of pixels has one, a single pixel none. */
function pixelAxes({ shape, pixelSizeNm }: Scan, navigate: boolean): SignalAxis[] {
  const known = pixelSizeNm === undefined ? { scale: 1 } : { scale: pixelSizeNm, units: 'nm' };
  const axes = ['y', 'x'].map((name, index) => ({ name, size: shape[index], offset: 0, ...known, navigate }));
  if (shape[0] > 1) return axes;
  return shape[1] > 1 ? axes.slice(1) : [];
}

const energyAxis = ({ offset, dispersion }: EnergyAxis, size: number): SignalAxis => ({
  name: 'Energy loss',
  size,
  offset,
  scale: dispersion,
  units: 'eV',
  navigate: false,
  binned: true,
});

function spectraSignal(content: Exportable, spectra: Spectra, title: string): ExportSignal {
  const metadata = metadataOf(content, 'EELS', 'Counts');
  if (content.filedEnergy && spectra === content.counts) {
    putInto(metadata, 'eelwatch.filed_energy_offset', content.filedEnergy.offset);
    putInto(metadata, 'eelwatch.filed_energy_scale', content.filedEnergy.dispersion);
  }
  return {
    title,
    axes: [...pixelAxes(content.scan, true), energyAxis(spectra.energy, spectra.channels)],
    dtype: spectra.dtype,
    metadata,
    original: originalOf(content),
    read: (first, count) => spectra.read(first, count),
  };
}

function mapSignal(content: Exportable, { layer, data }: ExportMap): ExportSignal {
  const metadata = metadataOf(content, '', layer.units);
  putInto(metadata, 'eelwatch.kind', layer.kind);
  if (layer.edge !== undefined) putInto(metadata, 'eelwatch.edge', layer.edge);
  if (layer.pair) putInto(metadata, 'eelwatch.pair', layer.pair.join(', '));
  const values = valuesOf(layer.kind);
  if (values !== undefined) putInto(metadata, 'eelwatch.values', values);
  if (layer.kind === 'labels')
    for (const { label, name } of content.edges.find(({ name }) => name === layer.edge)?.classes ?? [])
      if (name !== undefined) putInto(metadata, `eelwatch.classes.${label}`, name);
  if (layer.kind === 'phases')
    for (const { number, name } of content.phases ?? []) putInto(metadata, `eelwatch.phases.${number}`, name);
  const pixels = pixelAxes(content.scan, false);
  const component = { name: 'coordinate', size: 2, offset: 0, scale: 1, navigate: true };
  const width = pixels[pixels.length - 1]?.size ?? 1;
  const samples = layer.components === 2 ? componentAfterComponent(data) : data;
  const axes = layer.components === 2 ? [component, ...pixels] : pixels;
  return {
    title: layer.name,
    axes: axes.length > 0 ? axes : [{ name: 'x', size: 1, offset: 0, scale: 1, navigate: false }],
    dtype: layer.dtype,
    metadata,
    original: {},
    read: async (first, count) => samples.subarray(first * width, (first + count) * width),
  };
}

function componentAfterComponent(data: Float32Array | Int16Array): Float32Array {
  const pixels = data.length / 2;
  return Float32Array.from(
    { length: data.length },
    (_, i) => data[2 * (i % pixels) + Math.floor(i / pixels)],
  );
}

function classSignal(
  content: Exportable,
  { name, classes }: ExportEdge,
  { energy, means }: NonNullable<ExportEdge['spectra']>,
): ExportSignal {
  const metadata = metadataOf(content, 'EELS', 'Net counts');
  putInto(metadata, 'eelwatch.edge', name);
  for (const known of classes)
    if (known.name !== undefined) putInto(metadata, `eelwatch.classes.${known.label}`, known.name);
  const channels = means[0]?.length ?? 0;
  const numbers = { name: 'class', size: means.length, offset: 0, scale: 1, navigate: true };
  return {
    title: `${name} class spectra`,
    axes: [numbers, energyAxis(energy, channels)],
    dtype: 'f32',
    metadata,
    original: {},
    read: async (first, count) =>
      Float32Array.from(means.slice(first, first + count).flatMap((mean) => [...mean])),
  };
}

function metadataOf({ scan, file, created }: Exportable, type: string, quantity: string): Tree {
  const metadata: Tree = {};
  putInto(metadata, HYPERSPY.originalFilename, file);
  const [, date, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(created ?? '') ?? [];
  if (date !== undefined && time !== undefined) {
    putInto(metadata, HYPERSPY.date, date);
    putInto(metadata, HYPERSPY.time, time);
    putInto(metadata, HYPERSPY.timeZone, 'UTC');
  }
  putInto(metadata, HYPERSPY.signalType, type);
  putInto(metadata, HYPERSPY.quantity, quantity);
  for (const [name, value] of nameAcquisition('hyperspy', scan)) putInto(metadata, name, value);
  putInto(metadata, HYPERSPY.simulated, scan.simulated ?? false);
  if (scan.simulated) putInto(metadata, HYPERSPY.notes, 'Simulated, not measured');
  return metadata;
}

/** The scan as it is described here. */
function originalOf({ scan, source }: Exportable): Tree {
  const { id, name, dtype, region } = scan;
  return { eelwatch: { id, name, dtype, source, ...(region && { region: { ...region } }) } };
}
