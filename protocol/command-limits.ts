/** Slowest and fastest replay, times the pace of the recording. */
export const SLOWEST_REPLAY = 0.1;
export const FASTEST_REPLAY = 1000;

/** Longest text of an annotation and of an author's name, characters. */
export const MOST_ANNOTATION_TEXT = 2000;
export const MOST_AUTHOR_TEXT = 100;
