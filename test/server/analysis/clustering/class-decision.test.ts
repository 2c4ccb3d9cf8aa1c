import { describe, expect, it } from 'vitest';
import {
  type ClassDecision,
  DECISION_NUMBERS,
  decideClass,
  flips,
  readDecision,
  rightAfter,
  rightNow,
  writeDecision,
} from '../../../../server/analysis/clustering/class-decision.ts';
import { classSpread } from '../../../../server/analysis/clustering/class-spread.ts';
import { bothBelow, normalBelow } from '../../../../server/analysis/math/normal.ts';
import { normals } from '../../../support/synthetic-cube.ts';

/** Sheppard's formula: P(X < 0 and Y < 0) = 1/4 + asin(ρ)/2π. */
it('finds the orthants of a normal distribution in two dimensions', () => {
  for (const correlation of [0, 0.3, 0.7, 0.94])
    expect(bothBelow(0, 0, correlation)).toBeCloseTo(0.25 + Math.asin(correlation) / (2 * Math.PI), 6);
  expect(bothBelow(0.4, -1.1, 0)).toBeCloseTo(normalBelow(0.4) * normalBelow(-1.1), 7);
  // By scipy.stats.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]]).cdf([0.5, -0.3]) and with 0.9 at [1.2, 0.8].
  expect(bothBelow(0.5, -0.3, 0.6)).toBeCloseTo(SCIPY[0], 6);
  expect(bothBelow(1.2, 0.8, 0.9)).toBeCloseTo(SCIPY[1], 6);
});
const SCIPY = [0.3436225301112108, 0.7771683439264678];

/** Draws what a decision stands for: where the pixel lies without noise, and where it is seen after more exposure. */
function simulate({ margin, apart, scatter, odds }: ClassDecision, more: number, draws: number) {
  const normal = normals(7);
  const other = 1 / (1 + Math.exp(-odds));
  let [right, after, flipped] = [0, 0, 0];
  for (let i = 0; i < draws; i++) {
    const centre = (i + 0.5) / draws < other ? -apart / 2 : apart / 2;
    // Normal prior around the centre, seen once with noise 1.
    const mean = (margin * scatter + centre) / (1 + scatter);
    const truth = mean + Math.sqrt(scatter / (1 + scatter)) * normal();
    const later = (margin + more * (truth + normal() / Math.sqrt(more))) / (1 + more);
    if (truth > 0) right++;
    if (truth > 0 === later > 0) after++;
    if (later < 0) flipped++;
  }
  return [right / draws, after / draws, flipped / draws];
}

describe('a decision between two classes', () => {
  it.each([
    { margin: 0.3, apart: 3, scatter: 0.05, odds: -0.9 },
    { margin: 1, apart: 4, scatter: 0.5, odds: -3 },
    { margin: 0.1, apart: 1, scatter: 2, odds: 0.4 },
    { margin: 0.6, apart: 1.5, scatter: 0.1, odds: 1.5 },
  ])(
    'is as right as simulated spectra say: margin $margin, $apart apart, scatter $scatter, odds $odds',
    (given) => {
      const decision = { ...given, other: 1 };
      for (const more of [0.5, 1, 4, 8]) {
        const [right, after, flipped] = simulate(decision, more, 200_000);
        // Four standard errors.
        const tolerance = 4 * Math.sqrt(0.25 / 200_000);
        expect(Math.abs(rightNow(decision) - right)).toBeLessThan(tolerance);
        expect(Math.abs(rightAfter(decision, more) - after)).toBeLessThan(tolerance);
        expect(Math.abs(flips(decision, more) - flipped)).toBeLessThan(tolerance);
      }
    },
  );

  it('gains by exposure, and stays what it is without', () => {
    const decision = { margin: 0.3, apart: 3, scatter: 0.05, odds: -0.9, other: 1 };
    expect(rightAfter(decision, 0)).toBe(rightNow(decision));
    const after = [0.25, 1, 4, 16, 64].map((more) => rightAfter(decision, more));
    expect(after).toEqual([...after].sort((a, b) => a - b));
    expect(after[4]).toBeGreaterThan(0.99);
  });

  it('is kept in four numbers', () => {
    const out = new Float32Array(2 * DECISION_NUMBERS);
    for (const odds of [-20, -3.21, 0, 0.017, 11])
      for (const other of [0, 7, 19]) {
        writeDecision(out, DECISION_NUMBERS, { margin: 1.5, apart: 3.25, scatter: 0.125, odds, other });
        const read = readDecision(out, DECISION_NUMBERS);
        expect(read).toMatchObject({ margin: 1.5, apart: 3.25, scatter: 0.125, other });
        expect(read?.odds).toBeCloseTo(Math.max(odds, -12), 3);
      }
    writeDecision(out, 0, undefined);
    expect(readDecision(out, 0)).toBeUndefined();
  });

  it('knows shares and scatter of classes, and states how often labels are wrong', () => {
    const normal = normals(3);
    const n = 40_000;
    const [centres, d] = [Float64Array.from([0, 0, 3, 0, 0, 40]), 2];
    const truth = Float32Array.from({ length: n * d }, (_, i) => {
      const [p, axis] = [i >> 1, i & 1];
      const at = p % 10 < 7 ? 0 : p % 10 < 9 ? 1 : 2;
      return centres[at * d + axis] + Math.sqrt(0.3) * normal();
    });
    const scores = truth.map((value) => value + normal());
    const nearest = (points: Float32Array) =>
      Int16Array.from({ length: n }, (_, p) => {
        const squares = [0, 1, 2].map((k) =>
          Math.hypot(points[p * d] - centres[k * d], points[p * d + 1] - centres[k * d + 1]),
        );
        return squares.indexOf(Math.min(...squares));
      });
    const [labels, right] = [nearest(scores), nearest(truth)];
    const precisions = new Float64Array(n).fill(1);
    const spread = classSpread(centres, d, { scores, precisions, labels }, 1);
    expect(spread.shares[2]).toBeCloseTo(0.1, 2);
    expect(spread.scatters[1]).toBeCloseTo(0.3, 1);
    let [stated, wrong] = [0, 0];
    for (let p = 0; p < n; p++) {
      const decision = decideClass(scores, p * d, centres, d, spread, labels[p], 1);
      if (decision) stated += 1 - rightNow(decision);
      if (labels[p] !== right[p]) wrong++;
    }
    expect(stated / wrong).toBeGreaterThan(0.85);
    expect(stated / wrong).toBeLessThan(1.15);
  });
});
