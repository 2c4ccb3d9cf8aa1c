import { LUT_SIZE } from '../../protocol/colormaps.ts';
import type { ClassState, EdgeState, Phase, Rgb } from '../../protocol/index.ts';
import {
  ABSENT,
  classColour,
  classPlaces,
  cssColour,
  placesOfPhases,
  UNMEASURED,
} from '../../protocol/index.ts';

/** Label −2 is entry 0 of a class table, −1 entry 1, class n entry n + 2: an affine map, as for a scalar. */
export const CLASS_DOMAIN = [UNMEASURED, UNMEASURED + LUT_SIZE - 1] as const;

/**
 * Brightness of a class colour over the darkest relief, as a share of the colour. Mixing with grey instead makes classes hard to
 * tell apart.
 */
export const SHADE_OVER_RELIEF = 0.75;

/** Identity of "absent" among the persistent identities of classes, which unlike class numbers stay the same through refits. */
export const ABSENT_IDENTITY = -1;

/** Identity (colour) of a label; the label itself while the edge's classes are not known. */
export function identityOf(classes: readonly ClassState[], label: number): number {
  if (label === ABSENT) return ABSENT_IDENTITY;
  return classes.find((state) => state.label === label)?.colour ?? label;
}

/** Label that an identity has in this revision; undefined when the class is gone. */
export function labelOf(classes: readonly ClassState[], identity: number): number | undefined {
  if (identity === ABSENT_IDENTITY) return ABSENT;
  return classes.find((state) => state.colour === identity)?.label;
}

/** A class with its place in the palette, `CLASS_COLOURS`. */
export interface ShownClass extends ClassState {
  place: number;
}

/** An edge with the palette places of its classes. */
export interface ShownEdge extends EdgeState {
  classes: ShownClass[];
}

/** Edges of a scan with the places of their classes. @param byIdentity in a comparison what corresponds is of one colour */
export function withPlaces(edges: readonly EdgeState[], byIdentity = false): ShownEdge[] {
  const places = classPlaces(edges);
  return edges.map((edge, i) => ({
    ...edge,
    classes: edge.classes.map((one, j) => ({ ...one, place: byIdentity ? one.colour : places[i][j] })),
  }));
}

/** The phases of the phase map as classes of no edge: what draws classes draws them. */
export function phasesAsShown(edges: readonly EdgeState[], phases: readonly Phase[]): ShownClass[] {
  const places = placesOfPhases(edges, phases);
  return phases.map(({ number, name, isNamed, count }, i) => ({
    label: number,
    colour: number,
    place: places[i],
    count,
    centroid: [0, 0],
    ...(isNamed && { verdict: 'match' as const, name }),
  }));
}

/** Place of a label; the label itself while the edge's classes are not known. */
const placeOf = (classes: readonly ShownClass[], label: number): number =>
  classes.find((state) => state.label === label)?.place ?? label;

/** CSS colour; that of `absent` also for pixels that no model has classified yet. */
export function labelCss(classes: readonly ShownClass[], label: number, absent: string): string {
  return label < 0 ? absent : cssColour(classColour(placeOf(classes, label)));
}

/**
 * 256 RGBA colours for labels −2 … 253. Unmeasured has alpha 0 (the ground shows), absent alpha 1/255 less than
 * opaque, which tells the shader to let a map beneath show through.
 */
export function classTable(classes: readonly ShownClass[], absent: Rgb): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(4 * LUT_SIZE);
  table.set([...absent, 254], 4);
  for (let label = 0; label < LUT_SIZE - 2; label++)
    table.set([...classColour(placeOf(classes, label)), 255], 4 * (label + 2));
  return table;
}
