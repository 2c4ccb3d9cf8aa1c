import { describe, expect, it } from 'vitest';
import { presenceOf } from '../../../../server/analysis/plan/presence-odds.ts';
import { presencePrior } from '../../../../server/analysis/plan/presence-prior.ts';
import { normals } from '../../../support/synthetic-cube.ts';

/** Three in ten pixels have the edge with an S/N of 3.5 after one dwell; half of all are exposed twice. */
function scan(seed: number, n: number) {
  const normal = normals(seed);
  const there = Uint8Array.from({ length: n }, (_, p) => (p % 10 < 3 ? 1 : 0));
  const exposure = Float32Array.from({ length: n }, (_, p) => (p % 2 === 0 ? 1 : 2));
  const snr = Float32Array.from({ length: n }, (_, p) => 3.5 * there[p] * Math.sqrt(exposure[p]) + normal());
  return { there, exposure, snr, normal };
}

describe('presence', () => {
  it('learns how strong the edge is from the S/N map alone', () => {
    const { snr, exposure } = scan(1, 20_000);
    const { strengths, shares } = presencePrior(snr, exposure);
    const weak = shares.reduce((sum, share, s) => sum + (strengths[s] < 1.5 ? share : 0), 0);
    const strong = shares.reduce((sum, share, s) => sum + (Math.abs(strengths[s] - 3.5) < 1 ? share : 0), 0);
    expect(weak).toBeCloseTo(0.7, 1);
    expect(strong).toBeCloseTo(0.3, 1);
  });

  it('tells how many labels are right after a longer exposure, as drawn', () => {
    const { there, exposure, snr, normal } = scan(2, 40_000);
    const prior = presencePrior(snr, exposure);
    for (const dwells of [1, 4]) {
      let [stated, right, before, rightBefore] = [0, 0, 0, 0];
      snr.forEach((seen, p) => {
        const more = dwells / exposure[p];
        const y = 3.5 * there[p] * Math.sqrt(dwells) + normal();
        const later = (seen + Math.sqrt(more) * y) / Math.sqrt(1 + more);
        const odds = presenceOf(prior, seen, exposure[p], dwells);
        stated += odds.found + (1 - odds.there - odds.falselyFound);
        before += seen >= 3 ? odds.there : 1 - odds.there;
        if (later >= 3 === (there[p] === 1)) right++;
        if (seen >= 3 === (there[p] === 1)) rightBefore++;
      });
      expect(Math.abs(stated - right) / snr.length).toBeLessThan(0.01);
      expect(Math.abs(before - rightBefore) / snr.length).toBeLessThan(0.01);
      // Both absent pixels that are there, and found ones that are not, can be put right.
      expect((stated - before) / (right - rightBefore)).toBeGreaterThan(0.8);
      expect((stated - before) / (right - rightBefore)).toBeLessThan(1.25);
    }
  });

  it('sees nothing to be gained in a scan without the edge', () => {
    const normal = normals(5);
    const snr = Float32Array.from({ length: 10_000 }, () => normal());
    const exposure = new Float32Array(10_000).fill(1);
    const prior = presencePrior(snr, exposure);
    let gain = 0;
    for (const seen of snr) {
      const odds = presenceOf(prior, seen, 1, 4);
      gain += odds.found + (1 - odds.there - odds.falselyFound) - (seen >= 3 ? odds.there : 1 - odds.there);
    }
    expect(gain / 10_000).toBeLessThan(0.002);
  });
});
