import { ABSENT, UNMEASURED } from '../../../protocol/index.ts';
import { select } from '../math/median.ts';
import { type Candidate, canonical, type PhaseEdge, PixelPhases, type Standing } from './pixel-phases.ts';

/** A phase that pixels were given to. */
export interface FoundPhase {
  name: string;
  isNamed: boolean;
  /** By index of the edge the classes that proposed it. */
  labels: ReadonlyMap<number, ReadonlySet<number>>;
}

/** What all edges together say of every pixel. */
export interface PhaseMap {
  /** Index into `phases`, −1 where no edge is present, −2 where none has judged the pixel. */
  map: Int16Array<ArrayBuffer>;
  /** Of each pixel that has a phase: 1 − P of the surest class that says so. */
  doubt: Float32Array;
  /** Of each pixel that has a phase, an index into STANDINGS. */
  standing: Uint8Array;
  /** Of each pixel that has a phase: bits of the edges that name it, by index. */
  by: Uint32Array;
  phases: FoundPhase[];
}

export const STANDINGS: readonly Standing[] = ['confirmed', 'undecided', 'contradicted'];

/** A column full of a phase gives more net counts than this share of the pixels of its classes. */
const FULL = 0.8;
/** A pixel of a mixture is of the part that another edge shows when that is half of the column, else of the part that is left. */
const HALF = 0.5;
/** Of classes without a name the first edge's stands for the others, unless there is so many times as much of another. */
const MUCH_MORE = 1.5;

/** A candidate of a combination of classes, ready to be weighed at its pixels. */
interface Weighed {
  candidate: Candidate;
  phase: number;
  standing: number;
  bits: number;
  /** Net counts that a column full of it gives at each edge that proposes it. */
  full: number[];
  /** Net counts that a column full of its class gives at the first edge that proposes it. */
  column: number;
  /** Candidates that it is mixed with, by their place in the combination. */
  parts: number[];
}

/**
 * Combines the class maps of all edges. Where the edges propose one phase (`PixelPhases`) a pixel is of it. Where they propose several,
 * these overlap along the beam or the edges contradict each other: then the pixel is of the phase of which there is most, by the net
 * counts of its edges in units of what a column full of it gives (the 80 % quantile over the pixels that have its name).
 * Of several classes without a name one phase is made, for whole combinations of classes, so that noise does not divide it.
 */
export function phaseMap(edges: readonly PhaseEdge[]): PhaseMap {
  const pixels = edges[0]?.labels.length ?? 0;
  const map = new Int16Array(pixels).fill(UNMEASURED);
  const doubt = new Float32Array(pixels);
  const standing = new Uint8Array(pixels);
  const by = new Uint32Array(pixels);
  const combinations = new Combinations(edges);
  const found = new FoundPhases(edges, combinations);
  const candidatesOf = combinations.all.map((labels) => found.weighed(labels));
  const unnamed = strongestUnnamed(edges, combinations, candidatesOf);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const combination = combinations.of[pixel];
    if (combination < 0) continue;
    const one = most(candidatesOf[combination], unnamed[combination], edges, pixel);
    map[pixel] = one?.phase ?? ABSENT;
    if (!one) continue;
    doubt[pixel] = Math.min(...one.candidate.by.map(({ edge }) => edges[edge].uncertainty[pixel]));
    standing[pixel] = one.standing;
    by[pixel] = one.bits;
  }
  return inOrder({ map, doubt, standing, by, phases: found.all });
}

/** Combinations of labels that occur. */
class Combinations {
  readonly all: number[][] = [];
  /** Of each pixel; −1 where no edge has judged it. */
  readonly of: Int32Array;

  constructor(edges: readonly PhaseEdge[]) {
    const pixels = edges[0]?.labels.length ?? 0;
    this.of = new Int32Array(pixels).fill(-1);
    const sizes = edges.map(({ labels }) => labels.reduce((most, label) => Math.max(most, label), 0) + 3);
    const known = new Map<number, number>();
    for (let pixel = 0; pixel < pixels; pixel++) {
      let key = 0;
      for (let edge = 0; edge < edges.length; edge++)
        key = key * sizes[edge] + (edges[edge].labels[pixel] - UNMEASURED);
      // Not measured in any edge.
      if (key === 0) continue;
      let index = known.get(key);
      if (index === undefined) {
        index = this.all.length;
        known.set(key, index);
        this.all.push(edges.map(({ labels }) => labels[pixel]));
      }
      this.of[pixel] = index;
    }
  }
}

/** Phases as they are met, with what is known of them over the whole scan. */
class FoundPhases {
  readonly all: { name: string; isNamed: boolean; labels: Map<number, Set<number>> }[] = [];
  readonly #edges: readonly PhaseEdge[];
  readonly #combinations: Combinations;
  readonly #pixelPhases: PixelPhases;
  readonly #full = new Map<string, number>();

  constructor(edges: readonly PhaseEdge[], combinations: Combinations) {
    this.#edges = edges;
    this.#combinations = combinations;
    this.#pixelPhases = new PixelPhases(edges);
  }

  weighed(labels: readonly number[]): Weighed[] {
    const candidates = this.#pixelPhases.candidates(labels);
    return candidates.map((candidate) => ({
      candidate,
      parts: candidates.flatMap(({ phase }, i) => (candidate.mixedWith.includes(phase) ? [i] : [])),
      phase: this.#numberOf(candidate),
      standing: STANDINGS.indexOf(candidate.standing),
      bits: candidate.by.reduce((bits, { edge }) => bits | (1 << edge), 0) >>> 0,
      column: this.#fullOf(candidate.by[0].edge, candidate.by[0].label),
      full: candidate.by.map(({ edge, label }) => this.#fullOf(edge, label, candidate.phase)),
    }));
  }

  #numberOf({ phase, isNamed, by }: Candidate): number {
    let number = this.all.findIndex(({ name }) => name === phase);
    if (number < 0) number = this.all.push({ name: phase, isNamed, labels: new Map() }) - 1;
    const { labels } = this.all[number];
    for (const { edge, label } of by) labels.set(edge, (labels.get(edge) ?? new Set()).add(label));
    return number;
  }

  /**
   * By the pixels of the classes that have the name of the phase: of the edge's own, else of other edges'; without any by those of its
   * class.
   */
  #fullOf(edge: number, label: number, phase?: string): number {
    const key = `${edge}/${label}/${phase ?? ''}`;
    const known = this.#full.get(key);
    if (known !== undefined) return known;
    const named = this.#edges.map((one) => labelsNamed(one, phase));
    const isOwn = named[edge].size > 0;
    const telling = [...named.keys()].filter((i) => (isOwn ? i === edge : named[i].size > 0));
    const ofPhase = this.#netCounts(
      edge,
      (labels) => labels[edge] >= 0 && telling.some((i) => named[i].has(labels[i])),
    );
    const values = ofPhase.length > 0 ? ofPhase : this.#netCounts(edge, (labels) => labels[edge] === label);
    const full = select(values, Math.floor(FULL * (values.length - 1)));
    this.#full.set(key, full);
    return full;
  }

  /** Of the pixels with some combinations of labels. */
  #netCounts(edge: number, isAsked: (labels: readonly number[]) => boolean): Float32Array {
    const { all, of } = this.#combinations;
    const asked = Uint8Array.from(all, (labels) => (isAsked(labels) ? 1 : 0));
    const { intensity } = this.#edges[edge];
    const values = new Float32Array(intensity.length);
    let count = 0;
    for (let pixel = 0; pixel < of.length; pixel++) if (asked[of[pixel]]) values[count++] = intensity[pixel];
    return values.subarray(0, count);
  }
}

const labelsNamed = ({ names }: PhaseEdge, phase: string | undefined): Set<number> =>
  new Set([...names.keys()].filter((label) => canonical(names.get(label) ?? '') === phase));

/** Net counts of a candidate's edges at a pixel, in units of what a column full of it gives. */
function amount({ candidate: { by }, full }: Weighed, edges: readonly PhaseEdge[], pixel: number): number {
  let sum = 0;
  for (let i = 0; i < by.length; i++) {
    const share = edges[by[i].edge].intensity[pixel] / full[i];
    if (share > 0) sum += share;
  }
  return sum / by.length;
}

/** Of the unnamed candidates of each combination the one of which there is most over its pixels. */
function strongestUnnamed(
  edges: readonly PhaseEdge[],
  combinations: Combinations,
  candidatesOf: readonly (readonly Weighed[])[],
): (Weighed | undefined)[] {
  const unnamed = candidatesOf.map((all) => all.filter(({ candidate }) => !candidate.isNamed));
  const sums = unnamed.map((all) => all.map(() => 0));
  for (let pixel = 0; pixel < combinations.of.length; pixel++) {
    const combination = combinations.of[pixel];
    if (combination < 0 || unnamed[combination].length < 2) continue;
    for (const [i, one] of unnamed[combination].entries()) sums[combination][i] += amount(one, edges, pixel);
  }
  return unnamed.map((all, i) => {
    const largest = sums[i].indexOf(Math.max(...sums[i]));
    return sums[i][largest] > MUCH_MORE * sums[i][0] ? all[largest] : all[0];
  });
}

/** The candidate of which there is most at a pixel; the first of equals. */
function most(
  all: readonly Weighed[],
  unnamed: Weighed | undefined,
  edges: readonly PhaseEdge[],
  pixel: number,
): Weighed | undefined {
  if (all.length < 2) return all[0];
  const amounts = all.map((one) =>
    one.candidate.isNamed || one === unnamed ? amount(one, edges, pixel) : Number.NEGATIVE_INFINITY,
  );
  for (const [rest, { parts }] of all.entries()) {
    if (parts.length === 0) continue;
    const [{ edge }] = all[rest].candidate.by;
    const half = (HALF * edges[edge].intensity[pixel]) / all[rest].column;
    const isPart = parts.some((part) => amounts[part] >= half);
    for (const place of isPart ? [rest] : parts) amounts[place] = Number.NEGATIVE_INFINITY;
  }
  return all[amounts.indexOf(Math.max(...amounts))];
}

/** Phases that have pixels: those with a name in the order of names, then the others in the order of edges and classes. */
function inOrder({ map, phases, ...rest }: PhaseMap): PhaseMap {
  const counts = new Array<number>(phases.length).fill(0);
  for (const phase of map) if (phase >= 0) counts[phase]++;
  const placeOf = ({ name, isNamed, labels }: FoundPhase): [number, number, string] => {
    const [edge = 0, own] = [...labels][0] ?? [];
    return isNamed ? [-1, 0, name] : [edge, Math.min(...(own ?? [])), ''];
  };
  const order = [...phases.keys()]
    .filter((phase) => counts[phase] > 0)
    .sort((a, b) => {
      const [own, other] = [placeOf(phases[a]), placeOf(phases[b])];
      return own[0] - other[0] || own[1] - other[1] || (own[2] < other[2] ? -1 : 1);
    });
  const numbers = phases.map((_, phase) => order.indexOf(phase));
  return {
    map: map.map((phase) => (phase >= 0 ? numbers[phase] : phase)),
    phases: order.map((phase) => phases[phase]),
    ...rest,
  };
}
