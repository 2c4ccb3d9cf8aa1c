import { type SignalCalibration, SignalExtractor } from '../../analysis/background/edge-signal.ts';
import { parts } from '../../analysis/math/parts.ts';
import { runs } from '../../analysis/math/runs.ts';
import type { WindowBlock } from '../../analysis/windows/window-block.ts';
import type { Tile } from '../reading/tiles.ts';
import { type Step, tileReaderOf, weightOf, widthOf } from './fit-input.ts';

export interface ClassSumShared {
  calibration: SignalCalibration;
  /** Row-major, −1 and below for pixels that are left out. */
  labels: Int16Array;
  classes: number;
}

/** Sums over a block of the spectra of each class, over the whole span. */
export interface ClassSumPart {
  /** Pixels of each class. */
  counts: Float64Array;
  /** Their exposures together. */
  exposures: Float64Array;
  /** Counts above the background, classes × width. */
  net: Float64Array;
  /** Counts as they were measured, classes × width. */
  raw: Float64Array;
}

/** Adds up the spectra of each class, with and without their background. */
export const classSumStep: Step<ClassSumShared, undefined, ClassSumPart> = (input, shared) => {
  const { calibration, labels, classes } = shared;
  const tileReader = tileReaderOf(input);
  const width = widthOf(input.window);
  const extractor = new SignalExtractor(input.window, calibration);
  const { block } = extractor;
  const wanted = Uint8Array.from(labels, (label) => (label >= 0 ? 1 : 0));
  const take = ({ first, count, spectra }: Tile, sums: ClassSumPart) => {
    for (const [start, end] of runs(count, (p) => wanted[first + p] > 0))
      for (const { from, rows } of parts(end - start, block.capacity)) {
        extractor.extractBlock(spectra, (start + from) * width, rows, 0);
        for (let row = 0; row < rows; row++) {
          const pixel = first + start + from + row;
          sums.exposures[labels[pixel]] += weightOf(input, pixel);
          addSpectrum(sums, labels[pixel], block, row);
        }
      }
  };
  return async (range) => {
    const sums = {
      counts: new Float64Array(classes),
      exposures: new Float64Array(classes),
      net: new Float64Array(classes * width),
      raw: new Float64Array(classes * width),
    };
    await tileReader.visit(wanted, (tile) => take(tile, sums), range);
    return sums;
  };
};

/** Adds spectrum `row` of a block, and what of it lies above its background. */
function addSpectrum(
  { counts, net, raw }: ClassSumPart,
  label: number,
  block: WindowBlock,
  row: number,
): void {
  const { samples, laws, width, stride } = block;
  counts[label]++;
  for (let i = 0, at = label * width, sample = row * width, law = row * stride; i < width; i++, at++) {
    raw[at] += samples[sample];
    net[at] += samples[sample++] - laws[law++];
  }
}
