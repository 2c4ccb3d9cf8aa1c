/**
 * Programs for k-means. `auto`: ml-kmeans for the first model of a live scan, whose pixels are few, and `built-in` for
 * every later one.
 */
export const KMEANS_PROGRAMS = ['auto', 'built-in', 'ml-kmeans'] as const;
export type KmeansProgram = (typeof KMEANS_PROGRAMS)[number];
