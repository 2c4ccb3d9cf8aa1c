import type { StoredAxis } from './stored-signal.ts';
import { type Acquisition, HYPERSPY, readAcquisition } from './vocabulary.ts';

/** What HyperSpy writes for "undefined". */
const UNDEFINED = ['_None_', '<undefined>', ''];

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && !UNDEFINED.includes(value) ? value : undefined;

export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Truth values are numbers in HDF5. */
export function truthOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return typeof value === 'number' ? value !== 0 : undefined;
}

/**
 * An axis by the attributes that HyperSpy describes it with. Only uniform ones have an offset and a scale.
 * @param length of the array along it, where the attributes do not say
 */
export function hyperspyAxis(
  place: string,
  length: number,
  attribute: (name: string) => unknown,
): StoredAxis {
  const type = textOf(attribute('_type')) ?? 'UniformDataAxis';
  const size = numberOf(attribute('size')) ?? length;
  const step = numberOf(attribute('scale'));
  const axis: StoredAxis = { place, size };
  const name = textOf(attribute('name'));
  const units = textOf(attribute('units'));
  const navigate = truthOf(attribute('navigate'));
  if (name !== undefined) axis.name = name;
  if (units !== undefined) axis.units = units;
  if (navigate !== undefined) axis.navigate = navigate;
  const offset = numberOf(attribute('offset'));
  if (type === 'UniformDataAxis' && step !== undefined)
    axis.scale = { step, ...(offset !== undefined && { offset }) };
  return axis;
}

/** What HyperSpy's metadata say of a signal. */
export interface HyperspyMetadata {
  signalType: string;
  acquisition: Acquisition;
  simulated: boolean;
}

/** @param valueAt value by path below `metadata`, names joined by dots */
export function hyperspyMetadata(valueAt: (path: string) => unknown): HyperspyMetadata {
  return {
    signalType: textOf(valueAt(HYPERSPY.signalType)) ?? '',
    acquisition: readAcquisition('hyperspy', (path) => numberOf(valueAt(path))),
    simulated: truthOf(valueAt(HYPERSPY.simulated)) ?? false,
  };
}
