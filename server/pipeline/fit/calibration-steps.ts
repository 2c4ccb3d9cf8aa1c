import { PowerLawFitter } from '../../analysis/background/power-law.ts';
import { noteMoments, type WindowStatistics } from '../../analysis/background/window-statistics.ts';
import { DEAD_ROWS, DeadChannels, type DeadCounts } from '../../analysis/detector/dead-channels.ts';
import { DetectorNoiseEstimator, type PairNoise } from '../../analysis/detector/detector-noise.ts';
import type { Prominences } from '../../analysis/detector/most-prominent.ts';
import { type ResidualSums, SharedNoise } from '../../analysis/detector/residual-noise.ts';
import { SpikeLimits } from '../../analysis/detector/spikes.ts';
import { parts } from '../../analysis/math/parts.ts';
import { hash32 } from '../../analysis/math/random.ts';
import { runs } from '../../analysis/math/runs.ts';
import { WindowBlock } from '../../analysis/windows/window-block.ts';
import type { Tile } from '../reading/tiles.ts';
import { type Step, tileReaderOf } from './fit-input.ts';

export interface CalibrationShared {
  /** Pixels whose hash lies below it are compared with their neighbour. */
  pairsBelow: number;
  /** Written by pixel. */
  statistics: WindowStatistics;
  /** Lower limits of relevant prominences; they rise as blocks are processed. */
  floors: Float32Array;
  /** Value of one count in the samples. */
  one: number;
}

/** Contribution of a block to the calibration. */
export interface CalibrationPart {
  spectra: number;
  /** Of each channel of the span. */
  sums: Float64Array;
  dead: DeadCounts;
  spikes: Prominences;
  pairs: PairNoise;
  residual: ResidualSums;
}

/** Sums, spikes, noise and moments of the fit window. Pixels with samples that are still not finite are left out. */
export const calibrationStep: Step<CalibrationShared, undefined, CalibrationPart> = (input, shared) => {
  const { window, shape, measured, exposure, seed, background } = input;
  const { pairsBelow, statistics, floors, one } = shared;
  const isNet = background === 'none';
  const tileReader = tileReaderOf(input);
  const block = new WindowBlock(window);
  const { width } = block;
  const spikes = new SpikeLimits(block, measured.length, one);
  const residual = new SharedNoise(window.fitChannels);
  const dead = new DeadChannels(width);
  const detector = new DetectorNoiseEstimator(window);
  if (!isNet) new PowerLawFitter(window).lead(block);
  // In a scan of one column the neighbour is the pixel below.
  const lastColumn = shape[1] > 1 ? shape[1] - 1 : -1;
  const isPair = (pixel: number) =>
    measured[pixel] &&
    measured[pixel + 1] &&
    pixel % shape[1] !== lastColumn &&
    exposure?.[pixel] === exposure?.[pixel + 1] &&
    hash32(seed, pixel) < pairsBelow;
  let seen = 0;
  const take = ({ first, count, spectra }: Tile) => {
    spikes.raise(floors);
    for (const { from, rows } of parts(count, block.capacity)) {
      block.load(spectra, from * width, rows);
      const isSound = (row: number) => measured[first + from + row] > 0 && block.isFinite(row);
      for (const [start, end] of runs(rows, isSound)) {
        seen += end - start;
        for (const { from: part, rows: some } of parts(end - start, DEAD_ROWS)) {
          block.add(start + part, start + part + some);
          if (!isNet) dead.add(block.sums, some, one);
        }
        if (!isNet) spikes.add(start, end);
        else for (let row = start; row < end; row++) residual.add(spectra, (from + row) * width);
      }
      if (!isNet) noteBlock(block, rows, statistics, measured, first + from);
    }
    if (isNet) return;
    for (let p = 0; p + 1 < count; p++)
      if (isPair(first + p)) detector.add(spectra, p * width, (p + 1) * width);
  };
  return async (range) => {
    seen = 0;
    dead.begin();
    await tileReader.visit(measured, take, range);
    return {
      spectra: seen,
      sums: block.drain(),
      dead: dead.drain(),
      spikes: spikes.drain(),
      pairs: detector.drain(),
      residual: residual.drain(),
    };
  };
};

export interface StatisticsShared {
  /** Channels of the span that are left out. */
  bad: Uint8Array;
  statistics: WindowStatistics;
}

/** Moments of the fit window without its bad channels. */
export const statisticsStep: Step<StatisticsShared, undefined, undefined> = (input, { bad, statistics }) => {
  const tileReader = tileReaderOf(input);
  const block = new WindowBlock(input.window);
  new PowerLawFitter(input.window, bad).lead(block);
  const take = ({ first, count, spectra }: Tile) => {
    for (const { from, rows } of parts(count, block.capacity)) {
      block.load(spectra, from * block.width, rows);
      noteBlock(block, rows, statistics, input.measured, first + from);
    }
  };
  return async (range) => {
    await tileReader.visit(input.measured, take, range);
    return undefined;
  };
};

/** Notes the statistics of the measured ones of a block of spectra, of which `pixel` is the first. */
function noteBlock(
  block: WindowBlock,
  rows: number,
  statistics: WindowStatistics,
  measured: Uint8Array,
  pixel: number,
): void {
  block.findMoments(rows);
  for (let row = 0; row < rows; row++)
    if (measured[pixel + row]) noteMoments(statistics, pixel + row, block.moments, row);
}
