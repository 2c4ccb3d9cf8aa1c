import type { Scan } from '../../protocol/index.ts';
import type { CubeLayout } from './cube.ts';

/** What a format reader finds in a file's header; nothing but the header has been read. */
export interface ScanFile {
  scan: Scan;
  core: CubeLayout;
  lowLoss?: CubeLayout;
  /** Scalar channels recorded beside the spectra, each a cube of one sample per pixel. */
  scalars: { name: string; cube: CubeLayout }[];
  /** Files that grow while the scan runs; empty for formats that are written whole. */
  growing: string[];
}

/** A file format. `open` is called for finished files and for files whose header is complete. */
export interface Format {
  readonly name: string;
  /** Suffixes in lower case with the dot, e.g. `.rpl`. */
  readonly suffixes: readonly string[];
  /**
   * Reads the header and checks it against the file.
   * @throws InputError naming file, field and expectation
   */
  open(path: string): Promise<ScanFile>;
}
