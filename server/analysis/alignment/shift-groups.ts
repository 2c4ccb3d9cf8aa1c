import { robustVariance } from '../math/median.ts';
import type { EdgeShifts, ShiftModel } from './edge-shifts.ts';

/** Rows of fewer pixels than this, in scans of fewer rows, are cut into groups of about as many. */
const GROUP_PIXELS = 16;
const FEWEST_ROWS = 8;
/** Pixels this many deviations away from their group are outliers, for instance by x-rays. */
const OUTLIER_DEVIATIONS = 6;
/** Least net counts of an edge in a group, standard deviations. */
const LEAST_NET = 4;

/** Groups of pixels recorded one after another, with their combined shifts. */
export interface ShiftGroups {
  /** Group of each pixel. */
  of: Uint32Array;
  count: number;
  /** Per edge and group: channels above the mean, and the variance of that by counting; NaN where unknown. */
  shift: Float64Array[];
  variance: Float64Array[];
  /** Per group: what it is made of, one row of numbers each: counts, and net counts of every edge in units of them. */
  composition: number[][];
}

/**
 * @param pixels row-major indices, ascending
 * @param columns of the scan
 */
export function shiftGroups(
  { filters, gain }: ShiftModel,
  shifts: EdgeShifts,
  pixels: ArrayLike<number>,
  columns: number,
): ShiftGroups {
  const rowOf = (p: number) => Math.floor(pixels[p] / columns);
  const n = pixels.length;
  let rows = n > 0 ? 1 : 0;
  for (let p = 1; p < n; p++) if (rowOf(p) !== rowOf(p - 1)) rows++;
  const most = rows >= FEWEST_ROWS ? Number.POSITIVE_INFINITY : GROUP_PIXELS;
  const of = new Uint32Array(n);
  let count = 0;
  for (let p = 0, begin = 0; p < n; p++) {
    if (p > 0 && (rowOf(p) !== rowOf(p - 1) || p - begin >= most)) {
      count++;
      begin = p;
    }
    of[p] = count;
  }
  count++;
  const shift: Float64Array[] = [];
  const variance: Float64Array[] = [];
  const composition = Array.from({ length: count }, () => [0]);
  const levels = new Float64Array(count);
  const sizes = new Float64Array(count);
  for (let p = 0; p < n; p++) {
    levels[of[p]] += shifts.level[p];
    sizes[of[p]]++;
  }
  for (let g = 0; g < count; g++) composition[g][0] = levels[g] / sizes[g];
  for (const [e, filter] of filters.entries()) {
    const { moved: unit, net: netUnit } = filter.variances(0);
    const sum = (middle?: Float64Array) => {
      const [net, product, level] = [0, 1, 2].map(() => new Float64Array(count));
      for (let p = 0; p < n; p++) {
        const g = of[p];
        const away = shifts.shift[e][p] - (middle?.[g] ?? 0);
        if (middle && away * away > OUTLIER_DEVIATIONS ** 2 * (shifts.variance[e][p] + spreadOf(shifts, e)))
          continue;
        net[g] += shifts.net[e][p];
        product[g] += shifts.product[e][p];
        level[g] += shifts.level[p];
      }
      const found = net.map((value, g) =>
        value > LEAST_NET * Math.sqrt(gain * netUnit * level[g]) ? product[g] / value : Number.NaN,
      );
      return { found, variances: level.map((value, g) => (gain * unit * value) / net[g] ** 2), net };
    };
    const first = sum();
    const { found, variances, net } = sum(first.found);
    shift.push(found);
    variance.push(variances);
    for (let g = 0; g < count; g++) composition[g].push(levels[g] > 0 ? net[g] / levels[g] : 0);
  }
  return { of, count, shift, variance, composition };
}

const spreads = new WeakMap<EdgeShifts, Map<number, number>>();

/** Variance of an edge's shifts over pixels, by the median, so that a few outliers do not matter. */
function spreadOf(shifts: EdgeShifts, edge: number): number {
  const known = spreads.get(shifts) ?? new Map<number, number>();
  spreads.set(shifts, known);
  const found = known.get(edge) ?? robustVariance(shifts.shift[edge].filter((x) => !Number.isNaN(x)));
  known.set(edge, found);
  return found;
}
