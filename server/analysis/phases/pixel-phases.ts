import { ABSENT } from '../../../protocol/index.ts';
import { elementOfEdge, elementsOfName } from './phase-elements.ts';

/** One edge that has a model. */
export interface PhaseEdge {
  name: string;
  /** −2 not measured, −1 absent, 0 and above a class; row-major over the scan as all maps. */
  labels: Int16Array;
  /** Net counts in the signal window. */
  intensity: Float32Array;
  /** 1 − P(class). */
  uncertainty: Float32Array;
  /** What references call a class, by label; two overlapping phases as `Si + SiO2`. */
  names: ReadonlyMap<number, string>;
}

/** How far the edges of a phase's elements agree that a pixel is of it. */
export type Standing = 'confirmed' | 'undecided' | 'contradicted';

/** A phase that a combination of classes may be. */
export interface Candidate {
  /** `SiC`, or `Si-L phase A`. */
  phase: string;
  isNamed: boolean;
  standing: Standing;
  /** Edges that say so, by index, with the label that does. */
  by: readonly Proposal[];
  /** Parts of the same mixture that are proposed for themselves: it is what they leave of the column. */
  mixedWith: readonly string[];
}

type Proposed = { by: Proposal[]; mixedWith: string[] };

/** An edge, by index, and its class there. */
interface Proposal {
  edge: number;
  label: number;
}

/** `SiO2 + Si` and `Si + SiO2` are one mixture. */
export const canonical = (name: string): string => partsOf(name).sort().join(' + ');
const partsOf = (name: string): string[] => name.split(' + ');

/** `A` for class 0, `Z` for 25, `AA` for 26. */
const letters = (label: number): string =>
  (label >= 26 ? letters(Math.floor(label / 26) - 1) : '') + String.fromCharCode(65 + (label % 26));

/** What a class that no reference names is called. */
export const neutralName = (edge: string, label: number): string => `${edge} phase ${letters(label)}`;

/**
 * What phases the classes of a pixel in all edges may be. An edge that names a phase proposes it; one that is absent, or has no model
 * of the pixel, proposes nothing. A class without a name proposes itself, unless its element belongs to a phase that another edge
 * names: then it says nothing of this phase. Of a mixture (`Si + SiO2`) those parts are left out that another edge of their elements
 * contradicts, as it is absent or names other phases alone. Parts that another edge names, or shows by an element that the others do not
 * have, are proposed for themselves.
 */
export class PixelPhases {
  readonly #edges: readonly Pick<PhaseEdge, 'name' | 'names'>[];
  readonly #elements: readonly string[];
  /** Of each named phase: those of its formula, and those of the edges that name it. */
  readonly #elementsOf = new Map<string, Set<string>>();

  constructor(edges: readonly Pick<PhaseEdge, 'name' | 'names'>[]) {
    this.#edges = edges;
    this.#elements = edges.map(({ name }) => elementOfEdge(name));
    for (const [edge, { names }] of edges.entries())
      for (const name of names.values())
        for (const part of [name, ...partsOf(name)]) {
          const phase = canonical(part);
          const known = this.#elementsOf.get(phase) ?? elementsOfName(part);
          // Which part of a mixture an edge without a formula sees is not known.
          if (part === name) known.add(this.#elements[edge]);
          this.#elementsOf.set(phase, known);
        }
  }

  /** @param labels of the pixel in the edges */
  candidates(labels: readonly number[]): Candidate[] {
    const named = this.#named(labels);
    const elements = new Set([...named.keys()].flatMap((phase) => [...this.#elementsIn(phase)]));
    const found = [...named].map(
      ([phase, proposed]): Candidate => ({
        phase,
        isNamed: true,
        standing: this.#standing(phase, labels),
        ...proposed,
      }),
    );
    for (const [edge, label] of labels.entries()) {
      if (label < 0 || this.#nameOf(edge, label) !== undefined || elements.has(this.#elements[edge]))
        continue;
      const phase = neutralName(this.#edges[edge].name, label);
      found.push({ phase, isNamed: false, standing: 'undecided', by: [{ edge, label }], mixedWith: [] });
    }
    return found;
  }

  #nameOf(edge: number, label: number): string | undefined {
    const name = this.#edges[edge].names.get(label);
    return name === undefined ? undefined : canonical(name);
  }

  #elementsIn(phase: string): ReadonlySet<string> {
    return this.#elementsOf.get(phase) ?? new Set();
  }

  #named(labels: readonly number[]): Map<string, Proposed> {
    const named = new Map<string, Proposed>();
    for (const [edge, label] of labels.entries()) {
      const name = label < 0 ? undefined : this.#nameOf(edge, label);
      if (name === undefined) continue;
      const phase = this.#present(name, labels);
      named.set(phase, { by: [...(named.get(phase)?.by ?? []), { edge, label }], mixedWith: [] });
    }
    for (const [phase, { by }] of [...named])
      if (partsOf(phase).length > 1) this.#divide(named, phase, by, labels);
    return named;
  }

  /** Puts the parts of a mixture in its place where all but one are proposed by other edges; the last one is what they leave. */
  #divide(named: Map<string, Proposed>, mixture: string, by: Proposal[], labels: readonly number[]): void {
    const parts = partsOf(mixture);
    const shown = new Map(
      parts.map((part) => [part, named.get(part)?.by ?? this.#alone(part, parts, labels)]),
    );
    const left = parts.filter((part) => shown.get(part)?.length === 0);
    if (left.length > 1) return;
    named.delete(mixture);
    const mixedWith = parts.filter((part) => !left.includes(part));
    for (const part of mixedWith) named.set(part, { by: shown.get(part) ?? [], mixedWith: [] });
    for (const part of left) named.set(part, { by, mixedWith });
  }

  /** Edges with a class without a name whose element one part of a mixture has alone. */
  #alone(part: string, parts: readonly string[], labels: readonly number[]): Proposal[] {
    const others = parts.filter((other) => other !== part);
    return [...labels.entries()].flatMap(([edge, label]) => {
      const element = this.#elements[edge];
      const isAlone =
        this.#elementsIn(part).has(element) && !others.some((other) => this.#elementsIn(other).has(element));
      return isAlone && label >= 0 && this.#nameOf(edge, label) === undefined ? [{ edge, label }] : [];
    });
  }

  /** A mixture without the parts that other edges contradict; the whole where they contradict all. */
  #present(name: string, labels: readonly number[]): string {
    const parts = partsOf(name);
    if (parts.length === 1) return name;
    const left = parts.filter((part) => this.#standing(part, labels) !== 'contradicted');
    return left.length > 0 ? left.join(' + ') : name;
  }

  #standing(phase: string, labels: readonly number[]): Standing {
    let standing: Standing = 'confirmed';
    for (const [edge, label] of labels.entries()) {
      if (!this.#elementsIn(phase).has(this.#elements[edge])) continue;
      if (label === ABSENT) return 'contradicted';
      const name = label < 0 ? undefined : this.#nameOf(edge, label);
      if (name === phase) continue;
      if (name !== undefined && !sharePart(name, phase)) return 'contradicted';
      standing = 'undecided';
    }
    return standing;
  }
}

const sharePart = (a: string, b: string): boolean => partsOf(a).some((part) => partsOf(b).includes(part));
