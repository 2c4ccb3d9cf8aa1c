/** How the background under an edge is fitted; `none` for data that are background-subtracted already. */
export const BACKGROUND_METHODS = ['poisson', 'log-linear', 'two-area', 'lcpl', 'none'] as const;
export type BackgroundMethod = (typeof BACKGROUND_METHODS)[number];
