/** Pixels whose counts in the fit window lie in [from, to), with exponents of their own. */
export interface CountStratum {
  from: number;
  to: number;
  mean: number;
  variance: number;
  /** Falls more slowly than the specimen's backgrounds do, as the level of a detector. */
  flat: boolean;
}

/** The exponents of the stratum that a pixel of `counts` belongs to; undefined where they are the scan's. */
export function stratumOf(strata: readonly CountStratum[], counts: number): CountStratum | undefined {
  for (const stratum of strata) if (counts >= stratum.from && counts < stratum.to) return stratum;
  return undefined;
}

