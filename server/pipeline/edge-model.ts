import { CovarianceAccumulator } from '../analysis/covariance.ts';
import { FLAG, PRESENCE_SNR, type SignalCalibration, SignalExtractor } from '../analysis/edge-signal.ts';
import { type PcaBasis, principalComponents, project } from '../analysis/pca.ts';
import { scorePrecision } from '../analysis/score-noise.ts';
import { SignalNoise } from '../analysis/signal-noise.ts';
import { type FitInput, walk } from './fit-input.ts';
import type { NetSpectra } from './net-spectra.ts';
import { TILE_PIXELS } from './tiles.ts';

/** Net signal of every measured pixel, and the principal components of those in which the edge is present. */
export interface SignalFit {
  calibration: SignalCalibration;
  /** Row-major; NaN where not measured. */
  intensity: Float32Array;
  snr: Float32Array;
  /** 1 where the edge is present. */
  present: Uint8Array;
  presentPixels: number;
  /** Bits of FLAG, row-major; how many pixels have each. */
  flags: Uint8Array;
  flagged: { noSignal: number; clamped: number; overSubtracted: number };
  /** Undefined when the edge is present in fewer than two pixels. */
  basis?: PcaBasis;
}

/**
 * One walk: presence, and exact second moments of the normalised net spectra in fixed tiles of pixel indices.
 * @param kept takes net spectra for `presentScores`
 */
export async function fitSignal(
  input: FitInput,
  calibration: SignalCalibration,
  kept: NetSpectra,
  fewestComponents?: number,
): Promise<SignalFit> {
  const { window, measured } = input;
  const extractor = new SignalExtractor(window, calibration);
  const { block } = extractor;
  const channels = window.features;
  const intensity = new Float32Array(measured.length).fill(Number.NaN);
  const snr = new Float32Array(measured.length).fill(Number.NaN);
  const present = new Uint8Array(measured.length);
  const flags = new Uint8Array(measured.length);
  const moments = new CovarianceAccumulator(channels);
  const noise = new SignalNoise(window);
  const rows = new Float32Array(TILE_PIXELS * channels);
  const precisions = new Float64Array(TILE_PIXELS);
  let presentPixels = 0;
  for await (const { first, count, spectra } of walk(input)) {
    let here = 0;
    for (let p = 0; p < count; p += block.capacity) {
      const seen = extractor.extractBlock(spectra, p * block.width, Math.min(block.capacity, count - p));
      for (let row = 0; row < block.capacity && p + row < count; row++) {
        const pixel = first + p + row;
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
    kept.add(rows, precisions, here, first + count);
    presentPixels += here;
  }
  const flagged = countFlags(flags);
  const fit: SignalFit = { calibration, intensity, snr, present, presentPixels, flags, flagged };
  if (presentPixels >= 2)
    fit.basis = principalComponents(moments, noise.covariance(calibration.noise), fewestComponents);
  return fit;
}

function countFlags(flags: Uint8Array): SignalFit['flagged'] {
  const flagged = { noSignal: 0, clamped: 0, overSubtracted: 0 };
  for (const bits of flags) {
    if (bits & FLAG.noSignal) flagged.noSignal++;
    if (bits & FLAG.clamped) flagged.clamped++;
    if (bits & FLAG.overSubtracted) flagged.overSubtracted++;
  }
  return flagged;
}

/** Scores of the present pixels, in the order of pixels. */
export interface PresentScores {
  /** Row-major index of each pixel. */
  pixels: Uint32Array;
  /** n × components. */
  scores: Float32Array;
  /** How exactly each pixel's scores are known. */
  precisions: Float64Array;
}

/** Scores of all present pixels: from the net spectra that were kept, which are let go, and from another walk for the rest. */
export async function presentScores(
  input: FitInput,
  fit: SignalFit,
  basis: PcaBasis,
  kept: NetSpectra,
): Promise<PresentScores> {
  const { window } = input;
  const { components } = basis;
  const pixels = new Uint32Array(fit.presentPixels);
  for (let pixel = 0, i = 0; pixel < fit.present.length; pixel++) if (fit.present[pixel]) pixels[i++] = pixel;
  const scores = new Float32Array(pixels.length * components);
  const precisions = new Float64Array(pixels.length);
  let next = 0;
  for (const tile of kept.tiles)
    for (let p = 0; p < tile.precisions.length; p++, next++) {
      precisions[next] = tile.precisions[p];
      project(basis, tile.rows, p * window.features, scores, next * components);
    }
  const left = fit.present.slice().fill(0, 0, kept.endPixel);
  kept.clear();
  const extractor = new SignalExtractor(window, fit.calibration);
  const { block } = extractor;
  for await (const { first, count, spectra } of walk(input, left))
    for (let p = 0; p < count; p += block.capacity) {
      const seen = extractor.extractBlock(spectra, p * block.width, Math.min(block.capacity, count - p));
      for (let row = 0; row < block.capacity && p + row < count; row++) {
        if (!left[first + p + row]) continue;
        precisions[next] = scorePrecision(seen, row);
        project(basis, block.net, row * window.features, scores, next++ * components);
      }
    }
  return { pixels, scores, precisions };
}

/** Those of some pixels, all of them present and ascending, n × components. */
export function scoresOf({ pixels, scores }: PresentScores, chosen: Uint32Array): Float32Array {
  const components = scores.length / pixels.length;
  const found = new Float32Array(chosen.length * components);
  for (let i = 0, at = 0; i < chosen.length; i++) {
    while (pixels[at] !== chosen[i]) at++;
    found.set(scores.subarray(at * components, (at + 1) * components), i * components);
  }
  return found;
}
