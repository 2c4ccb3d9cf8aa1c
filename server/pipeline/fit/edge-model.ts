import { type ShiftTraces, shiftDirections } from '../../analysis/alignment/shift-directions.ts';
import { FLAG, type SignalCalibration } from '../../analysis/background/edge-signal.ts';
import { CovarianceAccumulator } from '../../analysis/decomposition/covariance.ts';
import { type PcaBasis, principalComponents } from '../../analysis/decomposition/pca.ts';
import { SignalNoise } from '../../analysis/decomposition/signal-noise.ts';
import { zeros } from '../../analysis/math/memory.ts';
import { blocksOf, type FitInput } from './fit-input.ts';
import type { FitPool } from './fit-pool.ts';
import type { NetSpectra } from './net-spectra.ts';

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
  flagged: Record<keyof typeof FLAG, number>;
  /** Shifts from pixel to pixel that the components leave out. */
  shifted?: ShiftTraces;
  /** Undefined when the edge is present in fewer than two pixels. */
  basis?: PcaBasis;
}

/**
 * One read of all spectra: presence, and exact second moments of the normalised net spectra.
 * @param kept takes net spectra for `presentScores`
 */
export async function fitSignal(
  input: FitInput,
  pool: FitPool,
  calibration: SignalCalibration,
  kept: NetSpectra,
  fewestComponents?: number,
): Promise<SignalFit> {
  const { window, measured, shifted } = input;
  const { memory } = pool;
  const pixels = measured.length;
  const seen = {
    intensity: zeros(Float32Array, pixels, memory).fill(Number.NaN),
    snr: zeros(Float32Array, pixels, memory).fill(Number.NaN),
    present: zeros(Uint8Array, pixels, memory),
    flags: zeros(Uint8Array, pixels, memory),
  };
  const moments = new CovarianceAccumulator(window.features);
  const noise = new SignalNoise(window);
  let block = 0;
  const own = () => ({ keep: kept.hasRoom });
  for await (const part of pool.each(input, 'signal', { calibration, ...seen }, own)) {
    moments.merge(part.moments);
    noise.merge(part.noise);
    if (part.net) kept.add(block, part.net);
    block++;
  }
  const flagged = countFlags(seen.flags);
  const fit: SignalFit = {
    calibration,
    ...seen,
    presentPixels: moments.count,
    flagged,
    ...(shifted && { shifted }),
  };
  if (moments.count >= 2)
    fit.basis = principalComponents(moments, noise.covariance(calibration.noise), {
      fewest: fewestComponents,
      spread: noise.spread(calibration.noise),
      without: shifted && shiftDirections(Float64Array.from(moments.mean), shifted),
    });
  return fit;
}

function countFlags(flags: Uint8Array): SignalFit['flagged'] {
  const flagged = { noSignal: 0, clamped: 0, overSubtracted: 0, level: 0 };
  for (const bits of flags) {
    if (bits & FLAG.noSignal) flagged.noSignal++;
    if (bits & FLAG.clamped) flagged.clamped++;
    if (bits & FLAG.overSubtracted) flagged.overSubtracted++;
    if (bits & FLAG.level) flagged.level++;
  }
  return flagged;
}

/** Scores of the present pixels, in the order of pixels. */
export interface PresentScores {
  /** Row-major index of each pixel. */
  pixels: Uint32Array;
  /** Start of each block's pixels; plus one entry for the end of the last block. */
  blocks: number[];
  /** n × components. */
  scores: Float32Array;
  /** How exactly each pixel's scores are known. */
  precisions: Float64Array;
}

/** Scores of all present pixels: from the kept net spectra, which are freed, and by reading the rest again. */
export async function presentScores(
  input: FitInput,
  pool: FitPool,
  { calibration, present, presentPixels }: SignalFit,
  basis: PcaBasis,
  kept: NetSpectra,
): Promise<PresentScores> {
  const pixels = new Uint32Array(presentPixels);
  let n = 0;
  const blocks = blocksOf(present.length).map(({ first, end }) => {
    const begin = n;
    for (let pixel = first; pixel < end; pixel++) if (present[pixel]) pixels[n++] = pixel;
    return begin;
  });
  const { memory } = pool;
  const scores = zeros(Float32Array, n * basis.components, memory);
  const precisions = zeros(Float64Array, n, memory);
  const shared = { calibration, basis, present, scores, precisions };
  const own = (block: number) => {
    const net = kept.take(block);
    return { at: blocks[block], ...(net && { net }) };
  };
  await pool.all(input, 'scores', shared, own);
  return { pixels, blocks: [...blocks, n], scores, precisions };
}

/** Scores of some pixels, all of them present and ascending, n × components. */
export function scoresOf({ pixels, scores }: PresentScores, chosen: Uint32Array): Float32Array {
  const components = scores.length / pixels.length;
  const found = new Float32Array(chosen.length * components);
  for (let i = 0, at = 0; i < chosen.length; i++) {
    while (pixels[at] !== chosen[i]) at++;
    found.set(scores.subarray(at * components, (at + 1) * components), i * components);
  }
  return found;
}
