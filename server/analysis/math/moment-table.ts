/** Exponents between two entries: cubic interpolation over it is exact to about 1e−12. */
const STEP = 0.025;

/** Zeroth, first and second moment of x under weights s·e^(−r·x). */
export interface Moments {
  sum: number;
  mean: number;
  variance: number;
}

/**
 * Moments as functions of the exponent r, interpolated from a table instead of sums over the channels. With L(r) = ln Σ
 * s·e^(−r·x), L′ = −mean, mean′ = −variance and variance′ = −κ₃ (third cumulant), so values and slopes are known at
 * every entry and cubic Hermite polynomials join them.
 */
export class MomentTable {
  readonly #least: number;
  readonly #last: number;
  readonly #logSum: Float64Array;
  readonly #mean: Float64Array;
  readonly #variance: Float64Array;
  readonly #third: Float64Array;

  /** @param x and s, one per channel; sums are of the channels that `used` lists */
  constructor(x: Float64Array, shape: Float64Array, used: ArrayLike<number>, least: number, most: number) {
    const entries = Math.round((most - least) / STEP) + 1;
    this.#least = least;
    this.#last = entries - 1;
    this.#logSum = new Float64Array(entries);
    this.#mean = new Float64Array(entries);
    this.#variance = new Float64Array(entries);
    this.#third = new Float64Array(entries);
    for (let entry = 0; entry < entries; entry++) {
      const exponent = least + entry * STEP;
      let [m0, m1, m2, m3] = [0, 0, 0, 0];
      for (let n = 0; n < used.length; n++) {
        const at = x[used[n]];
        const weight = shape[used[n]] * Math.exp(-exponent * at);
        m0 += weight;
        m1 += weight * at;
        m2 += weight * at * at;
        m3 += weight * at * at * at;
      }
      const mean = m1 / m0;
      const variance = m2 / m0 - mean * mean;
      this.#logSum[entry] = Math.log(m0);
      this.#mean[entry] = mean;
      this.#variance[entry] = variance;
      this.#third[entry] = m3 / m0 - 3 * mean * variance - mean ** 3;
    }
  }

  sum(exponent: number): number {
    return Math.exp(this.#interpolate(this.#logSum, this.#mean, exponent));
  }

  mean(exponent: number): number {
    return this.#interpolate(this.#mean, this.#variance, exponent);
  }

  variance(exponent: number): number {
    return this.#interpolate(this.#variance, this.#third, exponent);
  }

  /** The exponent whose mean this is, clamped to the table: the mean falls strictly with it. */
  exponentOf(mean: number): number {
    const table = this.#mean;
    if (mean >= table[0]) return this.#least;
    if (mean <= table[this.#last]) return this.#least + this.#last * STEP;
    let low = 0;
    let high = this.#last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (table[middle] > mean) low = middle;
      else high = middle;
    }
    let exponent = this.#least + STEP * (low + (table[low] - mean) / (table[low] - table[high]));
    // The linear guess is good to about 1e−4: two Newton steps reach 1e−12.
    for (let i = 0; i < 2; i++) exponent += (this.mean(exponent) - mean) / this.variance(exponent);
    return exponent;
  }

  /** Joins values whose slopes are −`falls`. */
  #interpolate(values: Float64Array, falls: Float64Array, exponent: number): number {
    const place = (exponent - this.#least) / STEP;
    const entry = Math.max(0, Math.min(Math.floor(place), this.#last - 1));
    const t = place - entry;
    const u = 1 - t;
    return (
      u * u * ((1 + 2 * t) * values[entry] - STEP * t * falls[entry]) +
      t * t * ((1 + 2 * u) * values[entry + 1] + STEP * u * falls[entry + 1])
    );
  }
}
