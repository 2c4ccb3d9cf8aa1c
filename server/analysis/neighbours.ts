/** k nearest of the indexed points, ascending by distance. */
export interface Neighbours {
  indices: Int32Array;
  distances: Float64Array;
}

/**
 * Exact nearest neighbours by a sweep: points are sorted by their first coordinate, and from the query's place the
 * search runs outwards on both sides until the first coordinate alone is farther away than the k-th best.
 */
export class NeighbourIndex {
  readonly dimension: number;
  readonly size: number;
  /** Sorted by first coordinate, size × dimension. */
  readonly #points: Float32Array;
  readonly #first: Float64Array;
  readonly #original: Int32Array;

  /** @param points size × dimension */
  constructor(points: Float32Array, dimension: number) {
    this.dimension = dimension;
    this.size = points.length / dimension;
    const order = Array.from({ length: this.size }, (_, i) => i);
    order.sort((a, b) => points[a * dimension] - points[b * dimension] || a - b);
    this.#original = Int32Array.from(order);
    this.#points = new Float32Array(points.length);
    order.forEach((from, to) => {
      this.#points.set(points.subarray(from * dimension, (from + 1) * dimension), to * dimension);
    });
    this.#first = Float64Array.from({ length: this.size }, (_, i) => this.#points[i * dimension]);
  }

  /** Room for the answers of `search`. */
  static room(k: number): Neighbours {
    return { indices: new Int32Array(k), distances: new Float64Array(k) };
  }

  /**
   * Finds the k = `out.indices.length` nearest points to `query[from …]`; equal distances go to the lower index.
   * Needs k ≤ size.
   */
  search(query: Float32Array, from: number, out: Neighbours): void {
    const k = out.indices.length;
    const { indices, distances } = out;
    const first = this.#first;
    const q0 = query[from];
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (first[middle] < q0) low = middle + 1;
      else high = middle;
    }
    let left = low - 1;
    let right = low;
    let found = 0;
    while (left >= 0 || right < this.size) {
      const toLeft = left >= 0 ? q0 - first[left] : Number.POSITIVE_INFINITY;
      const toRight = right < this.size ? first[right] - q0 : Number.POSITIVE_INFINITY;
      const gap = Math.min(toLeft, toRight);
      const worst = found === k ? distances[k - 1] : Number.POSITIVE_INFINITY;
      if (gap * gap > worst) break;
      const at = toLeft < toRight ? left-- : right++;
      const squared = this.#squaredDistance(query, from, at, worst);
      const index = this.#original[at];
      if (squared > worst || (squared === worst && index > indices[k - 1])) continue;
      let slot = found < k ? found++ : k - 1;
      while (
        slot > 0 &&
        (distances[slot - 1] > squared || (distances[slot - 1] === squared && indices[slot - 1] > index))
      ) {
        distances[slot] = distances[slot - 1];
        indices[slot] = indices[slot - 1];
        slot--;
      }
      distances[slot] = squared;
      indices[slot] = index;
    }
    for (let i = 0; i < k; i++) distances[i] = Math.sqrt(distances[i]);
  }

  #squaredDistance(query: Float32Array, from: number, at: number, limit: number): number {
    const points = this.#points;
    const base = at * this.dimension;
    let sum = 0;
    for (let i = 0; i < this.dimension; i++) {
      const difference = query[from + i] - points[base + i];
      sum += difference * difference;
      if (sum > limit) return sum;
    }
    return sum;
  }
}
