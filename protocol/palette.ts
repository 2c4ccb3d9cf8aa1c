import { ABSENT, UNMEASURED } from './scan.ts';

/** Red, green, blue; 0–255. */
export type Rgb = readonly [number, number, number];

/**
 * Colours that people with colour vision deficiencies can tell apart (Okabe & Ito, "Color Universal Design", 2008; violet in
 * the place of black, which would vanish on the dark dashboard, as grey would on a grey relief).
 */
const OKABE_ITO: readonly Rgb[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  [180, 130, 240],
];

const lighter = (colour: Rgb): Rgb => [
  Math.round((colour[0] + 255) / 2),
  Math.round((colour[1] + 255) / 2),
  Math.round((colour[2] + 255) / 2),
];

/** Colours of the classes by `ClassState.colour`: those of Okabe and Ito, then lighter ones of the same hues. */
export const CLASS_COLOURS: readonly Rgb[] = [...OKABE_ITO, ...OKABE_ITO.map(lighter)];

/** Pixels whose edge is absent; darker than any class, lighter than the background. Unmeasured pixels are transparent. */
export const ABSENT_COLOUR: Rgb = [58, 62, 70];

/** The colour of a class; identities beyond the palette begin again at its start. */
export const classColour = (colour: number): Rgb => CLASS_COLOURS[colour % CLASS_COLOURS.length];

/** As CSS writes it: `#rrggbb`. */
export const cssColour = (colour: Rgb): string =>
  `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/**
 * The colour of a label in a class map, undefined (transparent) where nothing is measured.
 * @param colourOf persistent colour of each label, from `EdgeState.classes`; a label that is missing there stands for itself
 */
export function labelColour(label: number, colourOf: ReadonlyMap<number, number>): Rgb | undefined {
  if (label === UNMEASURED) return undefined;
  return label === ABSENT ? ABSENT_COLOUR : classColour(colourOf.get(label) ?? label);
}
