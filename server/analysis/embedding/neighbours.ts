import { KernelMemory, type Kernels } from '../math/kernels.ts';

/** k nearest of the indexed points, ascending by distance. */
export interface Neighbours {
  indices: Int32Array;
  distances: Float64Array;
}

/**
 * Exact nearest neighbours by a sweep: points are sorted by their first coordinate, and from the query's place the
 * search runs outwards on both sides until the first coordinate alone is farther away than the k-th best. Distances are
 * those of float32 arithmetic, so the answer does not depend on the order of the search.
 */
export class NeighbourIndex {
  readonly dimension: number;
  readonly size: number;
  /** Sorted by first coordinate, size × dimension. */
  readonly #points: Float32Array;
  readonly #first: Float32Array;
  readonly #original: Int32Array;
  readonly #simd: SimdSearch | undefined;

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
    this.#first = Float32Array.from({ length: this.size }, (_, i) => this.#points[i * dimension]);
    this.#simd = simdSearch(this.#points, this.#original, dimension);
  }

  /** Result arrays for `search`. */
  static createResult(k: number): Neighbours {
    return { indices: new Int32Array(k), distances: new Float64Array(k) };
  }

  /**
   * Finds the k = `out.indices.length` nearest points to `query[from …]`; equal distances go to the lower index.
   * Needs k ≤ size.
   */
  search(query: Float32Array, from: number, out: Neighbours): void {
    const q0 = query[from];
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#first[middle] < q0) low = middle + 1;
      else high = middle;
    }
    if (this.#simd) this.#simd(query, from, low, out);
    else this.#sweep(query, from, low, out);
    for (let i = 0; i < out.distances.length; i++) out.distances[i] = Math.sqrt(out.distances[i]);
  }

  /** Squared distances of the nearest, searched from the sorted place `start` outwards. */
  #sweep(query: Float32Array, from: number, start: number, { indices, distances }: Neighbours): void {
    const k = indices.length;
    const first = this.#first;
    const q0 = query[from];
    let left = start - 1;
    let right = start;
    let found = 0;
    while (left >= 0 || right < this.size) {
      const toLeft = left >= 0 ? q0 - first[left] : Number.POSITIVE_INFINITY;
      const toRight = right < this.size ? first[right] - q0 : Number.POSITIVE_INFINITY;
      const gap = Math.fround(Math.min(toLeft, toRight));
      const worst = found === k ? distances[k - 1] : Number.POSITIVE_INFINITY;
      if (Math.fround(gap * gap) > worst) break;
      const at = toLeft < toRight ? left-- : right++;
      const squared = this.#squaredDistance(query, from, at, worst);
      const index = this.#original[at];
      if (squared > worst || (squared === worst && found === k && index > indices[k - 1])) continue;
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
  }

  #squaredDistance(query: Float32Array, from: number, at: number, limit: number): number {
    const points = this.#points;
    const base = at * this.dimension;
    let sum = 0;
    for (let i = 0; i < this.dimension; i++) {
      const difference = Math.fround(query[from + i] - points[base + i]);
      sum = Math.fround(sum + Math.fround(difference * difference));
      if (sum > limit) return sum;
    }
    return sum;
  }
}

type SimdSearch = (query: Float32Array, from: number, start: number, out: Neighbours) => void;

/** The search by server/kernels/assembly/nearest.ts, four points at once; undefined without kernels. */
function simdSearch(points: Float32Array, original: Int32Array, dimension: number): SimdSearch | undefined {
  const size = original.length;
  const blocks = Math.ceil(size / 4);
  const room = new KernelMemory();
  const at = {
    points: room.take(16 * blocks * dimension),
    originals: room.take(16 * blocks),
    query: room.take(4 * dimension),
    keys: room.take(8 * size),
  };
  const kernels: Kernels | undefined = room.kernels();
  if (!kernels) return undefined;
  const { memory } = kernels;
  const lanes = new Float32Array(memory, at.points, 4 * blocks * dimension).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < size; i++)
    for (let c = 0; c < dimension; c++)
      lanes[4 * (dimension * (i >> 2) + c) + (i & 3)] = points[i * dimension + c];
  new Int32Array(memory, at.originals, size).set(original);
  const asked = new Float32Array(memory, at.query, dimension);
  const indices = new Int32Array(memory, at.keys, 2 * size);
  const squared = new Float32Array(memory, at.keys, 2 * size);
  return (query, from, start, out) => {
    const k = out.indices.length;
    for (let c = 0; c < dimension; c++) asked[c] = query[from + c];
    kernels.nearest(at.points, at.originals, blocks, dimension, at.query, start >> 2, k, at.keys);
    for (let i = 0; i < k; i++) {
      out.indices[i] = indices[2 * i];
      out.distances[i] = squared[2 * i + 1];
    }
  };
}
