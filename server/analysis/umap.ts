import { fuzzyGraph, nearestTable } from './fuzzy-graph.ts';
import { NeighbourIndex, type Neighbours } from './neighbours.ts';
import { createRandom } from './random.ts';
import { layOutWithUmapJs } from './umap-js-layout.ts';
import { layOut } from './umap-layout.ts';
import type { UmapProgram } from './umap-program.ts';

export interface UmapOptions {
  neighbours: number;
  minDist: number;
  epochs: number;
  learningRate: number;
  seed: number;
  /** Default `built-in`. */
  program?: UmapProgram;
}

export const UMAP_DEFAULTS: Omit<UmapOptions, 'seed'> = {
  neighbours: 20,
  minDist: 0.1,
  epochs: 200,
  learningRate: 1,
};

/** A refit that starts from the previous embedding is shorter and gentler, so that the picture stays the same one. */
export const WARM_UMAP: Pick<UmapOptions, 'epochs' | 'learningRate'> = { epochs: 100, learningRate: 0.5 };

/**
 * Embeds landmarks in the plane by UMAP with exact neighbours. The start is given instead of random: the first two
 * scores, or the previous embedding, so that the plane keeps its global arrangement.
 * @param scores n × dimension
 * @param start n × 2
 * @returns n × 2
 */
export function fitUmap(
  scores: Float32Array,
  dimension: number,
  start: Float32Array,
  options: UmapOptions,
): Float32Array {
  const n = scores.length / dimension;
  const nearest = nearestTable(scores, dimension, Math.min(options.neighbours, n - 1));
  return options.program === 'umap-js'
    ? layOutWithUmapJs(nearest, start, options)
    : layOut(fuzzyGraph(nearest), start, options);
}

/**
 * A start for `fitUmap`: the first two scores, scaled to ±10 as umap-learn does, with a little seeded jitter that
 * separates identical rows.
 */
export function startFromScores(scores: Float32Array, dimension: number, seed: number): Float32Array {
  const n = scores.length / dimension;
  const random = createRandom(seed ^ 0x5bd1e995);
  let largest = 0;
  for (let i = 0; i < n; i++)
    for (let c = 0; c < 2; c++) largest = Math.max(largest, Math.abs(scores[i * dimension + c]));
  const scale = largest > 0 ? 10 / largest : 0;
  return Float32Array.from(
    { length: 2 * n },
    (_, i) => scores[(i >> 1) * dimension + (i & 1)] * scale + 1e-3 * (random() - 0.5),
  );
}

/** How many landmarks place a pixel. */
export const PLACEMENT_NEIGHBOURS = 15;

/**
 * Places pixels in a fitted plane by the weighted mean of their nearest landmarks: weights exp(−d/σ) with σ such that
 * they add up to log2 k before normalisation, as in UMAP's transform with no local connectivity, and without its
 * stochastic descent. A position depends on its own scores alone.
 */
export class Placement {
  readonly index: NeighbourIndex;
  readonly embedding: Float32Array;
  readonly neighbours: Neighbours;
  readonly weights: Float64Array;

  constructor(landmarkScores: Float32Array, dimension: number, embedding: Float32Array) {
    this.index = new NeighbourIndex(landmarkScores, dimension);
    this.embedding = embedding;
    const k = Math.min(PLACEMENT_NEIGHBOURS, this.index.size);
    this.neighbours = NeighbourIndex.room(k);
    this.weights = new Float64Array(k);
  }

  /** Writes x, y to `out` at `to`; `neighbours` and `weights` then describe this pixel. */
  place(scores: Float32Array, from: number, out: Float32Array, to: number): void {
    this.index.search(scores, from, this.neighbours);
    this.#weigh();
    let x = 0;
    let y = 0;
    for (let i = 0; i < this.weights.length; i++) {
      const landmark = this.neighbours.indices[i];
      x += this.weights[i] * this.embedding[2 * landmark];
      y += this.weights[i] * this.embedding[2 * landmark + 1];
    }
    out[to] = x;
    out[to + 1] = y;
  }

  #weigh(): void {
    const { distances } = this.neighbours;
    const k = distances.length;
    const target = Math.log2(k);
    let mean = 0;
    for (const distance of distances) mean += distance / k;
    // Identical rows: every weight alike.
    if (!(mean > 0) || k < 2) {
      this.weights.fill(1 / k);
      return;
    }
    const smallest = 1e-3 * mean;
    let low = smallest;
    let high = 1e3 * mean;
    let sigma = mean;
    // Σ exp(−d/σ) grows with σ: bisection in the logarithm, 24 halvings give σ to 1e−6.
    for (let i = 0; i < 24; i++) {
      sigma = Math.sqrt(low * high);
      let sum = 0;
      for (const distance of distances) sum += Math.exp(-distance / sigma);
      if (sum > target) high = sigma;
      else low = sigma;
    }
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const weight = Math.exp(-(distances[i] - distances[0]) / sigma);
      this.weights[i] = weight;
      sum += weight;
    }
    for (let i = 0; i < k; i++) this.weights[i] /= sum;
  }
}
