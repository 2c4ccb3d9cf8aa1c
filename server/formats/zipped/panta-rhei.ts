import { basename, extname } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { scanOfSignals } from '../signals/eels-signal.ts';
import { numberOf, textOf } from '../signals/hyperspy-tree.ts';
import type { StoredArray, StoredAxis, StoredSignal } from '../signals/stored-signal.ts';
import { readAcquisition } from '../signals/vocabulary.ts';
import { type PantaRheiMetadata, pantaRheiMetadata } from './panta-rhei-metadata.ts';
import { withoutAxes } from './without-axes.ts';
import { ZipFile } from './zip-file.ts';
import { zippedArray } from './zipped-array.ts';

const DATA = 'data.npy';
const ENERGY = 'Energy';
/** Axes that run over pixels. */
const OVER_PIXELS = ['ScanY', 'ScanX', 'Index', 'PlotIndex'];

/** Files of CEOS Panta Rhei: a zip file of NumPy arrays, one of them the samples, another the metadata. */
export const pantaRhei: Format = {
  name: 'Panta Rhei',
  suffixes: ['.prz'],
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    try {
      const zip = await ZipFile.open(path);
      const signal = signalOf(await zippedArray(zip, DATA), await pantaRheiMetadata(zip));
      return await scanOfSignals([signal], path, basename(path, extname(path)), options);
    } catch (error) {
      throw inputFault(error, path);
    }
  },
};

/** Descriptions of axes count from the last one of the array to the first. */
function signalOf(array: StoredArray, metadata: PantaRheiMetadata): StoredSignal {
  const contents = contentsOf(array, metadata).reverse();
  const calibrations = listOf(metadata['device.calib']);
  const mode = textOf(metadata['filter.mode'])?.slice(0, 40) ?? '';
  // Of the spectrometer, the axis counts the energy that electrons have left: losses descend along the array.
  const descending = mode === 'EELS' && contents.includes(ENERGY);
  const axes = array.shape.map((size, index): StoredAxis & { content: string } => {
    const content = contents[index] ?? '';
    const calibration = calibrations[array.shape.length - 1 - index];
    const scale = scaleOf(calibration);
    const units = textOf(member(calibration, 'unit'));
    const turned = descending && content === ENERGY;
    return {
      place: `device.calib of axis ${array.shape.length - 1 - index}`,
      name: content || `axis ${index}`,
      size,
      navigate: OVER_PIXELS.includes(content),
      ...(scale && {
        scale: turned ? { step: scale.step, offset: -(scale.offset + (size - 1) * scale.step) } : scale,
      }),
      ...(units !== undefined && { units }),
      content,
    };
  });
  const kept = axes.flatMap(({ size, content }, index) =>
    size > 1 || content === ENERGY || content.startsWith('Scan') ? [index] : [],
  );
  const columnAxis = kept.findIndex((index) => axes[index].content === 'ScanX');
  return {
    name: 'data',
    signalType: mode,
    axes: kept.map((index) => axes[index]),
    array: withoutAxes(array, kept),
    descending,
    ...(columnAxis >= 0 && { columnAxis }),
    acquisition: readAcquisition('pantaRhei', (name) => figure(metadata, name)),
  };
}

/** What runs along each axis, from the last of the array to the first; empty where the file does not say. */
function contentsOf({ place, shape }: StoredArray, metadata: PantaRheiMetadata): string[] {
  const { length } = shape;
  const isSpectrum = metadata['type'] === '1D';
  const told = metadata['content.types'];
  const contents = listOf(told).map((content) => textOf(content) ?? '');
  if (told !== undefined && told !== null) {
    if (isSpectrum && contents.length === length - 1) contents.push(length === 2 ? 'PlotIndex' : 'Index');
  } else contents.push('', isSpectrum ? 'PlotIndex' : '', ...Array(length).fill('Index'));
  if (contents.length < length || (told !== undefined && told !== null && contents.length > length))
    throw new InputError(
      place,
      'content.types',
      `expected the contents of ${length} axes, found ${contents.length}`,
    );
  return contents.slice(0, length);
}

/** Offsets count pixels. Of binned ones `pixel_factor` make one. */
function scaleOf(calibration: unknown): { offset: number; step: number } | undefined {
  const value = numberOf(member(calibration, 'value'));
  const offset = numberOf(member(calibration, 'offset'));
  if (value === undefined || offset === undefined) return undefined;
  return { offset: offset * value, step: value * (numberOf(member(calibration, 'pixel_factor')) ?? 1) };
}

const VOLTAGE = 'electron_gun.voltage';

/** Electrons have the energy of the gun, and what is added to it. */
function figure(metadata: PantaRheiMetadata, name: string): number | undefined {
  const value = numberOf(member(metadata, name));
  if (name !== VOLTAGE || value === undefined) return value;
  const added = member(metadata, 'filter.ht_offset') ?? member(metadata, 'electron_gun.voltage_offset');
  return value + (numberOf(added) ?? 0);
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
