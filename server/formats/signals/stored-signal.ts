import type { DType } from '../../../protocol/index.ts';
import type { Acquisition } from './vocabulary.ts';

export type StoredSamples =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Samples of one piece of an array, in the platform's byte order. */
export interface StoredPiece {
  samples: StoredSamples;
  /** Distance of neighbours along each axis of the array, in samples. */
  strides: readonly number[];
}

/** An array of numbers that is stored in pieces (chunks), compressed or not. */
export interface StoredArray {
  /** The file or folder, for messages. */
  readonly place: string;
  /** Its name in the file, for messages. */
  readonly name: string;
  readonly shape: readonly number[];
  /** `u8`, `i64`, `f32` …, or what else the file says its samples are. */
  readonly type: string;
  /** Extent of a piece along each axis; those at the ends may reach beyond the array. */
  readonly pieceShape: readonly number[];
  /** What stands where nothing was written, in arrays that are filled piece by piece. */
  readonly fillValue?: number | bigint;
  /** Changes when the file is another; undefined where it is gone. */
  stamp(): Promise<string | undefined>;
  /**
   * Changes with the content of a piece; undefined where there is none yet. Only for arrays whose pieces are files of their own,
   * and may still appear.
   */
  pieceStamp?(index: readonly number[]): Promise<string | undefined>;
  /**
   * A piece by its place in the grid of pieces; undefined where there is none.
   * @throws InputError when it cannot be read, as while it is being written
   */
  readPiece(index: readonly number[]): Promise<StoredPiece | undefined>;
}

/** One axis of a stored signal, in the order of the array. */
export interface StoredAxis {
  /** Where it is described in the file, for messages. */
  place: string;
  name?: string;
  size: number;
  /** Value of the first point, where it is known, and distance of two; missing where the points are not at equal distances. */
  scale?: { offset?: number; step: number };
  units?: string;
  /** Whether it runs over pixels; undefined where the file does not say. */
  navigate?: boolean;
}

/** An array with axes, as HyperSpy and others store it: it may be a spectrum image or anything else. */
export interface StoredSignal {
  name: string;
  /** `EELS`, `EDS_TEM` …; empty where the file does not say. */
  signalType: string;
  /** As many as the array has. */
  axes: StoredAxis[];
  array: StoredArray;
  /** The axis that runs along a row of pixels; by default the last one that is not energy. */
  columnAxis?: number;
  /** The array has its highest energy first; `axes` describe the spectra turned round. */
  descending?: boolean;
  acquisition: Acquisition;
  simulated?: boolean;
}

/** Types a spectrum may be stored in, and what it is unpacked to: counts of 64 bits are held against 32. */
export const UNPACKED_TYPES: Readonly<Record<string, DType>> = {
  u8: 'u8',
  u16: 'u16',
  u32: 'u32',
  u64: 'u32',
  i8: 'i16',
  i16: 'i16',
  i32: 'i32',
  i64: 'i32',
  f32: 'f32',
  f64: 'f64',
};

const LONGEST_WORD = 60;

/** How a signal is called in messages: `"name" (EDS_TEM) of 16 × 16 × 4096 in nm, keV`. */
export function describeSignal({ name, signalType, axes, array }: StoredSignal): string {
  const short = (text: string) => text.slice(0, LONGEST_WORD);
  const found = axes.flatMap(({ units }) => (units ? [short(units)] : []));
  const units = [...new Set(found)].join(', ');
  return `"${short(name)}"${signalType ? ` (${short(signalType)})` : ''} of ${array.shape.join(' × ')}${units ? ` in ${units}` : ''}`;
}
