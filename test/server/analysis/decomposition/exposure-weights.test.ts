import { describe, expect, it } from 'vitest';
import { dwellLimits, limitFor, noveltyLimit } from '../../../../server/analysis/clustering/novelty.ts';
import { meanVariance } from '../../../../server/analysis/decomposition/score-noise.ts';

describe('noise of the scores of pixels that are not exposed alike', () => {
  it('is in units of its mean, each pixel counting for its exposure', () => {
    // Four times the exposure, a quarter of the variance.
    const precisions = Float64Array.from([1, 1, 4]);
    expect(meanVariance(precisions)).toBeCloseTo((1 + 1 + 0.25) / 3, 12);
    expect(meanVariance(precisions, [1, 1, 4])).toBeCloseTo((1 + 1 + 4 * 0.25) / 6, 12);
    expect(meanVariance(precisions, [1, 1, 1])).toBe(meanVariance(precisions));
  });
});

describe('the limit of novelty', () => {
  it('is that of the landmarks of like exposure, where there are enough of them', () => {
    const short = Array.from({ length: 100 }, (_, i) => 1 + i / 100);
    const long = Array.from({ length: 100 }, (_, i) => 3 + i / 100);
    const few = [9, 9, 9];
    const all = [...short, ...long, ...few];
    const exposures = [...short.map(() => 1), ...long.map((_, i) => (i % 2 ? 5 : 4)), ...few.map(() => 32)];
    const limits = dwellLimits(all, exposures);
    const limit = noveltyLimit(all);
    expect(limitFor(1, limit, limits)).toBe(noveltyLimit(short));
    expect(limitFor(1.2, limit, limits)).toBe(noveltyLimit(short));
    expect(limitFor(4.5, limit, limits)).toBe(noveltyLimit(long));
    expect(limitFor(32, limit, limits)).toBe(limit);
  });
});
