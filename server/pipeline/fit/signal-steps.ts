import {
  PRESENCE_SNR,
  type SignalCalibration,
  SignalExtractor,
} from '../../analysis/background/edge-signal.ts';
import { CovarianceAccumulator, type Moments } from '../../analysis/decomposition/covariance.ts';
import { type PcaBasis, project } from '../../analysis/decomposition/pca.ts';
import { scorePrecision } from '../../analysis/decomposition/score-noise.ts';
import { type NoiseSums, SignalNoise } from '../../analysis/decomposition/signal-noise.ts';
import { parts } from '../../analysis/math/parts.ts';
import type { Tile } from '../reading/tiles.ts';
import { BLOCK_PIXELS, type Step, tileReaderOf, weightOf } from './fit-input.ts';
import type { NetRows } from './net-spectra.ts';

export interface SignalShared {
  calibration: SignalCalibration;
  /** Row-major, written by pixel where it is measured; the intensity in counts per unit of exposure. */
  intensity: Float32Array;
  snr: Float32Array;
  present: Uint8Array;
  flags: Uint8Array;
}

/** Contribution of a block to the second moments of the normalised net spectra. */
export interface SignalPart {
  moments: Moments;
  noise: NoiseSums;
  /** Of the present pixels; undefined when they need not be kept. */
  net?: NetRows;
}

/** Net signal and presence; exact moments of the net spectra in fixed tiles. */
export const signalStep: Step<SignalShared, { keep: boolean }, SignalPart> = (input, shared) => {
  const { window, measured } = input;
  const { calibration, intensity, snr, present, flags } = shared;
  const tileReader = tileReaderOf(input);
  const extractor = new SignalExtractor(window, calibration);
  const { block } = extractor;
  const channels = window.features;
  const moments = new CovarianceAccumulator(channels);
  const noise = new SignalNoise(window);
  /** Of the present pixels of a block so far. */
  const rows = new Float32Array(Math.min(BLOCK_PIXELS, measured.length) * channels);
  const precisions = new Float64Array(rows.length / channels);
  const weights = input.exposure && new Float64Array(precisions.length);
  let seenPixels = 0;
  const take = ({ first, count, spectra }: Tile) => {
    const begin = seenPixels;
    for (const part of parts(count, block.capacity)) {
      const seen = extractor.extractBlock(spectra, part.from * block.width, part.rows);
      for (let row = 0, pixel = first + part.from; row < part.rows; row++, pixel++) {
        if (!measured[pixel]) continue;
        const weight = weightOf(input, pixel);
        intensity[pixel] = seen.intensity[row] / weight;
        snr[pixel] = seen.snr[row];
        flags[pixel] = seen.flags[row];
        if (!(seen.snr[row] >= PRESENCE_SNR)) continue;
        present[pixel] = 1;
        noise.add(block, row, seen, weight);
        if (weights) weights[seenPixels] = weight;
        precisions[seenPixels] = scorePrecision(seen, row);
        rows.set(block.net.subarray(row * channels, (row + 1) * channels), seenPixels++ * channels);
      }
    }
    moments.add(rows.subarray(begin * channels), seenPixels - begin, weights?.subarray(begin));
  };
  return async (range, { keep }) => {
    seenPixels = 0;
    await tileReader.visit(measured, take, range);
    const net = () => ({
      rows: rows.slice(0, seenPixels * channels),
      precisions: precisions.slice(0, seenPixels),
    });
    return { moments: moments.drain(), noise: noise.drain(), ...(keep && { net: net() }) };
  };
};

export interface ScoreShared {
  calibration: SignalCalibration;
  basis: PcaBasis;
  present: Uint8Array;
  /** Of the present pixels, in the order of pixels: n × components, and n. */
  scores: Float32Array;
  precisions: Float64Array;
}

export interface ScoreOwn {
  /** Present pixels before the block. */
  at: number;
  /** Where they were kept. */
  net?: NetRows;
}

/** Scores of the present pixels: from net spectra that were kept, or made again from the spectra. */
export const scoreStep: Step<ScoreShared, ScoreOwn, undefined> = (input, shared) => {
  const { window } = input;
  const { basis, present, scores, precisions } = shared;
  const { components } = basis;
  let again: ReturnType<typeof extraction> | undefined;
  let next = 0;
  const note = (rows: Float32Array, row: number, precision: number) => {
    precisions[next] = precision;
    project(basis, rows, row * window.features, scores, next++ * components);
  };
  const extraction = () => {
    const extractor = new SignalExtractor(window, shared.calibration);
    const { block } = extractor;
    const take = ({ first, count, spectra }: Tile) => {
      for (const { from, rows } of parts(count, block.capacity)) {
        const seen = extractor.extractBlock(spectra, from * block.width, rows);
        for (let row = 0; row < rows; row++)
          if (present[first + from + row]) note(block.net, row, scorePrecision(seen, row));
      }
    };
    return { tileReader: tileReaderOf(input), take };
  };
  return async (range, { at, net }) => {
    next = at;
    if (net) for (let row = 0; row < net.precisions.length; row++) note(net.rows, row, net.precisions[row]);
    else {
      again ??= extraction();
      await again.tileReader.visit(present, again.take, range);
    }
    return undefined;
  };
};
