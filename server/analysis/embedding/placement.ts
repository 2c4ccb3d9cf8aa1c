import { NeighbourIndex, type Neighbours } from './neighbours.ts';
import { PlacementWeights } from './placement-weights.ts';

/** How many landmarks place a pixel. */
export const PLACEMENT_NEIGHBOURS = 15;

/**
 * Places pixels in a fitted embedding by the weighted mean of their nearest landmarks, as UMAP's transform does before
 * its stochastic descent. A position depends on its own scores alone.
 */
export class Placement {
  readonly index: NeighbourIndex;
  readonly embedding: Float32Array;
  readonly neighbours: Neighbours;
  readonly weights: Float64Array;
  readonly #weigh: PlacementWeights;

  constructor(landmarkScores: Float32Array, dimension: number, embedding: Float32Array) {
    this.index = new NeighbourIndex(landmarkScores, dimension);
    this.embedding = embedding;
    const k = Math.min(PLACEMENT_NEIGHBOURS, this.index.size);
    this.neighbours = NeighbourIndex.createResult(k);
    this.weights = new Float64Array(k);
    this.#weigh = new PlacementWeights(k);
  }

  /** Writes x, y to `out` at `to`; `neighbours` and `weights` then describe this pixel. */
  place(scores: Float32Array, from: number, out: Float32Array, to: number): void {
    this.index.search(scores, from, this.neighbours);
    this.#weigh.of(this.neighbours.distances, this.weights);
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
}
