/** What fits an embedding; umap-js is some twenty times slower, and what `built-in` is checked against. */
export const UMAP_PROGRAMS = ['built-in', 'umap-js'] as const;
export type UmapProgram = (typeof UMAP_PROGRAMS)[number];
