import { CLASS_COLOURS, type Rgb } from './palette.ts';

/** A bit of the map of background flags. */
export interface BackgroundFlag {
  bit: number;
  /** Where `EdgeState.flags` counts its pixels. */
  count: 'noSignal' | 'clamped' | 'overSubtracted' | 'level';
  words: string;
  colour: Rgb;
}

/** What can be wrong with the background of a pixel. */
export const BACKGROUND_FLAGS: readonly BackgroundFlag[] = [
  { bit: 1, count: 'noSignal', words: 'no signal', colour: CLASS_COLOURS[4] },
  { bit: 2, count: 'clamped', words: 'background does not fall', colour: CLASS_COLOURS[3] },
  { bit: 4, count: 'overSubtracted', words: 'over-subtracted', colour: CLASS_COLOURS[5] },
  { bit: 8, count: 'level', words: 'level of the detector', colour: CLASS_COLOURS[6] },
];
/** Of a pixel with more than one. */
export const SEVERAL_FLAGS_COLOUR: Rgb = CLASS_COLOURS[7];
/** All bits at once. */
export const MOST_FLAGS = 15;

/** In words: `no signal, over-subtracted`; `nothing wrong`. */
export function flagWords(value: number): string {
  const found = BACKGROUND_FLAGS.filter(({ bit }) => (value & bit) !== 0).map(({ words }) => words);
  return found.length > 0 ? found.join(', ') : 'nothing wrong';
}

/** The colour of a sum of bits; undefined where nothing is wrong, which is nothing to see. */
export function flagColour(value: number): Rgb | undefined {
  const found = BACKGROUND_FLAGS.filter(({ bit }) => (value & bit) !== 0);
  return found.length > 1 ? SEVERAL_FLAGS_COLOUR : found[0]?.colour;
}
