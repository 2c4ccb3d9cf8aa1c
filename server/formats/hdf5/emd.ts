import { numberOf, textOf } from '../signals/hyperspy-tree.ts';
import type { StoredAxis, StoredSignal } from '../signals/stored-signal.ts';
import { evenScale } from './even-scale.ts';
import type { Hdf5 } from './hdf5-file.ts';

const DEEPEST = 4;

/** EMD of Berkeley (NCEM): groups with `emd_group_type` 1 that hold `data` and the points of its axes, `dim1` …, or the first two of them. */
export function berkeleySignals(file: Hdf5): StoredSignal[] | undefined {
  if (file.attribute('', 'version_major') === undefined) return undefined;
  const found: StoredSignal[] = [];
  const search = (path: string, depth: number): void => {
    const signal =
      numberOf(file.attribute(path, 'emd_group_type')) === 1 ? berkeleySignal(file, path) : undefined;
    if (signal) found.push(signal);
    else if (depth < DEEPEST)
      for (const name of file.keys(path)) search(path === '' ? name : `${path}/${name}`, depth + 1);
  };
  search('', 0);
  return found;
}

function berkeleySignal(file: Hdf5, group: string): StoredSignal | undefined {
  const array = file.array(`${group}/data`);
  if (!array) return undefined;
  const ofSpectra = textOf(file.attribute(group, 'record_by')) === 'spectrum';
  const axes = array.shape.map((size, index): StoredAxis => {
    const place = `${group}/dim${index + 1}`;
    const axis: StoredAxis = { place, size };
    const scale = evenScale(file.value(place));
    const name = textOf(file.attribute(place, 'name'));
    // Letters of a unit stand apart: `[n_m]`, `[e_V]`.
    const units = textOf(file.attribute(place, 'units'))?.replace(/[[\]_\s]/g, '');
    if (scale) axis.scale = scale;
    if (name !== undefined) axis.name = name;
    if (units) axis.units = units;
    if (ofSpectra) axis.navigate = index < array.shape.length - 1;
    return axis;
  });
  const signalType = textOf(file.attribute(group, 'signal_type')) ?? '';
  // HyperSpy writes arrays from the last axis to the first: energy, x, y. Its older versions did not; names tell.
  const named = axes.findIndex(({ name }) => name === 'x');
  const columnAxis = named >= 0 ? named : axes.findIndex(({ units }) => !/^k?eV$/i.test(units ?? ''));
  return {
    name: group.split('/').at(-1) as string,
    signalType,
    axes,
    array,
    ...(columnAxis >= 0 && { columnAxis }),
    acquisition: {},
  };
}

const EELS = 'Data/EelsSpectrumImage';
const XRAYS = 'Data/SpectrumStream';
const IMAGES = 'Data/SpectrumImage';

/** EMD of Velox: `Data/EelsSpectrumImage/<id>` (x, energy, y) with its axis as text beside it; streams of X-rays are named. */
export function veloxSignals(file: Hdf5): StoredSignal[] | undefined {
  if (!file.isGroup('Data') || (!file.isDataset('Version') && !file.isGroup('Application'))) return undefined;
  const image = file.keys(IMAGES)[0];
  const pixel = member(jsonAt(file, `${IMAGES}/${image}/Metadata`), 'BinaryResult');
  const eels = file.keys(EELS).flatMap((id) => velox(file, id, pixel) ?? []);
  const rays = file.keys(XRAYS).flatMap((id): StoredSignal[] => {
    const array = file.array(`${XRAYS}/${id}/Data`);
    const axes = array?.shape.map((size, index) => ({
      place: XRAYS,
      size,
      ...(index === 0 && { units: 'keV' }),
    }));
    return array && axes
      ? [{ name: 'SpectrumStream', signalType: 'EDS, X-rays', axes, array, acquisition: {} }]
      : [];
  });
  return [...eels, ...rays];
}

function velox(file: Hdf5, id: string, pixel: unknown): StoredSignal | undefined {
  const array = file.array(`${EELS}/${id}/Data`);
  if (!array) return undefined;
  const data = member(jsonAt(file, `${EELS}/${id}/AcquisitionMetadata`), 'Data');
  const [offset, step] = [numberOf(member(data, 'offset')), numberOf(member(data, 'dispersion'))];
  const axes = array.shape.map((size, index): StoredAxis => {
    const place = `${EELS}/${id}`;
    if (index === 1)
      return {
        place: `${place}/AcquisitionMetadata`,
        size,
        units: 'eV',
        navigate: false,
        ...(offset !== undefined && step !== undefined && { scale: { offset, step } }),
      };
    const [letter, side] = index === 0 ? ['X', 'width'] : ['Y', 'height'];
    const width = numberOf(member(member(pixel, 'PixelSize'), side));
    const units = textOf(member(pixel, `PixelUnit${letter}`));
    return {
      place,
      size,
      navigate: true,
      ...(width !== undefined && { scale: { offset: 0, step: width } }),
      ...(units !== undefined && { units }),
    };
  });
  return { name: id, signalType: 'EELS', axes, array, columnAxis: 0, acquisition: {} };
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

const MOST_JSON_BYTES = 2 ** 20;

/** JSON that stands as bytes in the first column of a dataset, or as a text; undefined where it does not. */
function jsonAt(file: Hdf5, path: string): unknown {
  const [length = 0, ...others] = file.size(path) ?? [];
  if (length < 1 || length > MOST_JSON_BYTES || others.length > 1) return undefined;
  const whole = length === 1 ? file.value(path) : undefined;
  const text =
    typeof whole === 'string'
      ? whole
      : Buffer.from(
          file.read(path, [0, ...others.map(() => 0)], [length, ...others.map(() => 1)])
            .samples as Uint8Array,
        ).toString('utf8');
  try {
    return JSON.parse(text.split('\0')[0]);
  } catch {
    return undefined;
  }
}
