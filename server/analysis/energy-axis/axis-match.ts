import type { EdgeFeatures } from './edge-features.ts';
import type { OnsetFeature, Reading } from './onset-search.ts';

/** An edge that may be there. */
export interface Candidate extends EdgeFeatures {
  asked: boolean;
}

/** A feature, and how likely something so strong lies at a place by chance, per eV. */
export interface Sighting extends OnsetFeature {
  chance: number;
}

/** An energy axis, relative to the one as filed: its offset is so much higher, its dispersion so many times larger. */
export interface AxisChange {
  shift: number;
  stretch: number;
}

/** Search range, eV and share. */
export const MOST_SHIFT_EV = 25;
export const MOST_STRETCH = 0.03;
/** A feature within this distance after an onset, and at most this many times as high, is part of it. */
const STRUCTURE_EV = 35;
const STRUCTURE_HEIGHT = 3;
/** S/N of a feature that is hardly there by chance. */
const PLAIN_SNR = 10;
/** Features as close to a range count as in it, eV. */
export const NEAR_EV = 1.2;
/** Further tolerance in standard deviations of their position. */
export const SPREAD = 1.5;

/** Weights features: one that belongs to a stronger one before it is likely anywhere. */
export function sightings(features: readonly OnsetFeature[], spanEv: number): Sighting[] {
  const within = (feature: OnsetFeature) =>
    features.some(
      ({ at, jump, snr }) =>
        at < feature.at &&
        feature.at - at < STRUCTURE_EV &&
        (snr >= feature.snr ||
          (jump * STRUCTURE_HEIGHT >= feature.jump && snr * STRUCTURE_HEIGHT >= feature.snr)),
    );
  const leading = features.filter((feature) => !within(feature));
  return features.map((feature) => {
    const stronger = leading.filter(({ snr }) => snr >= feature.snr).length;
    const free = Math.max(stronger, 1) / (spanEv * (1 + feature.snr / PLAIN_SNR));
    return { ...feature, chance: leading.includes(feature) ? free : 1 / STRUCTURE_EV };
  });
}

/** Range of an edge that a reading of its kind may lie in. */
export const rangeFor = (edge: EdgeFeatures, isLine: boolean): [number, number] =>
  isLine ? edge.line.range : edge.onset;

/** Energy under a changed axis of what lies at `ev` on the axis as filed. */
export const energyUnder = (offset: number, { shift, stretch }: AxisChange, ev: number): number =>
  ev + shift + stretch * (ev - offset);

/** An edge that always begins sharply is not read from a slow rise. */
export const suits = ({ isSharp }: EdgeFeatures, { isSlow }: Pick<Reading, 'isSlow'>): boolean =>
  !(isSharp && isSlow);

/** Whether a feature lies where that of an edge may, in any reading. */
export function isWithin(
  edge: EdgeFeatures,
  { readings }: Sighting,
  offset: number,
  change: AxisChange,
): boolean {
  return readings.some((reading) => {
    const { isLine, place, sigma } = reading;
    if (!suits(edge, reading)) return false;
    const [low, high] = rangeFor(edge, isLine);
    const at = energyUnder(offset, change, place);
    const near = NEAR_EV + SPREAD * sigma;
    return at > low - near && at < high + near;
  });
}
