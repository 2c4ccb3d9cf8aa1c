/** Programs that fit an embedding; umap-js is some twenty times slower and the reference for `built-in`. */
export const UMAP_PROGRAMS = ['built-in', 'umap-js'] as const;
export type UmapProgram = (typeof UMAP_PROGRAMS)[number];
