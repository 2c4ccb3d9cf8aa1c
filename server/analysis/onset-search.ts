import { energyOf } from '../../protocol/index.ts';
import type { AxisSpectrum } from './axis-spectrum.ts';

/** Where a feature begins, or the maximum of its first line, eV on the axis as filed. */
export interface Reading {
  isLine: boolean;
  place: number;
  /** Standard deviation of the place. */
  sigma: number;
  /** Height over noise, the misfit of the shape included. */
  snr: number;
}

/** Something that looks like the beginning of an edge. */
export interface OnsetFeature {
  at: number;
  snr: number;
  /** Height over the background under it. */
  jump: number;
  shape: ShapeName;
  /** The better first; a second one where shapes with and without a line fit nearly as well. */
  readings: Reading[];
}

/** What edges look like from the onset on, as a function of the energy above it, and how far they do. */
interface Shape {
  reachEv: number;
  at: (ev: number) => number;
}

export type ShapeName =
  | 'step'
  | 'slow step'
  | 'maximum'
  | 'white line'
  | 'broad line'
  | 'line on a step'
  | 'delayed';

/** A white line stands this far above the onset it is given, eV. */
const LINE_EV = 1.5;

/** A delayed maximum takes this long to rise, eV. */
const RISE_EV = 12;

const step = (ev: number, width = 0.6) => (1 / (1 + Math.exp(-ev / width))) * Math.exp(-Math.max(ev, 0) / 60);
const line = (ev: number, at: number, width: number) => Math.exp(-(((ev - at) / width) ** 2) / 2);

const SHAPES: Record<ShapeName, Shape> = {
  step: { reachEv: 20, at: step },
  'slow step': { reachEv: 20, at: (ev) => step(ev, 2) },
  maximum: { reachEv: 12, at: (ev) => step(ev) + 1.5 * line(ev, 3, 1.5) },
  'white line': { reachEv: 4.5, at: (ev) => 0.3 * step(ev - LINE_EV) + line(ev, LINE_EV, 1) },
  'broad line': { reachEv: 5.5, at: (ev) => 0.3 * step(ev - LINE_EV) + line(ev, LINE_EV, 1.8) },
  'line on a step': { reachEv: 10, at: (ev) => 0.5 * step(ev - LINE_EV) + line(ev, LINE_EV, 1.5) },
  delayed: { reachEv: 25, at: (ev) => Math.min(Math.max(ev, 0) / RISE_EV, 1) },
};
const LINES: readonly ShapeName[] = ['white line', 'broad line', 'line on a step'];
const NAMES = Object.keys(SHAPES) as ShapeName[];

/** The background is judged from so much before an onset, eV. */
const before = (onset: number) => Math.min(Math.max(0.07 * onset, 12), 30);
/** Onsets are looked for from here on: below lie plasmons. */
const LOWEST_EV = 40;
/** Relative departure from a power law at the end of its window that is nothing special. */
const BEND = 0.02;
/** Share of the signal above an onset that counts as background at least. */
const FAINT = 1e-3;
/** What shapes that rise slowly leave open, eV; others 0.1. */
const BLUR_EV: Partial<Record<ShapeName, number>> = { 'slow step': 0.5, delayed: 1 };
/** Of two onsets so close, eV, the weaker is part of the stronger. */
const APART_EV = 6;
/** A window shorter than this before an onset tells nothing, eV. */
const LEAST_BEFORE_EV = 10;
const LEAST_SNR = 5;
/** A shape of the other kind so near, eV, and of such a share of the significance may be the right one. */
const ALSO_EV = 3.5;
const ALSO_SHARE = 0.8;
/** A slow rise is judged to begin so late, eV, for the resolution of the spectrometer. */
const SLOW_EV = 2;

/** Significance of an onset at every bin under every shape. */
export function onsetCurve(spectrum: AxisSpectrum): Record<ShapeName, Float64Array> & { jump: Float64Array } {
  const bins = spectrum.values.length;
  const curves = Object.fromEntries(NAMES.map((name) => [name, new Float64Array(bins)])) as Record<
    ShapeName,
    Float64Array
  >;
  const jump = new Float64Array(bins);
  const { offset, dispersion } = spectrum.energy;
  const logs = spectrum.values.map((_, i) => Math.log(Math.max(offset + dispersion * i, 1)));
  const tables = Object.fromEntries(NAMES.map((name) => [name, shapeTable(SHAPES[name], dispersion)]));
  for (let bin = 0; bin < bins; bin++) {
    const onset = energyOf(spectrum.energy, bin);
    if (onset < LOWEST_EV) continue;
    const back = Math.min(bin, Math.round(before(onset) / dispersion));
    if (back < LEAST_BEFORE_EV / dispersion || bin + 6 / dispersion >= bins) continue;
    let best = 0;
    for (const name of NAMES) {
      const fit = fitOnset(spectrum, logs, bin, back, tables[name]);
      curves[name][bin] = fit.snr;
      if (fit.snr > best) {
        best = fit.snr;
        jump[bin] = fit.jump;
      }
    }
  }
  return { ...curves, jump };
}

/** A shape in bins from `lead` before the onset on. */
interface ShapeTable {
  lead: number;
  values: Float64Array;
  reach: number;
}

function shapeTable(shape: Shape, dispersion: number): ShapeTable {
  const lead = Math.round(5 / dispersion);
  const reach = Math.max(3, Math.round(shape.reachEv / dispersion));
  const values = Float64Array.from({ length: lead + reach + 1 }, (_, i) => shape.at((i - lead) * dispersion));
  return { lead, values, reach };
}

/**
 * Weighted least squares of a bent power law and a shape that begins at `bin`.
 * @returns height of the shape over its deviation, which grows with the misfit of the whole
 */
function fitOnset(
  { values, variances }: AxisSpectrum,
  logs: Float64Array,
  bin: number,
  back: number,
  { lead, values: shape, reach }: ShapeTable,
): { snr: number; jump: number } {
  const from = bin - back;
  const end = Math.min(values.length, bin + reach + 1);
  const half = back >> 1;
  let [first, second] = [0, 0];
  for (let i = 0; i < half; i++) {
    first += values[from + i];
    second += values[from + half + i];
  }
  const lever = logs[from + half + (half >> 1)] - logs[from + (half >> 1)];
  const exponent = first > 0 && second > 0 ? Math.min(Math.max(Math.log(first / second) / lever, -5), 12) : 0;
  // Where the background was taken away before, the edge itself gives the scale.
  const level = Math.max(second / half, FAINT * values[Math.min(end, values.length) - 1], Number.MIN_VALUE);
  // Normal equations of level, slope, bend and height.
  const m = new Float64Array(10);
  const r = new Float64Array(4);
  let squares = 0;
  let count = 0;
  for (let i = from; i < end; i++) {
    const weight = 1 / variances[i];
    if (weight === 0) continue;
    count++;
    const p = level * Math.exp(-exponent * (logs[i] - logs[bin]));
    const x = (i - bin) / back;
    const b = p * x;
    const c = b * x;
    const d = i < bin - lead ? 0 : shape[i - bin + lead] * level;
    const y = values[i];
    const [wp, wb, wc, wd] = [weight * p, weight * b, weight * c, weight * d];
    m[0] += wp * p;
    m[1] += wp * b;
    m[2] += wp * c;
    m[3] += wp * d;
    m[4] += wb * b;
    m[5] += wb * c;
    m[6] += wb * d;
    m[7] += wc * c;
    m[8] += wc * d;
    m[9] += wd * d;
    r[0] += wp * y;
    r[1] += wb * y;
    r[2] += wc * y;
    r[3] += wd * y;
    squares += weight * y * y;
  }
  m[7] += 1 / BEND ** 2;
  return heightOf(m, r, squares, count);
}

/** Solves by elimination; the height is the last unknown. */
function heightOf(
  m: Float64Array,
  r: Float64Array,
  squares: number,
  count: number,
): { snr: number; jump: number } {
  const none = { snr: 0, jump: 0 };
  const row = [
    [m[0], m[1], m[2], m[3], r[0]],
    [m[1], m[4], m[5], m[6], r[1]],
    [m[2], m[5], m[7], m[8], r[2]],
    [m[3], m[6], m[8], m[9], r[3]],
  ];
  let rest = squares;
  for (let k = 0; k < 4; k++) {
    const pivot = row[k][k];
    if (!(pivot > 1e-12 * [m[0], m[4], m[7], m[9]][k])) return none;
    rest -= row[k][4] ** 2 / pivot;
    if (k === 3) break;
    for (let j = k + 1; j < 4; j++) {
      const factor = row[j][k] / pivot;
      for (let l = k; l < 5; l++) row[j][l] -= factor * row[k][l];
    }
  }
  const height = row[3][4] / row[3][3];
  const misfit = Math.max(1, rest / Math.max(count - 4, 1));
  return { snr: height * Math.sqrt(row[3][3] / misfit), jump: height };
}

/** A maximum of the significance under one shape. */
interface Peak extends Reading {
  at: number;
  jump: number;
  shape: ShapeName;
}

/** Whether a weaker one is another view of a stronger one; a slow rise is one of the sharper onset at its end. */
const isSame = (stronger: Peak, { at, shape }: Peak): boolean =>
  Math.abs(stronger.at - at) < APART_EV ||
  (shape === 'delayed' && stronger.at > at && stronger.at - at < RISE_EV + 2) ||
  (stronger.shape === 'delayed' && at > stronger.at && at - stronger.at < RISE_EV + 2);

/** Onsets along the whole axis, by energy. */
export function findOnsets(spectrum: AxisSpectrum): OnsetFeature[] {
  const { jump, ...curves } = onsetCurve(spectrum);
  const peaks = NAMES.flatMap((shape) => peaksOf(spectrum, shape, curves[shape], jump));
  peaks.sort((a, b) => b.snr - a.snr);
  const kept: Peak[] = [];
  for (const peak of peaks) if (!kept.some((stronger) => isSame(stronger, peak))) kept.push(peak);
  return kept
    .sort((a, b) => a.at - b.at)
    .map((peak) => {
      const others = READINGS.map((isOther) => peaks.find((other) => isOther(peak, other)));
      const { at, snr, jump, shape } = peak;
      return { at, snr, jump, shape, readings: [peak, ...others.filter((other) => other !== undefined)] };
    });
}

/** Which weaker maximum may be another reading of a feature: one by the other kind of shape, or a slow rise before it. */
const READINGS: ((peak: Peak, other: Peak) => boolean)[] = [
  (peak, { isLine, at, snr, shape }) =>
    isLine !== peak.isLine &&
    shape !== 'delayed' &&
    Math.abs(at - peak.at) < ALSO_EV &&
    snr > ALSO_SHARE * peak.snr,
  (peak, { shape, at, snr }) =>
    shape === 'delayed' && at < peak.at && peak.at - at < RISE_EV + 2 && snr > ALSO_SHARE * peak.snr,
];

function peaksOf(
  { energy }: AxisSpectrum,
  shape: ShapeName,
  curve: Float64Array,
  jump: Float64Array,
): Peak[] {
  const isLine = LINES.includes(shape);
  const lag = isLine ? LINE_EV : shape === 'delayed' ? SLOW_EV : 0;
  const found: Peak[] = [];
  for (let bin = 1; bin < curve.length - 1; bin++) {
    if (curve[bin] < LEAST_SNR || curve[bin] < curve[bin - 1] || curve[bin] <= curve[bin + 1]) continue;
    // Δχ² falls by one within a standard deviation.
    const [a, b, c] = [curve[bin - 1] ** 2, curve[bin] ** 2, curve[bin + 1] ** 2];
    const bend = Math.max(2 * b - a - c, 1e-9);
    const at = energyOf(energy, bin + (c - a) / (2 * bend));
    const sigma = Math.hypot(Math.sqrt(2 / bend) * energy.dispersion, BLUR_EV[shape] ?? 0.1);
    found.push({ at, place: at + lag, isLine, sigma, snr: curve[bin], jump: jump[bin], shape });
  }
  return found;
}
