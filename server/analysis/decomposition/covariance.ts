import { addTo } from '../math/add-to.ts';
import { KernelMemory } from '../math/kernels.ts';

/** Rows whose products are added in one go. */
const ROWS_AT_ONCE = 64;

/** Moments of a range of rows; plain data. */
export interface Moments {
  count: number;
  /** Sum of the rows' weights: their number where all have weight 1. */
  weight: number;
  mean: Float64Array;
  /** Upper triangle of Σ (x − μ)(x − μ)ᵀ, row-major p × p made even. */
  scatter: Float64Array;
}

/**
 * Exact streaming mean and scatter of p-dimensional rows in float64: rows are centred on a running shift and merged
 * batch by batch (Chan, Golub & LeVeque 1979), so nothing is forgotten, unlike in rank-truncated updates.
 */
export class CovarianceAccumulator {
  readonly dimension: number;
  #count = 0;
  /** Sum of the weights of the rows. */
  #weight = 0;
  readonly #mean: Float64Array;
  /** p, made even. */
  readonly #stride: number;
  /** Upper triangle of Σ (x − μ)(x − μ)ᵀ, row-major p × stride. */
  readonly #scatter: Float64Array;
  readonly #batchMean: Float64Array;
  /** Centred rows, ROWS_AT_ONCE × stride. */
  readonly #rows: Float64Array;
  readonly #addOuter: (rows: number, weight: number) => void;

  constructor(dimension: number) {
    this.dimension = dimension;
    this.#mean = new Float64Array(dimension);
    this.#batchMean = new Float64Array(dimension);
    const stride = dimension + (dimension & 1);
    const kernelMemory = new KernelMemory();
    const scatter = kernelMemory.take(8 * dimension * stride);
    const rows = kernelMemory.take(8 * ROWS_AT_ONCE * stride);
    const kernels = kernelMemory.kernels();
    const memory = kernels?.memory ?? new ArrayBuffer(rows + 8 * ROWS_AT_ONCE * stride);
    this.#stride = stride;
    this.#scatter = new Float64Array(memory, scatter, dimension * stride);
    this.#rows = new Float64Array(memory, rows, ROWS_AT_ONCE * stride);
    this.#addOuter = kernels
      ? (count, weight) => kernels.addOuter(rows, count, dimension, stride, weight, scatter)
      : (count, weight) => addOuter(this.#rows, count, dimension, stride, weight, this.#scatter);
  }

  get count(): number {
    return this.#count;
  }

  get mean(): Float64Array {
    return this.#mean;
  }

  /** Returns what was accumulated and resets it. */
  drain(): Moments {
    const moments = {
      count: this.#count,
      weight: this.#weight,
      mean: this.#mean.slice(),
      scatter: this.#scatter.slice(),
    };
    this.#clear();
    return moments;
  }

  /** Adds rows that another has seen. */
  merge({ count, weight, mean, scatter }: Moments): void {
    if (count === 0) return;
    if (this.#count === 0) {
      this.#count = count;
      this.#weight = weight;
      this.#mean.set(mean);
      this.#scatter.set(scatter);
      return;
    }
    const apart = mean.map((value, i) => value - this.#mean[i]);
    const total = this.#weight + weight;
    addTo(this.#scatter, scatter);
    this.#rows.set(apart);
    this.#addOuter(1, (this.#weight * weight) / total);
    for (let i = 0; i < apart.length; i++) this.#mean[i] += (apart[i] * weight) / total;
    this.#count += count;
    this.#weight = total;
  }

  #clear(): void {
    this.#mean.fill(0);
    this.#scatter.fill(0);
    this.#count = 0;
    this.#weight = 0;
  }

  /**
   * Merges `rows` rows of `data` (rows × dimension).
   * @param weights more than 0, one per row: Σ w (x − μ)(x − μ)ᵀ about the weighted mean; all 1 when left out
   */
  add(data: Float32Array | Float64Array, rows: number, weights?: ArrayLike<number>): void {
    if (weights) this.#takeWeighted(data, rows, weights);
    else this.#take(data, rows, 1);
  }

  /**
   * Removes `rows` rows of `data` that were added before, in whatever batches: the merge with the count negative. A
   * pixel that is scanned again is removed and added again.
   * @throws RangeError when fewer rows were added, or some of other weight than 1
   */
  remove(data: Float32Array | Float64Array, rows: number): void {
    if (rows > this.#count || this.#weight !== this.#count)
      throw new RangeError(`cannot remove ${rows} of ${this.#count} rows of weight ${this.#weight}`);
    this.#take(data, rows, -1);
  }

  #take(data: Float32Array | Float64Array, rows: number, sign: 1 | -1): void {
    if (rows === 0) return;
    const p = this.dimension;
    const total = this.#weight + sign * rows;
    if (total === 0) {
      this.#clear();
      return;
    }
    const batchMean = this.#batchMean.fill(0);
    for (let r = 0; r < rows; r++) for (let i = 0; i < p; i++) batchMean[i] += data[r * p + i];
    for (let i = 0; i < p; i++) batchMean[i] /= rows;
    const centred = this.#rows;
    for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - first);
      for (let r = 0; r < count; r++)
        for (let i = 0, from = (first + r) * p, to = r * this.#stride; i < p; i++)
          centred[to + i] = data[from + i] - batchMean[i];
      this.#addOuter(count, sign);
    }
    for (let i = 0; i < p; i++) centred[i] = batchMean[i] - this.#mean[i];
    this.#addOuter(1, (sign * this.#weight * rows) / total);
    for (let i = 0; i < p; i++) this.#mean[i] += (sign * centred[i] * rows) / total;
    this.#count += sign * rows;
    this.#weight = total;
  }

  /** As `#take`; centred rows count √w times their length. */
  #takeWeighted(data: Float32Array | Float64Array, rows: number, weights: ArrayLike<number>): void {
    if (rows === 0) return;
    const p = this.dimension;
    const batchMean = this.#batchMean.fill(0);
    let weight = 0;
    for (let r = 0; r < rows; r++) {
      weight += weights[r];
      for (let i = 0; i < p; i++) batchMean[i] += weights[r] * data[r * p + i];
    }
    for (let i = 0; i < p; i++) batchMean[i] /= weight;
    const centred = this.#rows;
    for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - first);
      for (let r = 0; r < count; r++) {
        const root = Math.sqrt(weights[first + r]);
        for (let i = 0, from = (first + r) * p, to = r * this.#stride; i < p; i++)
          centred[to + i] = root * (data[from + i] - batchMean[i]);
      }
      this.#addOuter(count, 1);
    }
    const total = this.#weight + weight;
    for (let i = 0; i < p; i++) centred[i] = batchMean[i] - this.#mean[i];
    this.#addOuter(1, (this.#weight * weight) / total);
    for (let i = 0; i < p; i++) this.#mean[i] += (centred[i] * weight) / total;
    this.#count += rows;
    this.#weight = total;
  }

  /** Covariance with divisor n − 1, or that share of the weights (n − 1)/n · Σw, full p × p matrix. */
  covariance(): Float64Array {
    const p = this.dimension;
    const rows = Math.max(this.#count - 1, 1);
    const divisor = this.#weight === this.#count ? rows : (this.#weight * rows) / this.#count;
    const full = new Float64Array(p * p);
    for (let i = 0; i < p; i++)
      for (let j = i; j < p; j++) {
        const value = this.#scatter[i * this.#stride + j] / divisor;
        full[i * p + j] = value;
        full[j * p + i] = value;
      }
    return full;
  }
}

/** Twin of server/kernels/assembly/scatter.ts: adds Σ weight · row · rowᵀ, upper triangle, row after row. */
function addOuter(
  rows: Float64Array,
  count: number,
  dimension: number,
  stride: number,
  weight: number,
  scatter: Float64Array,
): void {
  for (let from = 0; from < count * stride; from += stride)
    for (let i = 0; i < dimension; i++) {
      const scaled = rows[from + i] * weight;
      for (let j = i, k = i * stride + i; j < dimension; j++, k++) scatter[k] += scaled * rows[from + j];
    }
}
