import { meanNeighbourDistance } from '../../analysis/clustering/novelty.ts';
import { Placement } from '../../analysis/embedding/placement.ts';
import type { Step } from './fit-input.ts';

/** Landmarks with their scores, n × dimension, and places, n × 2. */
export interface LandmarkEmbedding {
  landmarks: Float32Array;
  dimension: number;
  embedding: Float32Array;
}

export interface PlacementShared {
  landmarkEmbedding: LandmarkEmbedding;
  /** Of the present pixels, n × dimension. */
  scores: Float32Array;
  /** Written: n × 2, n × voters, and the mean distance to the landmarks around. */
  places: Float32Array;
  neighbours: Uint16Array | Uint32Array;
  neighbourDistance: Float32Array;
}

/** Present pixels [from, to) of a block. */
export interface PlacementOwn {
  from: number;
  to: number;
}

/** Places present pixels in the embedding. */
export const placementStep: Step<PlacementShared, PlacementOwn, undefined> = (_, shared) => {
  const { landmarkEmbedding, scores, places, neighbours, neighbourDistance } = shared;
  const { landmarks, dimension, embedding } = landmarkEmbedding;
  const placement = new Placement(landmarks, dimension, embedding);
  const { indices, distances } = placement.neighbours;
  const place = (i: number) => {
    placement.place(scores, i * dimension, places, 2 * i);
    neighbours.set(indices, i * indices.length);
    neighbourDistance[i] = meanNeighbourDistance(distances);
  };
  return async (_, { from, to }) => {
    for (let i = from; i < to; i++) place(i);
    return undefined;
  };
};
