/** How the background under an edge is found; `none` for data it was taken from elsewhere. */
export const BACKGROUND_METHODS = ['poisson', 'log-linear', 'two-area', 'lcpl', 'none'] as const;
export type BackgroundMethod = (typeof BACKGROUND_METHODS)[number];
