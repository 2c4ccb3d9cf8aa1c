/** The exponent of a level is less than this: it hardly falls. */
export const HARDLY_FALLS = 1.75;

/** Pixels where a detector shows its level and no specimen. */
export interface DetectorLevel {
  /** Their counts in the fit window lie in [from, to). */
  from: number;
  to: number;
  /** Least m = Σ y·x / Σ y of a level where a specimen has as many counts (flatter means larger); else −∞. */
  leastM: number;
  /** Mean and variance of their exponents. */
  mean: number;
  variance: number;
}

/**
 * The level that a pixel belongs to.
 * @param counts Y in the fit window
 * @param m mean of x over them
 */
export function levelOf(
  levels: readonly DetectorLevel[],
  counts: number,
  m: number,
): DetectorLevel | undefined {
  for (const level of levels)
    if (counts >= level.from && counts < level.to && m >= level.leastM) return level;
  return undefined;
}
