import { ABSENT, UNMEASURED } from './labels.ts';

/** Red, green, blue; 0–255. */
export type Rgb = readonly [number, number, number];

/**
 * Eight colours that people with colour vision deficiencies can tell apart, from each other and from the greys of an image
 * beneath them. The first six are those of Okabe and Ito ("Color Universal Design", 2008), four of them moved a little (CIEDE2000 5
 * to 7); their reddish purple is a grey to deuteranopes and their black would vanish on the dark dashboard: violet and a light green
 * stand in their places. test/protocol/palette.test.ts simulates what each pair looks like.
 */
const PLAIN: readonly Rgb[] = [
  [248, 149, 0],
  [78, 177, 255],
  [0, 171, 109],
  [240, 228, 66],
  [0, 114, 152],
  [213, 94, 0],
  [164, 89, 246],
  [153, 238, 170],
];

/** Colours before the palette goes on with lighter ones of the same hues. */
export const PLAIN_COLOURS = PLAIN.length;

const lighter = (colour: Rgb): Rgb => [
  Math.round((colour[0] + 255) / 2),
  Math.round((colour[1] + 255) / 2),
  Math.round((colour[2] + 255) / 2),
];

/** Colours of the classes by their place (class-places.ts): the plain ones, then lighter ones of the same hues. */
export const CLASS_COLOURS: readonly Rgb[] = [...PLAIN, ...PLAIN.map(lighter)];

/** Pixels whose edge is absent; darker than any class, lighter than the background. Unmeasured pixels are transparent. */
export const ABSENT_COLOUR: Rgb = [58, 62, 70];

/** The colour at a place; places beyond the palette begin again at its start. */
export const classColour = (place: number): Rgb => CLASS_COLOURS[place % CLASS_COLOURS.length];

/** As CSS writes it: `#rrggbb`. */
export const cssColour = (colour: Rgb): string =>
  `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/**
 * The colour of a label in a class map, undefined (transparent) where nothing is measured.
 * @param placeOf place of each label in the palette; a label that is missing there stands for itself
 */
export function labelColour(label: number, placeOf: ReadonlyMap<number, number>): Rgb | undefined {
  if (label === UNMEASURED) return undefined;
  return label === ABSENT ? ABSENT_COLOUR : classColour(placeOf.get(label) ?? label);
}
