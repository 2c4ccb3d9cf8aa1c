/** Probability that noise alone brings a pixel's net signal below −3 deviations: Φ(−3). */
const BELOW_THREE = 0.0013498980316300933;
/** More is not noise: this improbable, and this many times as many as expected. */
const IMPROBABLE = 1e-4;
const CLEARLY = 2;

/**
 * How many pixels noise alone would over-subtract, where clearly more of them are (binomial test against Φ(−3)).
 * @param found pixels whose net signal lies below −3 deviations
 * @param pixels that were judged
 * @returns undefined where noise explains them
 */
export function overSubtraction(found: number, pixels: number): { expected: number } | undefined {
  const expected = BELOW_THREE * pixels;
  if (found <= CLEARLY * expected) return undefined;
  return binomialFrom(found, pixels, BELOW_THREE) < IMPROBABLE ? { expected } : undefined;
}

/** P(X ≥ k) for k above the mean of a binomial distribution, as a sum from its largest term. */
export function binomialFrom(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  let log = n * Math.log1p(-p);
  for (let i = 1; i <= k; i++) log += Math.log(((n - i + 1) / i) * (p / (1 - p)));
  let [term, sum] = [1, 0];
  for (let i = k; i <= n && term > 1e-16 * sum; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return Math.min(1, sum * Math.exp(log));
}
