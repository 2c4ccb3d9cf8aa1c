/** Pixels where a detector shows its level and no specimen: counts in the fit window in [from, to). */
export interface DetectorLevel {
  from: number;
  to: number;
  /** Of their exponents. */
  mean: number;
  variance: number;
}

/** The level that a pixel with so many counts in the fit window belongs to. */
export function levelOf(levels: readonly DetectorLevel[], counts: number): DetectorLevel | undefined {
  for (const level of levels) if (counts >= level.from && counts < level.to) return level;
  return undefined;
}
