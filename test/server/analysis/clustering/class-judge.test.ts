import { describe, expect, it } from 'vitest';
import { rightAfter, rightNow } from '../../../../server/analysis/clustering/class-decision.ts';
import { ClassJudge } from '../../../../server/analysis/clustering/class-judge.ts';

/** Two classes of the plane whose means lie 90 times the noise apart in the scores; four landmarks, two of each. */
const judge = new ClassJudge({
  centres: Float64Array.of(0, 0, 90, 0),
  dimension: 2,
  landmarks: Int16Array.of(0, 0, 1, 1),
  spread: { shares: Float64Array.of(0.6, 0.4), scatters: Float64Array.of(0, 300, 300, 0) },
});
const decide = (at: number, neighbours: number[]) => {
  const decision = judge.decide(Float32Array.of(at, 0), 0, 1, 0, neighbours, 0, neighbours.length);
  if (!decision) throw new Error('no decision');
  return decision;
};

describe('decision of a class in the plane', () => {
  it('is the landmarks’ where the scores contradict the plane far beyond noise', () => {
    expect(rightNow(decide(70, [0, 1, 0, 1]))).toBeGreaterThan(0.95);
    const torn = decide(70, [0, 2, 3, 1]);
    expect(rightNow(torn)).toBeGreaterThan(0.4);
    expect(rightNow(torn)).toBeLessThan(0.6);
  });

  it('is that of both within the noise of the border, where dose does help', () => {
    const near = decide(44.5, [0, 1, 0, 3]);
    expect(rightNow(near)).toBeLessThan(0.75);
    expect(rightAfter(near, 8)).toBeGreaterThan(rightNow(near) + 0.1);
    expect(rightNow(decide(5, [0, 1, 0, 1]))).toBeGreaterThan(0.99);
  });
});
