import { autocorrelations } from './autocorrelation.ts';
import { chiSquaredSurvival } from './chi-squared.ts';
import { type Contingency, contingency, mutualInformation } from './information.ts';

/** With fewer independent areas the test is not used: its χ² law is an approximation for many. */
export const LEAST_AREAS = 50;

/** Larger maps are tested on every second, third … pixel of both directions: neighbours add next to nothing there. */
const MOST_PIXELS = 512 * 512;

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
  /** Probability of at least this information between unrelated maps; undefined where it cannot be told. */
  pValue: number | undefined;
  freedom: number;
  /** Variance of each count in unrelated maps as smooth as these, not below that of independent pixels. */
  variances: number[][];
}

interface Lags {
  mask: Uint8Array;
  /** How often a lag counts (those left out as repeated are counted here) over the pairs of pixels it has. */
  weights: Float32Array;
  /** By map: autocorrelations of the classes' indicators. The two used last. */
  known: Map<Int16Array, Float32Array[]>;
}

/**
 * Tests whether two label maps are related, given that neighbours are alike in each of them: variances of the joint
 * counts by the pair counts and autocorrelations of the class indicators (Clifford, Richardson and Hémon 1989;
 * Dutilleul 1993), and the first-order correction of the G statistic (Rao and Scott 1981). Assumes maps that are of one
 * kind all over. Keeps the autocorrelations of the two maps tested last, so that maps in several pairs are not
 * transformed again; a map must not change while it is known here.
 */
export class SpatialTester {
  readonly #shape: readonly [number, number];
  readonly #stride: number;
  /** Of the whole map. */
  readonly #columns: number;
  #lags: Lags | undefined;
  readonly #thinned = new Map<Int16Array, Int16Array>();

  constructor(shape: readonly [number, number]) {
    const stride = Math.max(1, Math.ceil(Math.sqrt((shape[0] * shape[1]) / MOST_PIXELS)));
    this.#stride = stride;
    this.#shape = [Math.ceil(shape[0] / stride), Math.ceil(shape[1] / stride)];
    this.#columns = shape[1];
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
    const mask = Uint8Array.from(a, (label, i) => (label >= -1 && b[i] >= -1 ? 1 : 0));
    const last = this.#lags;
    if (last?.mask.every((flag, i) => flag === mask[i])) return last;
    const [pairs] = autocorrelations([Float64Array.from(mask)], this.#shape);
    const repeated = 2 * this.#shape[1] - 1;
    const weights = pairs.map((count, lag) =>
      count > 0.5 ? (lag < repeated ? 1 : 2) / Math.round(count) : 0,
    );
    this.#lags = { mask, weights, known: new Map() };
    return this.#lags;
  }

  #known({ mask, known }: Lags, map: Int16Array, labels: number[], shares: number[]): Float32Array[] {
    const result =
      known.get(map) ??
      autocorrelations(
        labels.map((label, i) => indicator(map, mask, label, shares[i])),
        this.#shape,
      );
    known.delete(map);
    for (const oldest of [...known.keys()].slice(0, Math.max(0, known.size - 1))) known.delete(oldest);
    known.set(map, result);
    return result;
  }
}

/** 1[map = label] − share where the mask is set, 0 elsewhere. */
function indicator(map: Int16Array, mask: Uint8Array, label: number, share: number): Float64Array {
  const field = new Float64Array(map.length);
  for (let x = 0; x < field.length; x++) if (mask[x]) field[x] = (map[x] === label ? 1 : 0) - share;
  return field;
}

/** Σ_h w(h)·a_i(h)·b_j(h) of all i and j, in stretches that stay in cache. */
function products(a: Float32Array[], b: Float32Array[], weights: Float32Array): number[][] {
  const stretch = 2048;
  const sums = a.map(() => new Array<number>(b.length).fill(0));
  const weighted = new Float64Array(stretch);
  for (let from = 0; from < weights.length; from += stretch) {
    const count = Math.min(stretch, weights.length - from);
    for (let i = 0; i < a.length; i++) {
      const left = a[i];
      for (let k = 0; k < count; k++) weighted[k] = weights[from + k] * left[from + k];
      for (let j = 0; j < b.length; j++) sums[i][j] += dot(weighted, b[j], from, count);
    }
  }
  return sums;
}

/** Four sums side by side: one alone waits for each addition. */
function dot(weighted: Float64Array, values: Float32Array, from: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < count; k += 4) {
    s0 += weighted[k] * values[from + k];
    s1 += weighted[k + 1] * values[from + k + 1];
    s2 += weighted[k + 2] * values[from + k + 2];
    s3 += weighted[k + 3] * values[from + k + 3];
  }
  for (; k < count; k++) s0 += weighted[k] * values[from + k];
  return s0 + s1 + (s2 + s3);
}
