import { chiSquaredSurvival } from '../math/chi-squared.ts';
import { Autocorrelator } from './autocorrelation.ts';
import { type Contingency, contingency, mutualInformation } from './information.ts';

/** With fewer independent areas the test is not used: its χ² law is an approximation for many. */
export const LEAST_AREAS = 50;

/** Larger maps are tested on every second, third … pixel of both directions: neighbours add next to nothing there. */
const MOST_PIXELS = 512 * 512;

/**
 * Memory for autocorrelations besides those of the pair under test, bytes: three maps of 512 × 512 × 16 classes in all.
 */
const MOST_KEPT_BYTES = 128 * 2 ** 20;

export interface SpatialTest {
  /** Table of the pixels tested: all of them, or every `stride`-th in both directions. */
  table: Contingency;
  stride: number;
  /** Mutual information of that table, nats. */
  mi: number;
  /** How many times fewer the independent areas are than the pixels (design effect δ ≥ 1). */
  designEffect: number;
  /** Pixels tested over the design effect. */
  effectivePixels: number;
  /** Mutual information that unrelated maps as smooth as these have on average, nats. */
  chance: number;
  /** Probability of at least this information between unrelated maps; undefined where it cannot be computed. */
  pValue: number | undefined;
  freedom: number;
  /** Variance of each count in unrelated maps as smooth as these, not below that of independent pixels. */
  variances: number[][];
}

interface Lags {
  mask: Uint8Array;
  /** How often a lag counts (those left out as repeated are counted here) over the pairs of pixels it has. */
  weights: Float64Array;
  /** By map: autocorrelations of the classes' indicators; the one used last at the end. */
  known: Map<Int16Array, Float32Array[]>;
}

/**
 * Tests whether two label maps are related, allowing for spatial correlation in each of them: variances of the joint
 * counts by the pair counts and autocorrelations of the class indicators (Clifford, Richardson and Hémon 1989;
 * Dutilleul 1993), and the first-order correction of the G statistic (Rao and Scott 1981). Assumes stationary maps.
 * Keeps autocorrelations, so that maps of several pairs, or tested again with a new one, are not transformed again: a
 * map must not change before `forget`.
 */
export class SpatialTester {
  readonly #shape: readonly [number, number];
  readonly #stride: number;
  /** Of the whole map. */
  readonly #columns: number;
  readonly #correlator: Autocorrelator;
  #lags: Lags | undefined;
  readonly #thinned = new Map<Int16Array, Int16Array>();

  constructor(shape: readonly [number, number]) {
    const stride = Math.max(1, Math.ceil(Math.sqrt((shape[0] * shape[1]) / MOST_PIXELS)));
    this.#stride = stride;
    this.#shape = [Math.ceil(shape[0] / stride), Math.ceil(shape[1] / stride)];
    this.#columns = shape[1];
    this.#correlator = new Autocorrelator(this.#shape);
  }

  test(mapA: Int16Array, mapB: Int16Array): SpatialTest {
    const [a, b] = [this.#thin(mapA), this.#thin(mapB)];
    const table = contingency(a, b);
    const { mi } = mutualInformation(table);
    const n = table.pixels;
    const rowShares = table.counts.map((row) => row.reduce((sum, count) => sum + count, 0) / n);
    const columnShares = table.columns.map((_, j) => table.counts.reduce((sum, row) => sum + row[j], 0) / n);
    const freedom = Math.max(0, table.rows.length - 1) * Math.max(0, table.columns.length - 1);
    const independent = (i: number, j: number) =>
      n * rowShares[i] * (1 - rowShares[i]) * columnShares[j] * (1 - columnShares[j]);
    if (freedom === 0)
      return {
        table,
        stride: this.#stride,
        mi,
        designEffect: 1,
        effectivePixels: n,
        chance: 0,
        pValue: undefined,
        freedom,
        variances: table.counts.map((row) => row.map(() => 0)),
      };
    const lags = this.#lagsOf(a, b);
    const ofA = this.#known(lags, a, table.rows, rowShares);
    const ofB = this.#known(lags, b, table.columns, columnShares);
    const raw = products(ofA, ofB, lags.weights);
    let expected = 0;
    raw.forEach((row, i) => {
      row.forEach((variance, j) => {
        expected += ((1 - rowShares[i]) * (1 - columnShares[j]) * variance) / independent(i, j);
      });
    });
    const designEffect = Math.max(1, expected / freedom);
    const effectivePixels = n / designEffect;
    return {
      table,
      stride: this.#stride,
      mi,
      designEffect,
      effectivePixels,
      chance: expected / (2 * n),
      pValue:
        effectivePixels < LEAST_AREAS ? undefined : chiSquaredSurvival((2 * n * mi) / designEffect, freedom),
      freedom,
      variances: raw.map((row, i) => row.map((variance, j) => Math.max(variance, independent(i, j)))),
    };
  }

  /** Frees the autocorrelations of a map that will not be tested again. */
  forget(map: Int16Array): void {
    this.#lags?.known.delete(this.#thinned.get(map) ?? map);
    this.#thinned.delete(map);
  }

  #thin(map: Int16Array): Int16Array {
    if (this.#stride === 1) return map;
    const known = this.#thinned.get(map);
    if (known) return known;
    const [rows, columns] = this.#shape;
    const thin = Int16Array.from(
      { length: rows * columns },
      (_, i) => map[Math.floor(i / columns) * this.#stride * this.#columns + (i % columns) * this.#stride],
    );
    this.#thinned.set(map, thin);
    return thin;
  }

  #lagsOf(a: Int16Array, b: Int16Array): Lags {
    const mask = new Uint8Array(a.length);
    for (let i = 0; i < mask.length; i++) mask[i] = a[i] >= -1 && b[i] >= -1 ? 1 : 0;
    const last = this.#lags;
    if (last?.mask.every((flag, i) => flag === mask[i])) return last;
    const [pairs] = this.#correlator.all(1, (_, out) => out.set(mask));
    const repeated = 2 * this.#shape[1] - 1;
    const weights = new Float64Array(pairs.length);
    for (let lag = 0; lag < pairs.length; lag++)
      if (pairs[lag] > 0.5) weights[lag] = (lag < repeated ? 1 : 2) / Math.round(pairs[lag]);
    this.#lags = { mask, weights, known: new Map() };
    return this.#lags;
  }

  #known({ mask, known }: Lags, map: Int16Array, labels: number[], shares: number[]): Float32Array[] {
    const result =
      known.get(map) ??
      this.#correlator.all(labels.length, (i, out) => indicator(map, mask, labels[i], shares[i], out));
    known.delete(map);
    const bytes = (of: Float32Array[]) => of.reduce((sum, { byteLength }) => sum + byteLength, 0);
    let kept = bytes(result);
    // The newest is the other of the pair.
    for (const [place, [other, sums]] of [...known].reverse().entries()) {
      kept += bytes(sums);
      if (place > 0 && kept > MOST_KEPT_BYTES) known.delete(other);
    }
    known.set(map, result);
    return result;
  }
}

/** 1[map = label] − share where the mask is set, 0 elsewhere. */
function indicator(map: Int16Array, mask: Uint8Array, label: number, share: number, out: Float64Array): void {
  for (let x = 0; x < out.length; x++) out[x] = mask[x] ? (map[x] === label ? 1 : 0) - share : 0;
}

/** Lags whose products are summed together stay in cache. */
const STRETCH = 1024;
/** Rows of products summed side by side, so that loaded values are reused. */
const BESIDE = 4;

/** Σ_h w(h)·a_i(h)·b_j(h) of all i and j. */
function products(a: Float32Array[], b: Float32Array[], weights: Float64Array): number[][] {
  const sums = a.map(() => new Array<number>(b.length).fill(0));
  const weighted = Array.from({ length: BESIDE }, () => new Float64Array(STRETCH));
  const found = new Float64Array(BESIDE);
  for (let from = 0; from < weights.length; from += STRETCH) {
    const count = Math.min(STRETCH, weights.length - from);
    for (let first = 0; first < a.length; first += BESIDE) {
      for (const [row, out] of weighted.entries()) {
        const left = a[first + row];
        if (left) for (let k = 0; k < count; k++) out[k] = weights[from + k] * left[from + k];
      }
      for (let j = 0; j < b.length; j++) {
        dots(weighted, b[j], from, count, found);
        for (let row = 0; row < BESIDE && first + row < a.length; row++) sums[first + row][j] += found[row];
      }
    }
  }
  return sums;
}

/** Separate sums of even and odd places: a single one would wait for each addition. */
function dots(
  [w0, w1, w2, w3]: readonly Float64Array[],
  values: Float32Array,
  from: number,
  count: number,
  out: Float64Array,
): void {
  let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
  let k = 0;
  for (; k + 1 < count; k += 2) {
    const even = values[from + k];
    const odd = values[from + k + 1];
    s0 += w0[k] * even;
    s1 += w1[k] * even;
    s2 += w2[k] * even;
    s3 += w3[k] * even;
    t0 += w0[k + 1] * odd;
    t1 += w1[k + 1] * odd;
    t2 += w2[k + 1] * odd;
    t3 += w3[k + 1] * odd;
  }
  if (k < count) {
    const last = values[from + k];
    s0 += w0[k] * last;
    s1 += w1[k] * last;
    s2 += w2[k] * last;
    s3 += w3[k] * last;
  }
  out[0] = s0 + t0;
  out[1] = s1 + t1;
  out[2] = s2 + t2;
  out[3] = s3 + t3;
}
