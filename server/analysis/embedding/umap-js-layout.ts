import { UMAP } from 'umap-js';
import { createRandom } from '../math/random.ts';
import type { NearestTable } from './fuzzy-graph.ts';
import type { LayoutOptions } from './umap-layout.ts';

/**
 * Graph and embedding by umap-js from given neighbours. The start is written into its live array of positions.
 * @param start n × 2
 * @returns n × 2
 */
export function layOutWithUmapJs(
  { k, indices, distances }: NearestTable,
  start: Float32Array,
  { minDist, epochs, learningRate, seed }: Omit<LayoutOptions, 'seeds'> & { seed: number },
): Float32Array {
  const n = start.length / 2;
  const random = createRandom(seed);
  const umap = new UMAP({ nNeighbors: k, minDist, nEpochs: epochs, learningRate, random });
  const rows = (values: Int32Array | Float64Array) =>
    Array.from({ length: n }, (_, i) => Array.from(values.subarray(i * k, (i + 1) * k)));
  umap.setPrecomputedKNN(rows(indices), rows(distances));
  // With given neighbours it only needs the number of points.
  umap.initializeFit(Array.from({ length: n }, () => []));
  const positions = umap.getEmbedding();
  positions.forEach((position, i) => {
    position[0] = start[2 * i];
    position[1] = start[2 * i + 1];
  });
  for (let epoch = 0; epoch < epochs; epoch++) umap.step();
  return Float32Array.from(positions.flat());
}

export type LayOutByLibrary = typeof layOutWithUmapJs;
