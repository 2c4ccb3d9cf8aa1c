import { SpatialTester } from '../../server/analysis/information/spatial-test.ts';
import { chiSquaredSurvival } from '../../server/analysis/math/chi-squared.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { scannedPart, smoothLabelPair } from './smooth-labels.ts';

export interface SpatialCase {
  /** Gaussian σ of the fields behind the maps, pixels. */
  length: number;
  /** Share of the first map's fields in the second's. */
  rho: number;
  /** Share of the rows that has been scanned. */
  scanned: number;
  pairs: number;
}

export interface SpatialFigures {
  /** Share of all pairs called related at 0.05; those with too few independent areas are not. */
  related: number;
  /** Share of the testable ones called related. */
  relatedOfTestable: number;
  testable: number;
  /** Share of all pairs that the χ² law would call related where the test refuses to use it too. */
  relatedUnguarded: number;
  /** Share that a G test of independent pixels would call related. */
  naive: number;
  /** Means over the pairs, nats. */
  mi: number;
  corrected: number;
  effectivePixels: number;
}

/** How often pairs of smooth label maps of four classes, 64 × 64 pixels, are called related. */
export function spatialStudy({ length, rho, scanned, pairs }: SpatialCase, seed: number): SpatialFigures {
  const shape = [64, 64] as const;
  const random = createRandom(seed);
  const count = { related: 0, testable: 0, relatedUnguarded: 0, naive: 0 };
  const sum = { mi: 0, corrected: 0, effectivePixels: 0 };
  for (let pair = 0; pair < pairs; pair++) {
    const [a, b] = smoothLabelPair(shape, length, 4, rho, random).map((map) =>
      scannedPart(map, shape, scanned),
    );
    const { mi, chance, pValue, designEffect, effectivePixels, freedom, table } = new SpatialTester(
      shape,
    ).test(a, b);
    const g = 2 * table.pixels * mi;
    if (pValue !== undefined) count.testable++;
    if (pValue !== undefined && pValue <= 0.05) count.related++;
    if (chiSquaredSurvival(g / designEffect, freedom) <= 0.05) count.relatedUnguarded++;
    if (chiSquaredSurvival(g, freedom) <= 0.05) count.naive++;
    sum.mi += mi;
    sum.corrected += mi - chance;
    sum.effectivePixels += effectivePixels;
  }
  return {
    related: count.related / pairs,
    relatedOfTestable: count.testable > 0 ? count.related / count.testable : Number.NaN,
    testable: count.testable / pairs,
    relatedUnguarded: count.relatedUnguarded / pairs,
    naive: count.naive / pairs,
    mi: sum.mi / pairs,
    corrected: sum.corrected / pairs,
    effectivePixels: sum.effectivePixels / pairs,
  };
}
