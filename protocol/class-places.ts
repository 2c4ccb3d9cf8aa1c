import { CLASS_COLOURS, PLAIN_COLOURS } from './palette.ts';

/** A class as far as its colour depends on it. */
export interface PaintedClass {
  label: number;
  /** Phase that references name. */
  name?: string;
}

/** Phases that are met often, with the place in the palette that is theirs wherever it is free. */
const OWN_PLACE: Readonly<Record<string, number>> = { Si: 0, SiO2: 1, SiC: 2, 'a-C': 7 };

/** `SiO2 + Si` and `Si + SiO2` are one mixture. */
const canonical = (name: string): string => name.split(' + ').sort().join(' + ');

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

/** The first place from `wanted` on that is not taken: among the plain colours, then among the lighter ones. */
function freePlace(wanted: number, taken: ReadonlySet<number>): number {
  const plain = PLAIN_COLOURS;
  for (let i = 0; i < plain; i++) if (!taken.has((wanted + i) % plain)) return (wanted + i) % plain;
  for (let place = plain; place < CLASS_COLOURS.length; place++) if (!taken.has(place)) return place;
  return wanted;
}

/** The place of each phase: it depends on the phase alone, unless another one of the scan has it already. */
function phasePlaces(names: Iterable<string>): Map<string, number> {
  const phases = [...new Set([...names].map(canonical))].sort();
  const places = new Map<string, number>();
  const taken = new Set<number>();
  const give = (phase: string, wanted: number) => {
    const place = freePlace(wanted, taken);
    places.set(phase, place);
    taken.add(place);
  };
  for (const phase of phases) if (phase in OWN_PLACE) give(phase, OWN_PLACE[phase]);
  for (const phase of phases) if (!(phase in OWN_PLACE)) give(phase, hash(phase) % PLAIN_COLOURS);
  return places;
}

/**
 * Places in `CLASS_COLOURS` of the classes of a scan's edges, in the order of the classes: a phase has one colour in every edge,
 * run and session; classes without a name take what no phase has, in the order of their numbers. Nothing depends on what was shown
 * before.
 */
export function classPlaces(edges: readonly { classes: readonly PaintedClass[] }[]): number[][] {
  const names = edges.flatMap(({ classes }) =>
    classes.flatMap(({ name }) => (name === undefined ? [] : [name])),
  );
  const phases = phasePlaces(names);
  return edges.map(({ classes }) => {
    const taken = new Set(phases.values());
    const places = new Map<number, number>();
    for (const { label } of classes
      .filter(({ name }) => name === undefined)
      .sort((a, b) => a.label - b.label)) {
      const place = freePlace(0, taken);
      places.set(label, place);
      taken.add(place);
    }
    return classes.map(({ label, name }) =>
      name === undefined ? (places.get(label) ?? label) : (phases.get(canonical(name)) ?? label),
    );
  });
}

/**
 * Places in `CLASS_COLOURS` of the phases of the phase map, in their order: a named one has the colour of the classes that have its name;
 * the others take what is left.
 */
export const placesOfPhases = (
  edges: readonly { classes: readonly PaintedClass[] }[],
  phases: readonly { number: number; name: string; isNamed: boolean }[],
): number[] => classPlaces([...edges, { classes: phasesAsClasses(phases) }]).at(-1) ?? [];

/** The phases of a scan in the form of an edge's classes. */
export const phasesAsClasses = (
  phases: readonly { number: number; name: string; isNamed: boolean }[],
): PaintedClass[] => phases.map(({ number, name, isNamed }) => ({ label: number, ...(isNamed && { name }) }));
