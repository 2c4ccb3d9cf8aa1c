import type { EdgeWindow } from './edge-window.ts';
import { resample } from './resample.ts';

/** Most blocks a scan is cut into: sums of fewer counts tell nothing of a drift. */
const MOST_BLOCKS = 256;
const FEWEST_BLOCKS = 8;
const ROUNDS = 8;
/** Residuals beyond this many deviations are x-rays. */
const SPOILT = 6;
/** Drift is smooth over this share of the scan (standard deviation of the kernel), and over two blocks at least. */
const SMOOTH_SHARE = 1 / 20;
const LEAST_SMOOTH = 2;
/** A drift beyond is not followed, channels of the edge's span. */
const MOST_SHARE = 0.2;

export interface OnsetDrift {
  /** Index of the window whose onset is followed: the one whose blocks agree best. */
  window: number;
  /** eV by which each block's spectra lie above the mean axis, smoothed. */
  shifts: Float64Array;
  /**
   * Standard deviation of a shift: the scatter of blocks about the smooth line, counting and composition together. That
   * of the line is not stated smaller, since neighbouring blocks show the same specimen.
   */
  uncertainty: number;
}

/**
 * How the energy axis drifts where there is no low loss: from the onset of an edge in sums over consecutive
 * pixels. Each sum is fitted by the mean spectrum, its derivative and a power law; the mean is formed anew from sums that
 * are moved by what was found (Gauss–Newton on Poisson weights). What the specimen does to the onset (chemical shifts)
 * looks like a drift; it is smoothed like noise as far as it is not smooth.
 */
export class OnsetDriftEstimator {
  /** Pixels of a block. */
  readonly blockPixels: number;
  readonly #blocks: number;
  readonly #windows: readonly EdgeWindow[];
  /** Per window, blocks × span. */
  readonly #sums: Float32Array[];
  readonly #pixels: Float64Array;

  /** @param shape rows and columns; a block is a row, or a part of a scan of few rows */
  constructor(windows: readonly EdgeWindow[], [rows, columns]: [number, number]) {
    const pixels = rows * columns;
    const perRow = rows >= FEWEST_BLOCKS ? 1 : Math.min(columns, Math.ceil(FEWEST_BLOCKS ** 2 / rows));
    const rowsPerBlock = Math.max(1, Math.ceil(rows / MOST_BLOCKS));
    this.blockPixels = perRow > 1 ? Math.ceil(columns / perRow) : rowsPerBlock * columns;
    this.#blocks = Math.ceil(pixels / this.blockPixels);
    this.#windows = windows;
    this.#sums = windows.map((window) => new Float32Array(this.#blocks * spanOf(window)));
    this.#pixels = new Float64Array(this.#blocks);
  }

  /** First pixel of the next block. */
  endOfBlock(pixel: number): number {
    return (Math.floor(pixel / this.blockPixels) + 1) * this.blockPixels;
  }

  /**
   * Adds pixels of the block of `pixel`.
   * @param counts sums of their whole spectra, per channel
   */
  add(pixel: number, counts: Float64Array, pixels: number): void {
    const block = Math.floor(pixel / this.blockPixels);
    this.#pixels[block] += pixels;
    for (let w = 0; w < this.#windows.length; w++) {
      const { firstChannel } = this.#windows[w];
      const span = spanOf(this.#windows[w]);
      const sums = this.#sums[w];
      for (let i = 0; i < span; i++) sums[block * span + i] += counts[firstChannel + i];
    }
  }

  /**
   * @param bad one entry per channel of a spectrum, 1 for those left out
   * @param gain variance over mean of the counts
   * @returns undefined where too few blocks are measured
   */
  estimate(bad: Uint8Array, dispersion: number, gain: number): OnsetDrift | undefined {
    const measured = Array.from(this.#pixels.keys()).filter((b) => this.#pixels[b] > 0);
    if (measured.length < FEWEST_BLOCKS) return undefined;
    let best: OnsetDrift | undefined;
    this.#windows.forEach((window, w) => {
      const found = track(window, this.#sums[w], measured, bad, gain);
      if (!found) return;
      const { smooth, scatter } = smoothed(measured, found.shifts, found.deviations, this.#blocks);
      const uncertainty = Math.max(scatter, median(found.deviations)) * dispersion;
      if (best && !(uncertainty < best.uncertainty)) return;
      best = { window: w, shifts: smooth.map((shift) => shift * dispersion), uncertainty };
    });
    return best;
  }

  /** Shift of every pixel, linear between the middles of blocks, into `out`. */
  writeShifts({ shifts }: OnsetDrift, out: Float32Array): void {
    const last = shifts.length - 1;
    for (let pixel = 0; pixel < out.length; pixel++) {
      const at = Math.min(Math.max((pixel + 0.5) / this.blockPixels - 0.5, 0), last);
      const low = Math.floor(at);
      const high = Math.min(low + 1, last);
      out[pixel] = shifts[low] + (at - low) * (shifts[high] - shifts[low]);
    }
  }
}

const spanOf = (window: EdgeWindow) => window.endChannel - window.firstChannel;

/** Shifts of the measured blocks in channels, and what counting makes of them. */
function track(
  window: EdgeWindow,
  sums: Float32Array,
  measured: readonly number[],
  bad: Uint8Array,
  gain: number,
): { shifts: Float64Array; deviations: Float64Array } | undefined {
  const span = spanOf(window);
  const blocks = measured.length;
  const most = MOST_SHARE * span;
  const inner = Math.ceil(most);
  const weights = Float64Array.from({ length: span }, (_, i) => (bad[window.firstChannel + i] ? 0 : 1));
  const spectra = new Float32Array(blocks * span);
  measured.forEach((block, b) => {
    for (let i = 0; i < span; i++) {
      let [low, high] = [i, i];
      while (low > 0 && !weights[low]) low--;
      while (high < span - 1 && !weights[high]) high++;
      spectra[b * span + i] = (sums[block * span + low] + sums[block * span + high]) / 2;
    }
  });
  const shifts = new Float64Array(blocks);
  const deviations = new Float64Array(blocks);
  const moved = new Float32Array(span);
  const law = window.logEnergy.map((x) => Math.exp(-3 * (x - window.logEnergy[0])));
  for (let round = 0; round < ROUNDS; round++) {
    const mean = new Float32Array(span);
    for (let b = 0; b < blocks; b++) {
      resample(spectra, b * span, span, shifts[b], moved, 0, span);
      for (let i = 0; i < span; i++) mean[i] += moved[i] / blocks;
    }
    if (!(mean.reduce((sum, value) => sum + value, 0) > 0)) return undefined;
    for (let b = 0; b < blocks; b++) {
      // Where the mean would have to lie for this block.
      resample(mean, 0, span, -shifts[b], moved, 0, span);
      const fit = step(spectra, b * span, moved, law, weights, gain, inner);
      if (!fit) return undefined;
      shifts[b] = Math.min(Math.max(shifts[b] + fit.shift, -most), most);
      deviations[b] = fit.deviation;
    }
    const centre = shifts.reduce((sum, shift) => sum + shift, 0) / blocks;
    for (let b = 0; b < blocks; b++) shifts[b] -= centre;
  }
  return { shifts, deviations };
}

/** Least squares y = a·m + b·law + c·m′ with Poisson weights; the shift is −c/a channels. */
function step(
  spectra: Float32Array,
  from: number,
  mean: Float32Array,
  law: Float64Array,
  usable: Float64Array,
  gain: number,
  margin: number,
): { shift: number; deviation: number } | undefined {
  const span = mean.length;
  let scale = 0;
  let total = 0;
  for (let i = margin; i < span - margin; i++) {
    scale += spectra[from + i];
    total += mean[i];
  }
  scale /= total;
  if (!(scale > 0)) return { shift: 0, deviation: Number.POSITIVE_INFINITY };
  const solve = (previous?: number[]) => {
    const normal = new Float64Array(9);
    const right = new Float64Array(3);
    for (let i = Math.max(1, margin); i < Math.min(span - 1, span - margin); i++) {
      const terms = [mean[i], law[i] * mean[0], (mean[i + 1] - mean[i - 1]) / 2];
      const variance = gain * Math.max(scale * mean[i], gain);
      const y = spectra[from + i];
      if (!usable[i]) continue;
      if (previous) {
        const model = terms.reduce((sum, term, k) => sum + term * previous[k], 0);
        if ((y - model) ** 2 > SPOILT ** 2 * variance) continue;
      }
      for (let k = 0; k < 3; k++) {
        right[k] += (terms[k] * y) / variance;
        for (let j = 0; j < 3; j++) normal[3 * k + j] += (terms[k] * terms[j]) / variance;
      }
    }
    return solve3(normal, right);
  };
  const first = solve();
  const second = first && solve(first.solution);
  if (!second) return undefined;
  const [a, , c] = second.solution;
  if (!(a > 0)) return { shift: 0, deviation: Number.POSITIVE_INFINITY };
  // Full steps overshoot where the onset is steep.
  return { shift: Math.min(Math.max(-c / a, -2), 2), deviation: Math.sqrt(second.lastVariance) / a };
}

/** Solution of a symmetric system of three, and the last element of the inverse's diagonal. */
function solve3(
  m: Float64Array,
  right: Float64Array,
): { solution: number[]; lastVariance: number } | undefined {
  const cofactor = (i: number, j: number) => {
    const rows = [0, 1, 2].filter((k) => k !== i);
    const columns = [0, 1, 2].filter((k) => k !== j);
    const minor =
      m[3 * rows[0] + columns[0]] * m[3 * rows[1] + columns[1]] -
      m[3 * rows[0] + columns[1]] * m[3 * rows[1] + columns[0]];
    return (i + j) % 2 === 0 ? minor : -minor;
  };
  const determinant = [0, 1, 2].reduce((sum, j) => sum + m[j] * cofactor(0, j), 0);
  if (!(Math.abs(determinant) > 0)) return undefined;
  const solution = [0, 1, 2].map(
    (i) => [0, 1, 2].reduce((sum, j) => sum + cofactor(j, i) * right[j], 0) / determinant,
  );
  return { solution, lastVariance: cofactor(2, 2) / determinant };
}

/** Local straight lines, Gaussian in the block's number, weighted by precision. */
function smoothed(
  at: readonly number[],
  shifts: Float64Array,
  deviations: Float64Array,
  blocks: number,
): { smooth: Float64Array; scatter: number } {
  const width = Math.max(LEAST_SMOOTH, SMOOTH_SHARE * blocks);
  const typical = median(deviations);
  const smooth = new Float64Array(blocks);
  for (let block = 0; block < blocks; block++) {
    let [w0, w1, w2, y0, y1] = [0, 0, 0, 0, 0];
    at.forEach((position, b) => {
      const d = position - block;
      // No block is known so much better that its specimen alone would decide.
      const precision = 1 / (1 + (deviations[b] / typical) ** 2);
      const w = precision * Math.exp(-0.5 * (d / width) ** 2);
      w0 += w;
      w1 += w * d;
      w2 += w * d * d;
      y0 += w * shifts[b];
      y1 += w * d * shifts[b];
    });
    const determinant = w0 * w2 - w1 * w1;
    smooth[block] = determinant > 1e-12 * w0 * w2 ? (w2 * y0 - w1 * y1) / determinant : y0 / w0;
  }
  const residuals = Float64Array.from(at, (position, b) => Math.abs(shifts[b] - smooth[position]));
  return { smooth, scatter: 1.4826 * median(residuals) };
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
