import type { RandomStream } from './random.ts';

const TABLE = 1024;
const LOG_FACTORIALS = new Float64Array(TABLE);
for (let k = 2; k < TABLE; k++) LOG_FACTORIALS[k] = LOG_FACTORIALS[k - 1] + Math.log(k);

/** ln k!, from a table and above it from Stirling's series (error below 1e-12). */
export function logFactorial(k: number): number {
  if (k < TABLE) return LOG_FACTORIALS[k];
  const x = k + 1;
  const inverse = 1 / x;
  return (
    (x - 0.5) * Math.log(x) -
    x +
    0.9189385332046727 +
    inverse * (1 / 12 - inverse * inverse * (1 / 360 - (inverse * inverse) / 1260))
  );
}

/** Where the rejection method becomes both valid and faster. */
const REJECTION_FROM = 10;

/**
 * A Poisson deviate, exact for every mean: inversion by sequential search below 10, transformed rejection with
 * squeeze above (PTRS; Hörmann, Insurance: Mathematics and Economics 12 (1993) 39). No normal approximation.
 */
export function poisson(mean: number, random: RandomStream): number {
  if (!(mean > 0)) return 0;
  if (mean < REJECTION_FROM) {
    let probability = Math.exp(-mean);
    let left = random.uniform();
    let k = 0;
    while (left > probability && k < 200) {
      left -= probability;
      probability *= mean / ++k;
    }
    return k;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= -mean + k * Math.log(mean) - logFactorial(k))
      return k;
  }
}
