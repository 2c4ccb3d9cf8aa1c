import type { EnergyAxis, InputError, Scan } from '../../protocol/index.ts';
import type { CubeLayout } from './cube.ts';
import type { Unpacker } from './unpacking/unpacker.ts';

/** What a format reader finds in a file's header; nothing but the header has been read. */
export interface ScanFile {
  scan: Scan;
  core: CubeLayout;
  lowLoss?: CubeLayout;
  /** Path of the low loss where it was saved as a file of its own. */
  lowLossFile?: string;
  /** Scalar channels recorded beside the spectra, each a cube of one sample per pixel. */
  scalars: { name: string; cube: CubeLayout }[];
  /** Files that grow while the scan runs; empty for formats that are written whole. */
  growing: string[];
  /** Spectra that have to be unpacked before the layouts can be read: layouts name the files that they are unpacked into. */
  unpack?: { core: Unpacker; lowLoss?: Unpacker };
  /** The file that says what the scan is, where `path` is a folder. */
  header?: string;
  /** Of the header, or of a file that has it in itself, so many bytes stay the same while samples come; default 64 KiB. */
  headerBytes?: number;
  /** What is wrong with companions (low loss, scalars) that were therefore left out. */
  faults?: InputError[];
}

/** What the operator knows better than the file. */
export interface OpenOptions {
  /** In place of the file's energy axis. */
  energy?: EnergyAxis;
  /** For spectra that a file has in another arrangement, e.g. in a single row. */
  shape?: [number, number];
  /** Rows [first, end) of the detector that are summed up to a spectrum, of formats that hold frames; default all. */
  rows?: [number, number];
  /** Which of several images or signals of a file is opened, counted from 1 in the order of the file; default by the format's rule. */
  image?: number;
  /** Existing folder for values that a file holds as text, or packed; by default one of its own, removed when the process ends. */
  scratch?: string;
}

/** A file format. `open` is called for finished files and for files whose header is complete. */
export interface Format {
  readonly name: string;
  /** Suffixes in lower case with the dot, e.g. `.rpl`. */
  readonly suffixes: readonly string[];
  /** What is opened may be a folder. */
  readonly isFolder?: boolean;
  /** Samples are appended: what is there can be opened while the rest is still to come. */
  readonly isAppended?: boolean;
  /** Suffixes of files of the same stem that belong to what is opened and are none by themselves. */
  readonly beside?: readonly string[];
  /** A file may hold several images or signals, of which `OpenOptions.image` names one. */
  readonly hasImages?: boolean;
  /**
   * Reads the header and checks it against the file.
   * @throws InputError naming file, field and expectation
   */
  open(path: string, options?: OpenOptions): Promise<ScanFile>;
}
