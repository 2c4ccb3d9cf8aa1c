import { upperMedian } from '../math/median.ts';

/** Common part of two series of shifts, one per edge. */
export interface Agreement {
  /** Variance of what both share. */
  common: number;
  /** Mean product in its standard deviations for series of independent noise. */
  significance: number;
  /** Variance of each beyond counting. */
  excess: [number, number];
  /** Lin's concordance of what is beyond counting (Biometrics 45 (1989) 255): 1 where both move by the same amounts. */
  concordance: number;
  /** One of the two shifts and the other significantly less. */
  denied: boolean;
  /** Variance of each that is not shared: 0 unless the two differ significantly. */
  own: [number, number];
}

/** Values so many deviations away are cut off: borders of the specimen, x-rays. */
const MOST_DEVIATIONS = 4;
/** Deviations that make a difference sure. */
const SURELY = 3;
/** Fewest values for a comparison. */
const FEWEST = 10;

/**
 * Compares two series of mean about 0; entries that are NaN in one are left out.
 * @param effective share of the values that is independent of the others
 */
export function agreementOf(
  a: Float64Array,
  b: Float64Array,
  noise: readonly [ArrayLike<number>, ArrayLike<number>],
  effective = 1,
): Agreement | undefined {
  const both = Array.from(a.keys()).filter((i) => !Number.isNaN(a[i]) && !Number.isNaN(b[i]));
  if (both.length < FEWEST) return undefined;
  const n = Math.max(both.length * effective, 1);
  const cut = (values: Float64Array) => {
    const own = Float64Array.from(both, (i) => values[i]);
    const most = MOST_DEVIATIONS * 1.4826 * upperMedian(own.map(Math.abs));
    return own.map((x) => Math.min(Math.max(x, -most), most));
  };
  const [x, y] = [cut(a), cut(b)];
  let [xy, xxyy, xx, yy] = [0, 0, 0, 0];
  x.forEach((value, i) => {
    xy += value * y[i];
    xxyy += (value * y[i]) ** 2;
    xx += value * value;
    yy += y[i] * y[i];
  });
  const m = both.length;
  const counted = noise.map((each) => upperMedian(Float64Array.from(both, (i) => each[i])));
  const excess: [number, number] = [xx / m - counted[0], yy / m - counted[1]];
  const room = Math.max(excess[0], 0) + Math.max(excess[1], 0);
  const deviation = Math.sqrt(xx * yy) / m;
  const common = xy / m;
  const error = deviation / Math.sqrt(n);
  const apart = (xx + yy - 2 * xy) / m;
  const differ = apart - counted[0] - counted[1] > SURELY * apart * Math.sqrt(2 / n);
  // Where they do not differ, the more precise one determines the shared part.
  const weights = counted.map((x, e) => 1 / (x + Math.max(excess[e], 0)) ** 2);
  const shared =
    (weights[0] * Math.max(excess[0], 0) + weights[1] * Math.max(excess[1], 0)) / (weights[0] + weights[1]);
  return {
    common: differ ? common : shared,
    significance: xxyy > 0 ? (common * Math.sqrt(n)) / Math.max(Math.sqrt(xxyy / m), deviation) : 0,
    excess,
    concordance: room > 0 ? Math.min(Math.max((2 * xy) / m / room, -1), 1) : 0,
    denied: 0.5 * Math.max(...excess) > common + SURELY * error,
    own: differ ? [Math.max(0, excess[0] - common), Math.max(0, excess[1] - common)] : [0, 0],
  };
}

/** Correlation of neighbours in a series; 0 where there is none. */
export function lagOne(values: Float64Array): number {
  let [products, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    squares += values[i] ** 2;
    if (i > 0 && !Number.isNaN(values[i - 1])) products += values[i] * values[i - 1];
  }
  return squares > 0 ? products / squares : 0;
}

/**
 * Share of the variance of `values` that straight lines in `terms` (one row of numbers each) explain, corrected for
 * degrees of freedom.
 */
export function explainedBy(values: Float64Array, terms: readonly number[][]): number {
  const at = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]));
  const count = terms[0]?.length ?? 0;
  if (at.length < count + 3) return 0;
  const centred = (take: (i: number) => number) => {
    const own = Float64Array.from(at, take);
    const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
    return own.map((x) => x - mean);
  };
  const y = centred((i) => values[i]);
  const total = y.reduce((sum, x) => sum + x * x, 0);
  let left: Float64Array = y;
  const basis: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    let term: Float64Array = centred((i) => terms[i][k]);
    const before = term.reduce((sum, x) => sum + x * x, 0);
    for (const other of basis) term = minus(term, other);
    const norm = Math.sqrt(term.reduce((sum, x) => sum + x * x, 0));
    if (!(norm > 1e-6 * Math.sqrt(before))) continue;
    basis.push(term.map((x) => x / norm));
    left = minus(left, basis[basis.length - 1]);
  }
  const rest = left.reduce((sum, x) => sum + x * x, 0) / (at.length - 1 - basis.length);
  return total > 0 ? Math.max(0, 1 - rest / (total / (at.length - 1))) : 0;
}

function minus(values: Float64Array, unit: Float64Array): Float64Array {
  const along = values.reduce((sum, x, i) => sum + x * unit[i], 0);
  return values.map((x, i) => x - along * unit[i]);
}
