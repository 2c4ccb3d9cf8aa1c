import type { Edge } from '../../../protocol/index.ts';
import type { ClassWindow } from './class-window.ts';
import { dot, squares, structure, withoutTrend } from './edge-structure.ts';
import { ReferenceShape, type ReferenceSpectrum } from './reference-shape.ts';

export interface PhaseScore {
  /** `Si`, or of two phases that overlap `Si + SiO2`, the one with more counts first. */
  phase: string;
  /** Correlation of the structures, −1 to 1. */
  score: number;
}

/** One reference on the bins of one edge, per shift. */
export interface Template {
  phase: string;
  /** Its bins are the first ones of the window. */
  structures: Float64Array[];
  /** Counts of the reference in the window per length of its structure. */
  counts: number[];
  /** FWHM to broaden the class by, where the reference is the less sharp one. */
  broadenEv: number;
}

/** A reference must cover this much of the window to be compared. */
const LEAST_COVER = 0.8;
/** Chemical shifts aside, an edge of another name that begins this near is the same one. */
const SAME_ONSET_EV = 3;
/** A reference that is less sharp than the scan by less than this factor is taken for equally sharp. */
const SAME_RESOLUTION = 1.25;
/** A phase that gives less of the counts is not named. */
const LEAST_SHARE = 0.1;

/** The references that serve an edge of a scan, shifted by `shifts` (eV) and at the scan's resolution where it is known. */
export function edgeTemplates(
  edge: Edge,
  window: ClassWindow,
  references: readonly ReferenceSpectrum[],
  shifts: readonly number[],
  fwhmEv?: number,
): Template[] {
  return references
    .filter((one) => one.edge === edge.name || Math.abs(one.onsetEv - edge.onsetEv) <= SAME_ONSET_EV)
    .flatMap((reference) => {
      const shape = new ReferenceShape(reference, fwhmEv);
      const reach = shape.toEv + shifts[0] - window.widthEv / 2;
      const length = window.energyEv.filter((energy) => energy <= reach).length;
      if (length < LEAST_COVER * window.energyEv.length || shape.fromEv > edge.onsetEv + 1) return [];
      const resolution = fwhmEv ?? Number.POSITIVE_INFINITY;
      const blunt = (reference.fwhmEv ?? 0) > SAME_RESOLUTION * resolution;
      const values = shifts.map((shift) =>
        Float64Array.from({ length }, (_, i) => shape.mean(window.energyEv[i] - shift, window.widthEv)),
      );
      return [
        {
          phase: reference.phase,
          broadenEv: blunt ? Math.sqrt((reference.fwhmEv ?? 0) ** 2 - resolution ** 2) : 0,
          structures: values.map(structure),
          counts: values.map((one) => one.reduce((a, b) => a + b, 0) / Math.sqrt(squares(withoutTrend(one)))),
        },
      ];
    });
}

/** Phases whose references are more similar than this count as one. */
const ONE_SHAPE = 0.93;

/** How many phases have a shape of their own. */
export function distinctPhases(templates: readonly Template[], shift: number): number {
  const distinct: Template[] = [];
  for (const one of templates)
    if (!distinct.some((other) => one.phase === other.phase || isAlike(one, other, shift)))
      distinct.push(one);
  return distinct.length;
}

function isAlike(a: Template, b: Template, shift: number): boolean {
  const [first, second] = [a.structures[shift], b.structures[shift]];
  const length = Math.min(first.length, second.length);
  return dot(structure(first.subarray(0, length)), structure(second.subarray(0, length))) > ONE_SHAPE;
}

export type Scorer = (
  values: (broadenEv: number) => Float64Array,
  templates: readonly Template[],
  shift: number,
) => PhaseScore[];

/** Every phase by its best reference, best first. */
export const phaseScores: Scorer = (values, templates, shift) =>
  bestTemplates(values, templates, shift).map(({ template, score }) => ({ phase: template.phase, score }));

/**
 * Every two phases that overlap, best first: the multiple correlation with both references, neither with a negative
 * share of the net counts.
 */
export const pairScores: Scorer = (values, templates, shift) => {
  const singles = bestTemplates(values, templates, shift);
  return singles
    .flatMap((a, i) => singles.slice(i + 1).map((b) => pairScore(a, b, shift)))
    .filter((pair) => pair !== undefined)
    .sort((a, b) => b.score - a.score);
};

interface Single {
  template: Template;
  score: number;
}

function pairScore(a: Single, b: Single, shift: number): PhaseScore | undefined {
  const [first, second] = [a.template.structures[shift], b.template.structures[shift]];
  // At different resolutions or over different ranges the two cannot be added.
  if (first.length !== second.length || a.template.broadenEv !== b.template.broadenEv) return undefined;
  const alike = dot(first, second);
  const rest = 1 - alike * alike;
  if (rest < 0.02) return undefined;
  const ofA = (a.score - alike * b.score) / rest;
  const ofB = (b.score - alike * a.score) / rest;
  const counts = [ofA * a.template.counts[shift], ofB * b.template.counts[shift]];
  const least = Math.min(...counts) / (counts[0] + counts[1]);
  if (Math.min(...counts) <= 0 || !(least >= LEAST_SHARE)) return undefined;
  const names = [a.template.phase, b.template.phase];
  return {
    phase: (counts[0] >= counts[1] ? names : names.reverse()).join(' + '),
    score: Math.sqrt(ofA * a.score + ofB * b.score),
  };
}

function bestTemplates(
  values: (broadenEv: number) => Float64Array,
  templates: readonly Template[],
  shift: number,
): Single[] {
  const best = new Map<string, Single>();
  const structures = new Map<string, Float64Array>();
  for (const template of templates) {
    const other = template.structures[shift];
    const key = `${template.broadenEv} ${other.length}`;
    const own = structures.get(key) ?? structure(values(template.broadenEv).subarray(0, other.length));
    structures.set(key, own);
    const score = dot(own, other);
    if (score > (best.get(template.phase)?.score ?? -2)) best.set(template.phase, { template, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}
