/**
 * Exact streaming mean and scatter of p-dimensional rows in float64: rows are centred on a running shift and merged
 * batch by batch (Chan, Golub & LeVeque 1979), so nothing is forgotten, unlike in rank-truncated updates.
 */
export class CovarianceAccumulator {
  readonly dimension: number;
  #count = 0;
  readonly #mean: Float64Array;
  /** Upper triangle of Σ (x − μ)(x − μ)ᵀ, row-major p × p. */
  readonly #scatter: Float64Array;
  readonly #batchMean: Float64Array;
  readonly #row: Float64Array;

  constructor(dimension: number) {
    this.dimension = dimension;
    this.#mean = new Float64Array(dimension);
    this.#scatter = new Float64Array(dimension * dimension);
    this.#batchMean = new Float64Array(dimension);
    this.#row = new Float64Array(dimension);
  }

  get count(): number {
    return this.#count;
  }

  get mean(): Float64Array {
    return this.#mean;
  }

  /** Merges `rows` rows of `data` (rows × dimension). */
  add(data: Float32Array | Float64Array, rows: number): void {
    this.#merge(data, rows, 1);
  }

  /**
   * Takes back `rows` rows of `data` that were added before, in whatever batches: the merge with the count negative. A
   * pixel that is scanned again is removed and added anew.
   * @throws RangeError when fewer rows were added
   */
  remove(data: Float32Array | Float64Array, rows: number): void {
    if (rows > this.#count) throw new RangeError(`cannot remove ${rows} of ${this.#count} rows`);
    this.#merge(data, rows, -1);
  }

  #merge(data: Float32Array | Float64Array, rows: number, sign: 1 | -1): void {
    if (rows === 0) return;
    const p = this.dimension;
    const total = this.#count + sign * rows;
    if (total === 0) {
      this.#mean.fill(0);
      this.#scatter.fill(0);
      this.#count = 0;
      return;
    }
    const batchMean = this.#batchMean.fill(0);
    for (let r = 0; r < rows; r++) for (let i = 0; i < p; i++) batchMean[i] += data[r * p + i];
    for (let i = 0; i < p; i++) batchMean[i] /= rows;
    const row = this.#row;
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < p; i++) row[i] = data[r * p + i] - batchMean[i];
      this.#addOuter(row, sign);
    }
    for (let i = 0; i < p; i++) row[i] = batchMean[i] - this.#mean[i];
    this.#addOuter(row, (sign * this.#count * rows) / total);
    for (let i = 0; i < p; i++) this.#mean[i] += (sign * row[i] * rows) / total;
    this.#count = total;
  }

  #addOuter(row: Float64Array, weight: number): void {
    const p = this.dimension;
    const scatter = this.#scatter;
    for (let i = 0; i < p; i++) {
      const scaled = row[i] * weight;
      for (let j = i, k = i * p + i; j < p; j++, k++) scatter[k] += scaled * row[j];
    }
  }

  /** Covariance with divisor n − 1, full p × p matrix. */
  covariance(): Float64Array {
    const p = this.dimension;
    const divisor = Math.max(this.#count - 1, 1);
    const full = new Float64Array(p * p);
    for (let i = 0; i < p; i++)
      for (let j = i; j < p; j++) {
        const value = this.#scatter[i * p + j] / divisor;
        full[i * p + j] = value;
        full[j * p + i] = value;
      }
    return full;
  }
}
