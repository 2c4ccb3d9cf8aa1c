/** Label of a pixel whose edge is absent. */
export const ABSENT = -1;
/** Label of a pixel that is not measured yet. */
export const UNMEASURED = -2;
