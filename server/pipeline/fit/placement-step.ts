import { companyDistance } from '../../analysis/clustering/novelty.ts';
import { Placement } from '../../analysis/embedding/placement.ts';
import type { Step } from './fit-input.ts';

/** Landmarks with their scores, n × dimension, and places, n × 2. */
export interface Plane {
  landmarks: Float32Array;
  dimension: number;
  embedding: Float32Array;
}

export interface PlacementShared {
  plane: Plane;
  /** Of the present pixels, n × dimension. */
  scores: Float32Array;
  /** Written: n × 2, n × voters, and the mean distance to the landmarks around. */
  places: Float32Array;
  neighbours: Uint16Array | Uint32Array;
  company: Float32Array;
}

/** Present pixels [from, to) of a block. */
export interface PlacementOwn {
  from: number;
  to: number;
}

/** Places present pixels in the plane. */
export const placementStep: Step<PlacementShared, PlacementOwn, undefined> = (_, shared) => {
  const { plane, scores, places, neighbours, company } = shared;
  const { landmarks, dimension, embedding } = plane;
  const placement = new Placement(landmarks, dimension, embedding);
  const { indices, distances } = placement.neighbours;
  const place = (i: number) => {
    placement.place(scores, i * dimension, places, 2 * i);
    neighbours.set(indices, i * indices.length);
    company[i] = companyDistance(distances);
  };
  return async (_, { from, to }) => {
    for (let i = from; i < to; i++) place(i);
    return undefined;
  };
};
