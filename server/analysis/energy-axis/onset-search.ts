import { energyOf } from '../../../protocol/index.ts';
import type { AxisSpectrum } from './axis-spectrum.ts';
import { onsetCurves } from './onset-curves.ts';
import { LINE_EV, LINES, RISE_EV, SHAPE_NAMES, type ShapeName } from './onset-shapes.ts';

/** Where a feature begins, or the maximum of its first line, eV on the axis as filed. */
export interface Reading {
  isLine: boolean;
  /** Begins slowly, as K edges and the L edges of light elements may. */
  isSlow: boolean;
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

/**
 * Shapes that rise slowly have to be so much better than a sharp onset to be preferred: in noise they fit equally well,
 * next to it.
 */
const CREDIT: Partial<Record<ShapeName, number>> = { 'slow step': 0.92, delayed: 0.85 };
/** Position uncertainty of slowly rising shapes, eV; others 0.1. */
const BLUR_EV: Partial<Record<ShapeName, number>> = { 'slow step': 0.5, delayed: 2 };
/** Distance, eV, below which the weaker of two onsets is part of the stronger. */
const APART_EV = 6;
const LEAST_SNR = 5;
/** A shape of the other kind so near, eV, and of such a share of the significance may be the right one; a slow rise of less. */
const ALSO_EV = 3.5;
const ALSO_SHARE = 0.8;
const SLOW_SHARE = 0.6;
/** A slow rise is judged to begin so late, eV, for the resolution of the spectrometer. */
const SLOW_EV = 2;

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
  const { curves, jump } = onsetCurves(spectrum);
  const peaks = SHAPE_NAMES.flatMap((shape) => peaksOf(spectrum, shape, curves[shape], jump));
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
    shape === 'delayed' && at < peak.at && peak.at - at < RISE_EV + 2 && snr > SLOW_SHARE * peak.snr,
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
  const credit = CREDIT[shape] ?? 1;
  for (let bin = 1; bin < curve.length - 1; bin++) {
    if (curve[bin] < LEAST_SNR || curve[bin] < curve[bin - 1] || curve[bin] <= curve[bin + 1]) continue;
    // Δχ² falls by one within a standard deviation.
    const [a, b, c] = [curve[bin - 1] ** 2, curve[bin] ** 2, curve[bin + 1] ** 2];
    const bend = Math.max(2 * b - a - c, 1e-9);
    const at = energyOf(energy, bin + (c - a) / (2 * bend));
    const sigma = Math.hypot(Math.sqrt(2 / bend) * energy.dispersion, BLUR_EV[shape] ?? 0.1);
    found.push({
      at,
      place: at + lag,
      isLine,
      isSlow: shape === 'delayed',
      sigma,
      snr: credit * curve[bin],
      jump: jump[bin],
      shape,
    });
  }
  return found;
}
