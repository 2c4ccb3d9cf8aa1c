import type { DType } from '../../protocol/index.ts';

/** Pixels [first, end) of a scan, row-major. */
export type PixelRun = [first: number, end: number];

/**
 * A rescan of a part of a scan, or of the whole: its counts are added to those of the pixels it covers. Both have the same
 * channels. Pixel (i, j) of `cube` is pixel (y + i, x + j) of the scan; what lies outside the scan is left out.
 */
export interface Patch extends CutOff {
  cube: CubeLayout;
  y: number;
  x: number;
  /** Exposure of each pixel in units of the first pass's dwell. */
  dwells: number;
}

/** Pixels that a rescan covers and that hold samples at the end of the scale; in order and apart from each other, left out where there are none. */
export interface CutOff {
  /** Those that were cut off before, in an exposure longer than the rescan's: its counts take the place of all that came before. */
  replaces?: PixelRun[];
  /** Those that the rescan alone has cut off: its counts are not added. */
  omits?: PixelRun[];
}

/** Whether two rescans are one, of core and low loss say: they lie in the same place. */
export const isSamePlace = (a: Patch, b: Patch): boolean =>
  a.y === b.y && a.x === b.x && a.dwells === b.dwells && a.cube.shape.join() === b.cube.shape.join();

/**
 * Where the spectra of a scan lie in files: everything a reader needs, plain data, so that it can be sent to worker
 * threads. A format reader or a spool produces it; `openCube` reads it. Pixels are counted row-major (y, x) whatever
 * the order of acquisition; records are counted in the order of acquisition.
 */
export interface CubeLayout {
  /** One file per pass over the same pixels; their spectra add up. */
  paths: string[];
  /**
   * Identity, size and time (`stampText`) of each of `paths` when the scan was opened, of files that nobody writes to any more: one that
   * is another by then is not read.
   */
  stamps?: string[];
  /** Rescans that have been registered, in the order in which they came. */
  patches?: Patch[];
  /** Bytes before the first sample, the same in every file. */
  byteOffset: number;
  dtype: DType;
  littleEndian: boolean;
  /** `vector`: spectra contiguous (y, x, E); `image`: energy planes contiguous (E, y, x). */
  recordBy: 'vector' | 'image';
  shape: [number, number];
  channels: number;
  /** `serpentine`: odd rows were scanned from right to left. */
  order: 'raster' | 'serpentine';
  /** The file or folder that the spectra were unpacked from, for people. */
  unpackedFrom?: string;
  /** Records at the end of each row that belong to the fly-back and to no pixel. */
  flybackColumns: number;
}

/** One pass of a cube by itself. */
export function passOf({ paths, stamps, patches: _, ...layout }: CubeLayout, pass: number): CubeLayout {
  return { ...layout, paths: [paths[pass]], ...(stamps && { stamps: [stamps[pass]] }) };
}

/** What of a cube may grow while it is read. */
export type CubeExtension = Pick<CubeLayout, 'paths' | 'patches'>;

/** Reads spectra of a cube as numbers; several readers may be open on the same files. */
export interface CubeReader {
  /** Names the files of all passes, and the rescans, known by now. */
  readonly layout: CubeLayout;
  /**
   * Reads channels [firstChannel, endChannel) of pixels [firstPixel, firstPixel + count) into `out`, spectrum after
   * spectrum, passes added up.
   * @param passes row-major over the scan, passes that are complete at each pixel: others are left out, since the one
   *   being written may end within a spectrum. Of pixels with none there is something or 0. Without it all of all passes must be there
   * @param out f64 holds samples of every type exactly
   * @throws ReadFault when what was measured cannot be read, or the files are not those that were opened: then `out` holds nothing
   */
  read(
    firstPixel: number,
    count: number,
    firstChannel: number,
    endChannel: number,
    out: Float32Array | Float64Array,
    passes?: Uint8Array,
  ): Promise<void>;
  /**
   * Adds further passes and rescans, from the next read on: the layout names those of before, too, in their order. A rescan
   * must be there as a whole by then.
   */
  extend(layout: CubeExtension): void;
  close(): Promise<void>;
}

/** Reads into f64, too, which holds samples of every type exactly. */
export interface ExactCubeReader extends CubeReader {
  read(
    firstPixel: number,
    count: number,
    firstChannel: number,
    endChannel: number,
    out: Float32Array | Float64Array,
    passes?: Uint8Array,
  ): Promise<void>;
}
