import { describe, expect, it } from 'vitest';
import { spatialStudy } from '../../../support/spatial-study.ts';

/** Fewer pairs than the study of `npm run science`: enough to see the test broken, seeded, so that it never wavers. */
const PAIRS = 100;

describe('spatial test on maps of blobs', () => {
  it.each([
    { length: 0, scanned: 1 },
    { length: 2, scanned: 1 },
    { length: 4, scanned: 1 },
    { length: 2, scanned: 0.4 },
    { length: 4, scanned: 0.4 },
  ])('rarely calls unrelated maps related ($length px, $scanned scanned)', ({ length, scanned }) => {
    const figures = spatialStudy({ length, rho: 0, scanned, pairs: PAIRS }, 77 + length);
    expect(figures.related).toBeLessThanOrEqual(0.08);
    // A G test of independent pixels would: the maps are smooth indeed.
    if (length >= 2) expect(figures.naive).toBeGreaterThan(0.9);
    if (scanned === 1) expect(Math.abs(figures.corrected)).toBeLessThan(0.002);
  });

  // The study finds 0.98 and 0.925 of 200 pairs; a hundred have a standard error of 0.026.
  it.each([
    { length: 2, rho: 0.3, least: 0.9 },
    { length: 4, rho: 0.5, least: 0.87 },
  ])('still sees related ones ($length px, $rho shared)', ({ length, rho, least }) => {
    expect(spatialStudy({ length, rho, scanned: 1, pairs: PAIRS }, 5).related).toBeGreaterThanOrEqual(least);
  });
});
