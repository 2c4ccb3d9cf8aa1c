import { CovarianceAccumulator, type Moments } from '../../analysis/covariance.ts';
import { PRESENCE_SNR, type SignalCalibration, SignalExtractor } from '../../analysis/edge-signal.ts';
import { parts } from '../../analysis/parts.ts';
import { type PcaBasis, project } from '../../analysis/pca.ts';
import { scorePrecision } from '../../analysis/score-noise.ts';
import { type NoiseSums, SignalNoise } from '../../analysis/signal-noise.ts';
import { TILE_PIXELS } from '../reading/tiles.ts';
import { type Step, walkOf } from './fit-input.ts';
import type { NetRows } from './net-spectra.ts';

export interface SignalShared {
  calibration: SignalCalibration;
  /** Row-major, written by pixel where it is measured. */
  intensity: Float32Array;
  snr: Float32Array;
  present: Uint8Array;
  flags: Uint8Array;
}

/** What a block adds to the second moments of the normalised net spectra. */
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
  const walk = walkOf(input);
  const extractor = new SignalExtractor(window, calibration);
  const { block } = extractor;
  const channels = window.features;
  const moments = new CovarianceAccumulator(channels);
  const noise = new SignalNoise(window);
  const rows = new Float32Array(TILE_PIXELS * channels);
  const precisions = new Float64Array(TILE_PIXELS);
  return async (range, { keep }) => {
    const net: NetRows[] = [];
    for await (const { first, count, spectra } of walk.tiles(measured, range)) {
      let here = 0;
      for (const part of parts(count, block.capacity)) {
        const seen = extractor.extractBlock(spectra, part.from * block.width, part.rows);
        for (let row = 0, pixel = first + part.from; row < part.rows; row++, pixel++) {
          if (!measured[pixel]) continue;
          intensity[pixel] = seen.intensity[row];
          snr[pixel] = seen.snr[row];
          flags[pixel] = seen.flags[row];
          if (!(seen.snr[row] >= PRESENCE_SNR)) continue;
          present[pixel] = 1;
          noise.add(block, row, seen);
          precisions[here] = scorePrecision(seen, row);
          rows.set(block.net.subarray(row * channels, (row + 1) * channels), here++ * channels);
        }
      }
      moments.add(rows, here);
      if (keep) net.push({ rows: rows.slice(0, here * channels), precisions: precisions.slice(0, here) });
    }
    return { moments: moments.handOver(), noise: noise.handOver(), ...(keep && { net: joined(net) }) };
  };
};

function joined(tiles: NetRows[]): NetRows {
  const length = (of: 'rows' | 'precisions') => tiles.reduce((sum, tile) => sum + tile[of].length, 0);
  const rows = new Float32Array(length('rows'));
  const precisions = new Float64Array(length('precisions'));
  let [atRow, at] = [0, 0];
  for (const tile of tiles) {
    rows.set(tile.rows, atRow);
    precisions.set(tile.precisions, at);
    atRow += tile.rows.length;
    at += tile.precisions.length;
  }
  return { rows, precisions };
}

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
  let again: { extractor: SignalExtractor; walk: ReturnType<typeof walkOf> } | undefined;
  return async (range, { at, net }) => {
    let next = at;
    const note = (rows: Float32Array, row: number, precision: number) => {
      precisions[next] = precision;
      project(basis, rows, row * window.features, scores, next++ * components);
    };
    if (net) {
      for (let row = 0; row < net.precisions.length; row++) note(net.rows, row, net.precisions[row]);
      return undefined;
    }
    again ??= { extractor: new SignalExtractor(window, shared.calibration), walk: walkOf(input) };
    const { extractor, walk } = again;
    const { block } = extractor;
    for await (const { first, count, spectra } of walk.tiles(present, range))
      for (const { from, rows } of parts(count, block.capacity)) {
        const seen = extractor.extractBlock(spectra, from * block.width, rows);
        for (let row = 0; row < rows; row++)
          if (present[first + from + row]) note(block.net, row, scorePrecision(seen, row));
      }
    return undefined;
  };
};
