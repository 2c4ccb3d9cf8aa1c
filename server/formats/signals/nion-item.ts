import { InputError } from '../../../protocol/index.ts';
import { energyUnit } from './energy-unit.ts';
import { numberOf, textOf } from './hyperspy-tree.ts';
import type { StoredArray, StoredAxis, StoredSignal } from './stored-signal.ts';
import { readAcquisition } from './vocabulary.ts';

type Properties = Record<string, unknown>;

/** Names longer than this are no titles. */
const LONGEST_TITLE = 200;

/**
 * A data item of Nion Swift: an array, and the properties that are stored with it in JSON. The axes of the array are a sequence (`is_sequence`),
 * then a collection (rows and columns), then a datum (a spectrum, an image), each with a calibration: value = offset + scale · index.
 * @returns a spectrum image, a line, a sequence of spectra (taken for a line), a spectrum or an image; what is wrong with anything else
 */
export function nionSignal(properties: Properties, array: StoredArray): StoredSignal | InputError {
  const source = dataSource(properties);
  const field = `${array.name} properties`;
  const wrong = (expectation: string) => new InputError(array.place, field, expectation);
  const { shape } = array;
  const isSequence = source['is_sequence'] === true;
  const inItem = shape.length - (isSequence ? 1 : 0);
  const collection = numberOf(source['collection_dimension_count']) ?? (inItem === 3 || inItem === 4 ? 2 : 0);
  const datum = numberOf(source['datum_dimension_count']) ?? inItem - collection;
  if (![0, 1, 2].includes(collection) || ![0, 1, 2].includes(datum) || collection + datum !== inItem)
    return wrong(
      `expected numbers of dimensions that add up to those of the array, ${shape.length}, found ${isSequence ? 'a sequence, ' : ''}${collection} of a collection and ${datum} of its items`,
    );
  const metadata = objectOf(source['metadata'] ?? properties['metadata']);
  const axes = axesOf(source, array, shape.length - datum);
  const signalType = signalTypeOf(metadata);
  const isEels = signalType === 'EELS' || axes.some(({ units }) => energyUnit(units) !== undefined);
  if (datum === 2 && isEels)
    return wrong(
      `expected one spectrum per pixel, found frames of ${shape.slice(-2).join(' × ')}: in Nion Swift sum over the rows of each frame and export the result`,
    );
  if (isSequence && (collection > 0 || datum !== 1))
    return wrong(
      `expected spectra, found a sequence of ${shape[0]} ${collection > 0 && isEels ? 'spectrum images' : 'images or maps'}: in Nion Swift sum the sequence, or extract one of it, and export the result`,
    );
  const title = textOf(properties['title']);
  return {
    name: title !== undefined && title.length <= LONGEST_TITLE ? title : array.name,
    signalType,
    axes,
    array,
    acquisition: readAcquisition('nion', (path) => numberOf(valueAt(metadata, path))),
  };
}

/** Where the description of the array lies: older versions have it one level down. */
function dataSource(properties: Properties): Properties {
  if (calibrationsOf(properties)) return properties;
  const { data_sources: several, data_source: one } = properties;
  const inner = objectOf(Array.isArray(several) ? several[0] : one);
  return calibrationsOf(inner) ? inner : properties;
}

/** Exports (`.ndata1`) call them spatial. */
function calibrationsOf(source: Properties): unknown[] | undefined {
  const found = source['dimensional_calibrations'] ?? source['spatial_calibrations'];
  return Array.isArray(found) ? found : undefined;
}

function axesOf(source: Properties, { name, shape }: StoredArray, overPixels: number): StoredAxis[] {
  const calibrations = calibrationsOf(source) ?? [];
  return shape.map((size, index): StoredAxis => {
    const calibration = objectOf(calibrations[index]);
    const offset = numberOf(calibration['offset']);
    const step = numberOf(calibration['scale']);
    const units = textOf(calibration['units']);
    return {
      place: `${name} calibration ${index}`,
      size,
      navigate: index < overPixels,
      ...(step !== undefined && { scale: { step, ...(offset !== undefined && { offset }) } }),
      ...(units !== undefined && { units }),
    };
  });
}

/** `eels` in any case, and the short name that the metadata standard has for it. */
function signalTypeOf(metadata: Properties): string {
  const text = textOf(valueAt(metadata, 'hardware_source.signal_type')) ?? '';
  return /^(?:eels|els)$/i.test(text) ? 'EELS' : text.slice(0, LONGEST_TITLE);
}

function valueAt(properties: Properties, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (Object.hasOwn(objectOf(value), name) ? objectOf(value)[name] : undefined),
      properties,
    );
}

const objectOf = (value: unknown): Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Properties) : {};
