import { bothBelow, logDensity, normalBelow } from '../math/normal.ts';
import type { ClassSpread } from './class-spread.ts';

/** Numbers stored per decision between classes, per pixel and edge. */
export const DECISION_NUMBERS = 4;

/** Odds are kept between these. */
const MOST_ODDS = 12;
/** One more than the highest class that a decision can name. */
const CLASSES = 64;

/**
 * Decision between the class of a pixel and its closest alternative, in one dimension: along the line between their
 * centres, in units of the pixel's own noise. Half-way is 0, the own side is positive.
 */
export interface ClassDecision {
  /** Measured position of the pixel. */
  margin: number;
  /** Distance between the two centres. */
  apart: number;
  /** Variance of either class itself. */
  scatter: number;
  /** Logarithm of P(other class) / P(own class). */
  odds: number;
  /** The closest alternative class. */
  other: number;
}

/** Writes a decision at `at`, NaN where there is none; the other class and its odds are packed into one number. */
export function writeDecision(out: Float32Array, at: number, decision: ClassDecision | undefined): void {
  if (!decision) {
    out.fill(Number.NaN, at, at + DECISION_NUMBERS);
    return;
  }
  const { margin, apart, scatter, odds, other } = decision;
  out[at] = margin;
  out[at + 1] = apart;
  out[at + 2] = scatter;
  const bounded = Math.min(Math.max(odds, -MOST_ODDS), MOST_ODDS);
  out[at + 3] = Math.min(other, CLASSES - 1) + ((bounded + MOST_ODDS) / (2 * MOST_ODDS)) * 0.999;
}

/** @returns undefined where there is none */
export function readDecision(from: Float32Array, at: number): ClassDecision | undefined {
  const code = from[at + 3];
  if (Number.isNaN(code)) return undefined;
  const other = Math.floor(code);
  const odds = ((code - other) / 0.999) * 2 * MOST_ODDS - MOST_ODDS;
  return { margin: from[at], apart: from[at + 1], scatter: from[at + 2], odds, other };
}

/**
 * The decision of a pixel: of all other classes the one it belongs to most probably.
 * @param points scores of the pixel, at `from`
 * @param variance of its noise in one direction
 * @returns undefined where there is no other class
 */
export function decideClass(
  points: Float32Array,
  from: number,
  centres: Float64Array,
  dimension: number,
  { shares, scatters }: ClassSpread,
  label: number,
  variance: number,
): ClassDecision | undefined {
  const k = shares.length;
  const own = label * dimension;
  let best: ClassDecision | undefined;
  for (let b = 0; b < k; b++) {
    if (b === label) continue;
    let [squared, difference] = [0, 0];
    for (let i = 0; i < dimension; i++) {
      const toOther = points[from + i] - centres[b * dimension + i];
      const toOwn = points[from + i] - centres[own + i];
      difference += toOther * toOther - toOwn * toOwn;
      squared += (centres[b * dimension + i] - centres[own + i]) ** 2;
    }
    // A class without pixels has no centre, and two classes with one centre cannot be separated by any dose.
    if (!(squared > 0)) continue;
    const apart = Math.sqrt(squared);
    const prior = Math.log(shares[b] / shares[label]);
    const scatter = (scatters[label * k + b] + scatters[b * k + label]) / 2;
    // A pixel without information.
    if (!(variance < MOST_VARIANCE)) {
      if (!best || prior > best.odds) best = { margin: 0, apart: 0, scatter: 0, odds: prior, other: b };
      continue;
    }
    const margin = difference / (2 * apart);
    const odds =
      prior +
      logDensity(margin + apart / 2, variance + scatters[b * k + label]) -
      logDensity(margin - apart / 2, variance + scatters[label * k + b]);
    const noise = Math.sqrt(variance);
    if (!best || odds > best.odds)
      best = { margin: margin / noise, apart: apart / noise, scatter: scatter / variance, odds, other: b };
  }
  return best;
}

/** Standard deviations beyond which the rest of a normal distribution is negligible. */
const SURE_SIDE = 4.5;

/** A pixel with a larger variance carries no information. */
const MOST_VARIANCE = 1e6;

/** Share of the other class: e^odds / (1 + e^odds). */
const shareOf = (odds: number): number => 1 / (1 + Math.exp(-odds));

/**
 * Probability that the class of a pixel is the one that its spectrum without noise would have: it lies on the measured
 * side of the border.
 */
export function rightNow({ margin, apart, scatter, odds }: ClassDecision): number {
  const other = shareOf(odds);
  const spread = Math.sqrt(scatter / (1 + scatter));
  const own = (margin * scatter + apart / 2) / (1 + scatter);
  const others = (margin * scatter - apart / 2) / (1 + scatter);
  if (spread === 0) return apart === 0 ? 1 - other : (1 - other) * side(own) + other * side(others);
  return (1 - other) * normalBelow(own / spread) + other * normalBelow(others / spread);
}

const side = (x: number): number => (x > 0 ? 1 : x < 0 ? 0 : 0.5);

/**
 * Expected value of the same probability after a longer exposure, with the class decided again from the new position.
 * Without noise the pixel lies at x ~ N(μ, s²), given where it was seen and which class it is of; with r times the
 * exposure more it is seen at (margin + r·x + √r·ε)/(1 + r). Both on one side: an orthant of a normal distribution in
 * two dimensions, no simulation.
 * @param more exposure to come, in units of what the pixel has had
 */
export function rightAfter({ margin, apart, scatter, odds }: ClassDecision, more: number): number {
  if (!(more > 0)) return rightNow({ margin, apart, scatter, odds, other: 0 });
  if (apart === 0) return 1 - shareOf(odds);
  const other = shareOf(odds);
  let right = 0;
  for (const [weight, centre] of [
    [1 - other, apart / 2],
    [other, -apart / 2],
  ]) {
    const mean = (margin * scatter + centre) / (1 + scatter);
    const variance = scatter / (1 + scatter);
    const seen = (margin + more * mean) / Math.sqrt(more * more * variance + more);
    const where = mean / Math.sqrt(variance);
    // Nearly all of a class lies on one side: no integral is needed.
    if (!(Math.abs(where) < SURE_SIDE)) {
      right += weight * normalBelow(where > 0 ? seen : -seen);
      continue;
    }
    const correlation = Math.sqrt((more * variance) / (more * variance + 1));
    right += weight * (1 - normalBelow(seen) - normalBelow(where) + 2 * bothBelow(seen, where, correlation));
  }
  return right;
}

/** Decisions of all pixels between the same classes by other numbers: `numbers` has the new one of each. */
export function renumberDecisions(decisions: Float32Array, numbers: readonly number[]): Float32Array {
  const renumbered = decisions.slice();
  for (let at = 0; at < renumbered.length; at += DECISION_NUMBERS) {
    const decision = readDecision(decisions, at);
    if (decision) writeDecision(renumbered, at, { ...decision, other: numbers[decision.other] });
  }
  return renumbered;
}

/** Probability that the pixel is seen on the other side of the border after so much more exposure. */
export function flips({ margin, apart, scatter, odds }: ClassDecision, more: number): number {
  if (!(more > 0) || apart === 0) return 0;
  const other = shareOf(odds);
  const deviation = Math.sqrt((more * more * scatter) / (1 + scatter) + more);
  const across = (centre: number) =>
    normalBelow(-(margin + (more * (margin * scatter + centre)) / (1 + scatter)) / deviation);
  return (1 - other) * across(apart / 2) + other * across(-apart / 2);
}
