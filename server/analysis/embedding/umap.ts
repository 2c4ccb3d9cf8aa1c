import { createRandom, hash32 } from '../math/random.ts';
import { fuzzyGraph, nearestTable } from './fuzzy-graph.ts';
import { meanEmbedding } from './mean-embedding.ts';
import type { LayOutByLibrary } from './umap-js-layout.ts';
import { layOut } from './umap-layout.ts';
import type { UmapProgram } from './umap-program.ts';

export interface UmapOptions {
  neighbours: number;
  minDist: number;
  epochs: number;
  learningRate: number;
  seed: number;
  /** Number of fits that are averaged, by default 1. */
  fits?: number;
  /** Layout to use instead of the built-in one, see `layOutBy`. */
  library?: LayOutByLibrary | undefined;
}

export const UMAP_DEFAULTS: Omit<UmapOptions, 'seed'> = {
  neighbours: 20,
  minDist: 0.1,
  epochs: 200,
  learningRate: 1,
};

/** A refit from the previous embedding uses fewer epochs and a lower rate, so that the picture stays similar. */
export const WARM_UMAP: Pick<UmapOptions, 'epochs' | 'learningRate'> = { epochs: 100, learningRate: 0.5 };

/** The layout of another program than the built-in one; the library is loaded on first use. */
export async function layOutBy(program: UmapProgram): Promise<LayOutByLibrary | undefined> {
  return program === 'umap-js' ? (await import('./umap-js-layout.ts')).layOutWithUmapJs : undefined;
}

/**
 * Embeds landmarks in two dimensions by UMAP with exact neighbours. The start is not random but the first two scores or
 * the previous embedding, so that the global arrangement is kept. Several fits share neighbours and graph; the result
 * is their mean.
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
  const seeds = Array.from({ length: options.fits ?? 1 }, (_, fit) =>
    fit === 0 ? options.seed : hash32(options.seed, fit),
  );
  const { library } = options;
  const embeddings = library
    ? seeds.map((seed) => library(nearest, start, { ...options, seed }))
    : layOut(fuzzyGraph(nearest), start, { ...options, seeds });
  return meanEmbedding(embeddings);
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
    for (let c = 0; c < Math.min(2, dimension); c++)
      largest = Math.max(largest, Math.abs(scores[i * dimension + c]));
  const scale = largest > 0 ? 10 / largest : 0;
  return Float32Array.from(
    { length: 2 * n },
    (_, i) =>
      // A single score has no second direction.
      ((i & 1) < dimension ? scores[(i >> 1) * dimension + (i & 1)] * scale : 0) + 1e-3 * (random() - 0.5),
  );
}
