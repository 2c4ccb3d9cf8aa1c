/**
 * Soft membership of k-means classes: P(c) ∝ n_c · N(z; centre_c, s_c² I), with s_c² the mean squared distance per
 * dimension within the class.
 */
export class SoftClasses {
  readonly #dimension: number;
  readonly #centres: Float64Array;
  readonly #variance: Float64Array;
  readonly #logWeight: Float64Array;

  /**
   * @param points n × dimension
   * @param labels one per point, −1 for points of no class
   * @param centres k × dimension
   */
  constructor(points: Float32Array, dimension: number, labels: Int16Array, centres: Float64Array) {
    this.#dimension = dimension;
    this.#centres = centres;
    const k = centres.length / dimension;
    const counts = new Float64Array(k);
    const squares = new Float64Array(k);
    labels.forEach((label, p) => {
      if (label < 0) return;
      counts[label]++;
      squares[label] += this.#squared(points, p * dimension, label);
    });
    const total = squares.reduce((sum, value) => sum + value, 0);
    // A class of identical points still has some width: a thousandth of the mean.
    const floor = Math.max((1e-3 * total) / Math.max(labels.length, 1), 1e-12);
    this.#variance = squares.map((value, c) => Math.max(value / Math.max(counts[c], 1) / dimension, floor));
    this.#logWeight = this.#variance.map((value, c) =>
      counts[c] > 0 ? Math.log(counts[c]) - (dimension / 2) * Math.log(value) : Number.NEGATIVE_INFINITY,
    );
  }

  #squared(points: Float32Array, from: number, c: number): number {
    let squared = 0;
    for (let i = 0; i < this.#dimension; i++)
      squared += (points[from + i] - this.#centres[c * this.#dimension + i]) ** 2;
    return squared;
  }

  #logMembership(points: Float32Array, from: number, c: number): number {
    return this.#logWeight[c] - this.#squared(points, from, c) / (2 * this.#variance[c]);
  }

  /** 1 − P(label) of the point at `from`: 0 is certain. */
  uncertainty(points: Float32Array, from: number, label: number): number {
    const own = this.#logMembership(points, from, label);
    if (own === Number.NEGATIVE_INFINITY) return 1;
    let others = 0;
    for (let c = 0; c < this.#logWeight.length; c++)
      if (c !== label) others += Math.exp(Math.min(this.#logMembership(points, from, c) - own, 700));
    return others / (1 + others);
  }
}
