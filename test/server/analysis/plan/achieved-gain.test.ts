import { describe, expect, it } from 'vitest';
import { achievedGain } from '../../../../server/analysis/plan/achieved-gain.ts';

const labels = (...values: number[]) => Int16Array.from(values);
const sure = (count: number, wrong = 0) => new Float32Array(count).fill(wrong);

describe('what came of a rescan', () => {
  it('is nothing where classes have other numbers alone', () => {
    const before = labels(0, 0, 0, 1, 1, -1);
    const after = labels(1, 1, 1, 0, 0, -1);
    expect(achievedGain([{ before, after, uncertainty: sure(6) }], [0, 1, 2, 3, 4, 5])).toBe(0);
  });

  it('counts pixels that have another class, as sure as that is', () => {
    const before = labels(0, 0, 0, 1, 1, 1);
    const after = labels(0, 0, 1, 1, 1, 1);
    expect(achievedGain([{ before, after, uncertainty: sure(6) }], [2, 3])).toBe(1);
    expect(achievedGain([{ before, after, uncertainty: sure(6, 0.1) }], [2, 3])).toBeCloseTo(0.8, 6);
    // A toss-up has put nothing right.
    expect(achievedGain([{ before, after, uncertainty: sure(6, 0.5) }], [2])).toBe(0);
    // Pixels that were not exposed again are no matter.
    expect(achievedGain([{ before, after, uncertainty: sure(6) }], [0, 1])).toBe(0);
  });

  it('counts pixels that were not measured, and edges that came up or went', () => {
    const before = labels(0, 0, -2, 1, -1, 1);
    const after = labels(0, 0, 0, 1, 1, -1);
    const uncertainty = Float32Array.from([0, 0, 0.25, 0, 0, Number.NaN]);
    expect(achievedGain([{ before, after, uncertainty }], [2])).toBeCloseTo(0.5, 6);
    expect(achievedGain([{ before, after, uncertainty }], [4, 5])).toBe(2);
  });

  it('counts a pixel once, whatever number of edges it is other for', () => {
    const one = { before: labels(0, 0, 1), after: labels(0, 0, 0), uncertainty: sure(3) };
    expect(achievedGain([one, { ...one }], [2])).toBe(1);
    const kept = { before: labels(0, 0, 1), after: labels(0, 0, 1), uncertainty: sure(3, 0.2) };
    expect(achievedGain([one, kept], [2])).toBeCloseTo(0.8, 6);
  });
});
