import { exponential } from '../math/exponential.ts';
import { KernelMemory, type Kernels } from '../math/kernels.ts';

/** Newton steps; three to five are usual. */
const ROUNDS = 40;
const TOLERANCE = 1e-7;
/** 1/σ is at most this over the mean distance: with several distances of 0 there is no solution. */
const STEEPEST = 1e3;
/** Smaller than any distance between float32 coordinates that differ. */
const ALIKE = 1e-30;
/** Padding after an odd number of distances; its weight is 0. */
const NOWHERE = 1e300;

/**
 * Weights exp(−d/σ) of k distances, with σ such that they add up to log2 k before they are brought to a sum of 1: UMAP's
 * neighbourhood with no local connectivity. Σ exp(−d·u) is convex in u = 1/σ, and ln(k/log2 k) over the mean distance
 * lies below the solution (Jensen), so Newton steps from there climb to it.
 */
export class PlacementWeights {
  readonly #target: number;
  readonly #start: number;
  /** In the kernels' memory where this thread has kernels; of even length. */
  readonly #distances: Float64Array;
  readonly #weights: Float64Array;
  readonly #weigh: (start: number, steepest: number, target: number, tolerance: number) => void;

  constructor(k: number) {
    this.#target = Math.log2(k);
    this.#start = Math.log(k / this.#target);
    const pairs = Math.ceil(k / 2);
    const kernelMemory = new KernelMemory();
    const [distances, weights] = [kernelMemory.take(16 * pairs), kernelMemory.take(16 * pairs)];
    const kernels: Kernels | undefined = kernelMemory.kernels();
    const memory = kernels?.memory ?? new ArrayBuffer(32 * pairs);
    this.#distances = new Float64Array(memory, distances, 2 * pairs).fill(NOWHERE);
    this.#weights = new Float64Array(memory, weights, 2 * pairs);
    this.#weigh = kernels
      ? (...scale) => kernels.weigh(pairs, distances, weights, ...scale)
      : (...scale) => weigh(this.#distances, this.#weights, ...scale);
  }

  /** @param distances k, ascending */
  of(distances: Float64Array, weights: Float64Array): void {
    const k = distances.length;
    let mean = 0;
    for (let i = 0; i < k; i++) mean += distances[i] / k;
    // Identical rows: equal weights.
    if (!(mean > ALIKE) || k < 2) {
      weights.fill(1 / k);
      return;
    }
    this.#distances.set(distances);
    this.#weigh(this.#start / mean, STEEPEST / mean, this.#target, TOLERANCE * this.#target);
    for (let i = 0; i < k; i++) weights[i] = this.#weights[i];
  }
}

/** Twin of server/kernels/assembly/weigh.ts: even and odd places are summed apart, as its two lanes are. */
function weigh(
  distances: Float64Array,
  weights: Float64Array,
  start: number,
  steepest: number,
  target: number,
  tolerance: number,
): void {
  let steepness = start;
  for (let round = 0; round < ROUNDS; round++) {
    let even = 0;
    let odd = 0;
    let evenSlope = 0;
    let oddSlope = 0;
    for (let i = 0; i < distances.length; i += 2) {
      const first = exponential(distances[i] * -steepness);
      const second = exponential(distances[i + 1] * -steepness);
      even += first;
      odd += second;
      evenSlope += distances[i] * first;
      oddSlope += distances[i + 1] * second;
    }
    const excess = even + odd - target;
    if (excess <= tolerance) break;
    steepness += excess / (evenSlope + oddSlope);
    if (steepness >= steepest) {
      steepness = steepest;
      break;
    }
  }
  let even = 0;
  let odd = 0;
  for (let i = 0; i < distances.length; i += 2) {
    even += weights[i] = exponential((distances[i] - distances[0]) * -steepness);
    odd += weights[i + 1] = exponential((distances[i + 1] - distances[0]) * -steepness);
  }
  const sum = even + odd;
  for (let i = 0; i < weights.length; i++) weights[i] /= sum;
}
