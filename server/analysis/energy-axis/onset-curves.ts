import { energyOf } from '../../../protocol/index.ts';
import type { AxisSpectrum } from './axis-spectrum.ts';
import { SHAPE_NAMES, SHAPES, type ShapeName } from './onset-shapes.ts';

/** Where onsets can be found: from so far after the begin of an axis, and not below plasmons, to so far before its end, eV. */
export const LEAST_BEFORE_EV = 10;
export const LOWEST_EV = 40;
export const LEAST_AFTER_EV = 6;
/** The background is judged from so much before an onset, eV. */
const LONGEST_BEFORE_EV = 30;
const before = (onset: number) => Math.min(Math.max(0.07 * onset, 12), LONGEST_BEFORE_EV);
/** Shapes may rise so much before their onset, eV. */
const LEAD_EV = 5;
/** Relative departure from a power law at the end of its window that is nothing special. */
const BEND = 0.02;
/** Share of the signal above an onset that counts as background at least. */
const FAINT = 1e-3;
/** Share of a sum of squares that is rounding. */
const TINY = 1e-12;

export interface OnsetCurves {
  /** Height over noise of an onset at every bin, by shape; 0 where none can be found. */
  curves: Record<ShapeName, Float64Array>;
  /** Its height over the background, by the best shape. */
  jump: Float64Array;
}

/** A shape in bins from `lead` before the onset on. */
interface ShapeTable {
  name: ShapeName;
  /** Bins after the onset. */
  reach: number;
  values: Float64Array;
}

/**
 * Fits a bent power law and an edge that begins there at every bin, by weighted least squares. The deviation of the height grows
 * with the misfit of the whole, so that where no shape fits no onset is significant.
 */
export function onsetCurves(spectrum: AxisSpectrum): OnsetCurves {
  const { values, energy } = spectrum;
  const { offset, dispersion } = energy;
  const bins = values.length;
  const curves = Object.fromEntries(SHAPE_NAMES.map((name) => [name, new Float64Array(bins)])) as Record<
    ShapeName,
    Float64Array
  >;
  const jump = new Float64Array(bins);
  const logs = values.map((_, i) => Math.log(Math.max(offset + dispersion * i, 1)));
  const lead = Math.round(LEAD_EV / dispersion);
  const tables = SHAPE_NAMES.map((name) => shapeTable(name, lead, dispersion));
  const fitter = new OnsetFitter(spectrum, logs, lead, tables);
  for (let bin = 0; bin < bins; bin++) {
    const onset = energyOf(energy, bin);
    const back = Math.min(bin, Math.round(before(onset) / dispersion));
    if (onset < LOWEST_EV || back < LEAST_BEFORE_EV / dispersion) continue;
    if (bin + LEAST_AFTER_EV / dispersion >= bins) break;
    fitter.moveTo(bin, back);
    let best = 0;
    for (const table of tables) {
      const { snr, height } = fitter.fit(table);
      curves[table.name][bin] = snr;
      if (snr <= best) continue;
      best = snr;
      jump[bin] = height;
    }
  }
  return { curves, jump };
}

function shapeTable(name: ShapeName, lead: number, dispersion: number): ShapeTable {
  const { reachEv, at } = SHAPES[name];
  const reach = Math.max(3, Math.round(reachEv / dispersion));
  const values = Float64Array.from({ length: lead + reach + 1 }, (_, i) => at((i - lead) * dispersion));
  return { name, reach, values };
}

/** Sums that a fit needs of the background alone: normal matrix (upper triangle), right side, Σ w·y², bins. */
const SUMS = 11;

/** Fits at one bin at a time: what the shapes have in common is summed once. */
class OnsetFitter {
  readonly #spectrum: AxisSpectrum;
  readonly #logs: Float64Array;
  readonly #lead: number;
  readonly #reach: number;
  /** Sums over the window up to each of its bins, SUMS each. */
  readonly #running: Float64Array;
  /** Weighted level, slope, bend and counts in each bin of the window. */
  readonly #terms: Float64Array[];
  #level = 0;
  #bin = 0;
  #from = 0;
  #end = 0;

  constructor(spectrum: AxisSpectrum, logs: Float64Array, lead: number, tables: readonly ShapeTable[]) {
    this.#spectrum = spectrum;
    this.#logs = logs;
    this.#lead = lead;
    this.#reach = Math.max(...tables.map(({ reach }) => reach));
    const room = Math.ceil(LONGEST_BEFORE_EV / spectrum.energy.dispersion) + this.#reach + 2;
    this.#running = new Float64Array(room * SUMS);
    this.#terms = Array.from({ length: 4 }, () => new Float64Array(room));
  }

  /** @param back bins before `bin` that the background is judged from */
  moveTo(bin: number, back: number): void {
    const { values, variances } = this.#spectrum;
    const logs = this.#logs;
    this.#bin = bin;
    this.#from = bin - back;
    this.#end = Math.min(values.length, bin + this.#reach + 1);
    const exponent = this.#powerLaw(back);
    const level = this.#level;
    const running = this.#running;
    const [ps, bs, cs, ys] = this.#terms;
    let [pp, pb, pc, bb, bc, cc, py, by, cy, yy, count] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = this.#from, k = 0, at = 0; i < this.#end; i++, k++, at += SUMS) {
      const weight = 1 / variances[i];
      const p = level * Math.exp(-exponent * (logs[i] - logs[bin]));
      const b = (p * (i - bin)) / back;
      const c = (b * (i - bin)) / back;
      const y = values[i];
      ps[k] = weight * p;
      bs[k] = weight * b;
      cs[k] = weight * c;
      ys[k] = weight * y;
      running[at] = pp += ps[k] * p;
      running[at + 1] = pb += ps[k] * b;
      running[at + 2] = pc += ps[k] * c;
      running[at + 3] = bb += bs[k] * b;
      running[at + 4] = bc += bs[k] * c;
      running[at + 5] = cc += cs[k] * c;
      running[at + 6] = py += ps[k] * y;
      running[at + 7] = by += bs[k] * y;
      running[at + 8] = cy += cs[k] * y;
      running[at + 9] = yy += ys[k] * y;
      running[at + 10] = count += weight > 0 ? 1 : 0;
    }
  }

  /** Exponent by the two halves of the window; the level is that of the half before the onset. */
  #powerLaw(back: number): number {
    const { values } = this.#spectrum;
    const from = this.#from;
    const half = back >> 1;
    let [first, second] = [0, 0];
    for (let i = 0; i < half; i++) {
      first += values[from + i];
      second += values[from + half + i];
    }
    // In background-subtracted data the edge itself gives the scale.
    this.#level = Math.max(second / half, FAINT * values[this.#end - 1], Number.MIN_VALUE);
    if (!(first > 0 && second > 0)) return 0;
    const lever = this.#logs[from + half + (half >> 1)] - this.#logs[from + (half >> 1)];
    return Math.min(Math.max(Math.log(first / second) / lever, -5), 12);
  }

  /** Height of a shape in units of the background, and over its deviation. */
  fit({ values: shape, reach }: ShapeTable): { snr: number; height: number } {
    const { variances } = this.#spectrum;
    const [ps, bs, cs, ys] = this.#terms;
    const level = this.#level;
    const end = Math.min(this.#end, this.#bin + reach + 1);
    const first = Math.max(this.#from, this.#bin - this.#lead);
    let [pd, bd, cd, dd, dy] = [0, 0, 0, 0, 0];
    for (let i = first, k = first - this.#from, j = first - this.#bin + this.#lead; i < end; i++, k++, j++) {
      const d = shape[j] * level;
      pd += ps[k] * d;
      bd += bs[k] * d;
      cd += cs[k] * d;
      dd += (d * d) / variances[i];
      dy += ys[k] * d;
    }
    const at = (end - 1 - this.#from) * SUMS;
    const [pp, pb, pc, bb, bc, cc, py, by, cy, yy, count] = this.#running.subarray(at, at + SUMS);
    const bent = cc + 1 / BEND ** 2;
    // Elimination of level, slope and bend.
    const [l1, l2, l3] = [pb / pp, pc / pp, pd / pp];
    const [b2, b3, b4] = [bb - l1 * pb, bc - l1 * pc, bd - l1 * pd];
    const rb = by - l1 * py;
    const [m2, m3] = [b3 / b2, b4 / b2];
    const c3 = bent - l2 * pc - m2 * b3;
    const c4 = cd - l2 * pd - m2 * b4;
    const rc = cy - l2 * py - m2 * rb;
    const n3 = c4 / c3;
    const own = dd - l3 * pd - m3 * b4 - n3 * c4;
    const right = dy - l3 * py - m3 * rb - n3 * rc;
    if (!(own > TINY * dd && b2 > TINY * bb && c3 > 0)) return { snr: 0, height: 0 };
    const rest = yy - (py * py) / pp - (rb * rb) / b2 - (rc * rc) / c3 - (right * right) / own;
    const misfit = Math.max(1, rest / Math.max(count - 4, 1));
    return { snr: right / Math.sqrt(own * misfit), height: right / own };
  }
}
