import { InputError, pixelCount, type Scan } from '../../../protocol/index.ts';
import { recordIndexOfPixel } from '../../formats/scan-order.ts';
import { type PassWriter, spectrumSize } from '../../sessions/passes/pass-writer.ts';
import type { PixelSpan } from '../../sessions/passes/pixel-set.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import {
  type RowMajorBlock,
  rowMajorBlocks,
  type ScanDescription,
  type SpectraBlock,
} from '../../sessions/scan-description.ts';
import { checkNumbers } from '../producers/spectra-samples.ts';

/** What spectra are written into: a pass of a scan, or a rescan. */
export interface BlockTarget {
  readonly scan: Scan;
  readonly order: ScanDescription['order'];
  readonly pass: PassWriter;
  /** Number of each scalar signal, new ones among them. */
  numbersOf(names: string[]): Promise<number[]>;
}

/**
 * Holds spectra against their scan and writes those that are new.
 * @param done called for each part of the block, with the pixels that were not there before
 * @throws RecordingFault, or the file system's error
 */
export async function recordBlock(
  target: BlockTarget,
  block: SpectraBlock,
  done: (part: RowMajorBlock, written: PixelSpan[]) => void,
): Promise<void> {
  const { scan, order, pass } = target;
  checkBlock(scan, block);
  const numbers = await target.numbersOf(block.signals.map(([name]) => name));
  let conflict: number | undefined;
  for (const part of rowMajorBlocks({ scan, order }, block)) {
    const { first, end, parts, signals } = part;
    const numbered = new Map(signals.map(([, values], index) => [numbers[index], values]));
    const result = await pass.write({ first, end }, parts, numbered);
    done(part, result.written);
    conflict ??= result.conflict;
  }
  if (conflict === undefined) return;
  const acquired = recordIndexOfPixel({ shape: scan.shape, order, flybackColumns: 0 }, conflict);
  throw new RecordingFault(
    'conflict',
    `spectra: data: pixel ${acquired} is recorded already with other content, which is kept`,
  );
}

function checkBlock(scan: Scan, { first, count, core, lowLoss }: SpectraBlock): void {
  const size = spectrumSize(scan);
  const pixels = pixelCount(scan);
  if (first + count > pixels)
    throw new RecordingFault(
      'range',
      `spectra: first: expected pixels within the ${pixels} of the scan, found ${first} to ${first + count - 1}`,
    );
  const check = (
    field: string,
    bytes: Uint8Array | undefined,
    each: number,
    part: Pick<Scan, 'dtype' | 'channels'> | undefined,
  ): void => {
    const found = bytes?.byteLength ?? 0;
    if (found !== count * each)
      throw new RecordingFault(
        'length',
        `spectra: ${field}: expected ${count * each} bytes (${count} × ${each}), found ${found}`,
      );
    if (!bytes || !part) return;
    try {
      checkNumbers(bytes, part.dtype, part.channels, first, field);
    } catch (error) {
      throw error instanceof InputError ? new RecordingFault('value', error.message) : error;
    }
  };
  check('data', core, size.core, scan);
  check('lowLoss', lowLoss, size.lowLoss, scan.lowLoss);
}
