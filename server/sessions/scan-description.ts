import type { Scan } from '../../protocol/index.ts';

/** A scan as a source describes it to the recorder, whatever protocol it came by. */
export interface ScanDescription {
  scan: Scan;
  /** `serpentine`: odd rows are scanned from right to left. */
  order: 'raster' | 'serpentine';
  /** Which pass over the same pixels follows, from 0. */
  pass: number;
  /** How many passes there will be, where that is known. */
  passes?: number;
  /** When the acquisition began, as its source writes it: tells a scan that goes on from another of the same id. */
  started?: string;
}

/** Consecutive spectra as they were acquired. */
export interface SpectraBlock {
  /** First pixel, counted in the order of acquisition. */
  first: number;
  count: number;
  /** `count · channels` samples of the scan's type, spectrum after spectrum, little endian. */
  core: Uint8Array;
  lowLoss?: Uint8Array;
  /** Scalar signals by name, `count` values each. */
  signals: [name: string, values: Float32Array][];
}

/** Part of a block that is consecutive row-major as well: pixels [first, end). */
export interface RowMajorBlock {
  first: number;
  end: number;
  /** Bytes of the core and, where it is recorded, the low loss. */
  parts: Uint8Array[];
  signals: [name: string, values: Float32Array][];
}

/**
 * A block cut and turned so that each piece is row-major: a whole block of a raster scan, a row at a time of a serpentine
 * one, its odd rows reversed.
 */
export function rowMajorBlocks(
  { scan, order }: Pick<ScanDescription, 'scan' | 'order'>,
  { first, count, core, lowLoss, signals }: SpectraBlock,
): RowMajorBlock[] {
  const parts = lowLoss ? [core, lowLoss] : [core];
  if (order === 'raster') return [{ first, end: first + count, parts, signals }];
  const columns = scan.shape[1];
  const blocks: RowMajorBlock[] = [];
  for (let from = first; from < first + count; ) {
    const row = Math.floor(from / columns);
    const to = Math.min((row + 1) * columns, first + count);
    const backwards = row % 2 === 1;
    /** Acquired as [from, to) of a row that runs backwards: the last one acquired has the lowest column. */
    const begin = backwards ? 2 * row * columns + columns - to : from;
    const cut = (bytes: Uint8Array) => {
      const size = bytes.byteLength / count;
      const piece = bytes.subarray((from - first) * size, (to - first) * size);
      return backwards ? reversedRecords(piece, size) : piece;
    };
    blocks.push({
      first: begin,
      end: begin + to - from,
      parts: parts.map(cut),
      signals: signals.map(([name, values]) => {
        const piece = values.slice(from - first, to - first);
        return [name, backwards ? piece.reverse() : piece];
      }),
    });
    from = to;
  }
  return blocks;
}

function reversedRecords(bytes: Uint8Array, size: number): Uint8Array {
  const reversed = new Uint8Array(bytes.byteLength);
  const records = bytes.byteLength / size;
  for (let record = 0; record < records; record++)
    reversed.set(bytes.subarray(record * size, (record + 1) * size), (records - 1 - record) * size);
  return reversed;
}
