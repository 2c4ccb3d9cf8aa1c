import { type Clustering, cluster } from './kmeans.ts';
import type { KmeansProgram } from './kmeans-program.ts';
import type { clusterByMlKmeans } from './ml-kmeans.ts';

/** k-means of all points, see `cluster`. */
export type Cluster = (...given: Parameters<typeof clusterByMlKmeans>) => Clustering;

/**
 * k-means by this program; the library is loaded on first use.
 * @param isFirst whether it is for the first model of a live scan
 */
export async function clusterBy(program: KmeansProgram, isFirst = false): Promise<Cluster> {
  if (program === 'built-in' || (program === 'auto' && !isFirst)) return cluster;
  return (await import('./ml-kmeans.ts')).clusterByMlKmeans;
}
