import { hash32 } from '../math/random.ts';
import { type ClassSpectrum, ClassWindow } from './class-window.ts';
import { squares, withoutTrend } from './edge-structure.ts';
import {
  distinctPhases,
  edgeTemplates,
  type PhaseScore,
  pairScores,
  phaseScores,
  type Scorer,
  type Template,
} from './reference-scores.ts';
import type { ReferenceSpectrum } from './reference-shape.ts';

export interface MatchOptions {
  seed: number;
  /** Uncertainty of the energy axis, eV. */
  calibrationSigmaEv?: number;
  /** Energy resolution of the scan, FWHM in eV; unknown where absent: then nothing is broadened. */
  fwhmEv?: number;
  /** Least score of a match. */
  threshold?: number;
  replicates?: number;
}

export interface ClassMatch {
  edge: string;
  label: number;
  /**
   * `only reference`: like the one phase that the edge has references of, which excludes no phase without a reference.
   */
  verdict: 'match' | 'ambiguous' | 'only reference' | 'no match';
  /** The best-matching phase, or the two overlapping ones, for any verdict. */
  best: PhaseScore;
  /** The best match of the others; absent where there are none. */
  second?: PhaseScore;
  margin?: number;
  /** 95 % of the margins that counting noise gives. */
  marginInterval?: [number, number];
  /** One for all classes and edges of the scan, eV: how much higher the scan's energies are than the references'. */
  shiftEv: number;
  /** The shift stands at the end of what is searched: the axis is off by more, and nothing is named. */
  shiftAtBound: boolean;
  /** Net counts behind the scores. */
  counts: number;
  /** The score that counting noise leaves to a perfect match, 0–1. */
  attainable: number;
  /** Why it is not a match. */
  note?: string;
}

/**
 * Nothing is named below this score, counting noise allowed for. On the simulated anode classes of one phase reach 0.955
 * with their own reference and at most 0.79 without it (test/science/names.ts); 0.8 is the usual limit for plain
 * correlations, which lie closer together.
 */
export const MATCH_THRESHOLD = 0.93;
/**
 * A phase without a reference may resemble one with a reference, especially where shapes of an edge are similar and few
 * are known: of nine measured C-K and O-K spectra of organic matter and a battery oxide four reach 0.93 with a-C,
 * carbide or SiO2 at a shift of up to 1 eV, none 0.98 (test/science/detectors/names.ts). So much a match needs where
 * the edge has references of two phases that differ, and of three.
 */
const NEEDED_OF_FEW: Readonly<Record<number, number>> = { 2: 0.98, 3: 0.95 };
/** Most noise in the structure for a match: √(share of its variance that is no noise). */
const LEAST_CLARITY = 0.7;
/** Two overlapping phases must leave less than this share of the variance that the better one alone leaves. */
const MIXED_BELOW = 1 / 3;
const REPLICATES = 200;
const SHIFT_STEP_EV = 0.05;

/** ±max(0.5, 2σ) ≤ 1 eV: a wider search would take chemical shifts for errors of the axis. */
export const shiftTolerance = (sigmaEv = 0): number => Math.min(1, Math.max(0.5, 2 * sigmaEv));

interface Candidate {
  spectrum: ClassSpectrum;
  window: ClassWindow;
  templates: Template[];
}

/**
 * Names the classes of a scan by references. A class and a reference are compared over the same window (ClassWindow), at
 * the resolution of the less sharp one, by the correlation of their structures (edge-structure.ts). One shift of the
 * energy axis is sought for all classes and edges together, since they share the axis: it maximises Σ −ln(1 − r²) over
 * the classes' best scores, the log-likelihood of correlated normals, in which well-matched classes decide. A class that
 * one phase matches not at all or much worse may be two that overlap in projection. The margin's interval is a bootstrap of counting noise.
 * @returns one per class of every edge that has references, in the order given
 */
export function matchClasses(
  classes: readonly ClassSpectrum[],
  references: readonly ReferenceSpectrum[],
  options: MatchOptions,
): ClassMatch[] {
  const steps = Math.round(shiftTolerance(options.calibrationSigmaEv) / SHIFT_STEP_EV);
  const shifts = Array.from({ length: 2 * steps + 1 }, (_, i) => (i - steps) * SHIFT_STEP_EV);
  const templates = new Map<string, Template[]>();
  const candidates = classes.flatMap((spectrum): Candidate[] => {
    const window = new ClassWindow(spectrum);
    // Classes of an edge share its axis.
    const known =
      templates.get(spectrum.edge.name) ??
      edgeTemplates(spectrum.edge, window, references, shifts, options.fwhmEv);
    templates.set(spectrum.edge.name, known);
    return known.length > 0 ? [{ spectrum, window, templates: known }] : [];
  });
  const shift = jointShift(candidates, shifts.length);
  const place = { shift, shiftEv: shifts[shift], atBound: shift === 0 || shift === shifts.length - 1 };
  return candidates.map((candidate) => judge(candidate, place, options));
}

/** Index of the best shift; of equal ones the smallest. */
function jointShift(candidates: readonly Candidate[], shifts: number): number {
  const middle = (shifts - 1) / 2;
  const outwards = Array.from({ length: shifts }, (_, i) => i).sort(
    (a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b,
  );
  const totals = outwards.map((shift) =>
    candidates.reduce((sum, { window, templates }) => {
      const [best] = phaseScores((broadenEv) => window.values(broadenEv), templates, shift);
      return sum - Math.log(1 - Math.min(Math.max(best.score, 0), 1 - 1e-6) ** 2);
    }, 0),
  );
  return outwards[totals.indexOf(Math.max(...totals))];
}

function judge(
  candidate: Candidate,
  { shift, shiftEv, atBound }: { shift: number; shiftEv: number; atBound: boolean },
  { seed, threshold = MATCH_THRESHOLD, replicates = REPLICATES }: MatchOptions,
): ClassMatch {
  const { spectrum, window, templates } = candidate;
  const salt = hash32(seed, hash32(Math.round(spectrum.edge.onsetEv * 100), spectrum.label));
  const samples = [...window.replicates(replicates, salt)];
  const attainable = clarity(window, samples);
  const least = threshold * attainable;
  const phases = distinctPhases(templates, shift);
  const needed = Math.max(threshold, NEEDED_OF_FEW[phases] ?? 0);
  const score = (scorer: Scorer) => scorer((broadenEv) => window.values(broadenEv), templates, shift);
  const singles = score(phaseScores);
  const pairs = score(pairScores);
  const mixed =
    pairs.length > 0 && pairs[0].score >= least && isMixed(singles[0].score, pairs[0].score, least);
  const rivalOf = (scores: PhaseScore[], rivals: PhaseScore[], phase: string) =>
    scores.find((one) => !samePhases(one.phase, phase)) ?? (mixed ? rivals[0] : undefined);
  const [best] = mixed ? pairs : singles;
  const second = rivalOf(mixed ? pairs : singles, singles, best.phase);
  const match: ClassMatch = {
    edge: spectrum.edge.name,
    label: spectrum.label,
    verdict: 'match',
    best,
    ...(second && { second, margin: best.score - second.score }),
    shiftEv,
    shiftAtBound: atBound,
    counts: window.counts,
    attainable,
  };
  if (second) {
    const margins = samples.map((sample) => {
      const alone = phaseScores(() => sample, templates, shift);
      const scores = mixed ? pairScores(() => sample, templates, shift) : alone;
      const own = scores.find(({ phase }) => samePhases(phase, best.phase))?.score ?? -1;
      return own - (rivalOf(scores, alone, best.phase)?.score ?? 0);
    });
    margins.sort((a, b) => a - b);
    const quantile = (q: number) => margins[Math.round(q * (margins.length - 1))];
    match.marginInterval = [quantile(0.025), quantile(0.975)];
  }
  if (attainable < LEAST_CLARITY) return { ...match, verdict: 'ambiguous', note: 'too few counts' };
  if (best.score < least) {
    const beyond = atBound ? ', and the energy axis may be off by more than is searched' : '';
    return { ...match, verdict: 'no match', note: `most like ${best.phase}, but not enough${beyond}` };
  }
  if (atBound)
    return {
      ...match,
      verdict: 'ambiguous',
      note: `the energy axis is off by more than the ${signed(shiftEv)} eV that are searched`,
    };
  if (match.marginInterval && match.marginInterval[0] <= 0)
    return { ...match, verdict: 'ambiguous', note: `${best.phase} or ${second?.phase}` };
  if (phases === 1)
    return {
      ...match,
      verdict: 'only reference',
      note: `like ${best.phase}, but no other phase has a reference here`,
    };
  if (best.score < needed * attainable)
    return {
      ...match,
      verdict: 'ambiguous',
      note: `${best.phase} or a phase without a reference: with ${phases} that differ it takes ${(needed * attainable).toFixed(2)}`,
    };
  return match;
}

/** Two phases are one too many unless one does not match, or leaves far more unexplained. */
const isMixed = (single: number, pair: number, least: number): boolean =>
  single < least || 1 - pair ** 2 < (1 - single ** 2) * MIXED_BELOW;

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

/** `Si + SiO2` and `SiO2 + Si` are the same two. */
const samePhases = (a: string, b: string): boolean =>
  a.split(' + ').sort().join() === b.split(' + ').sort().join();

/** √(1 − noise/total) of the structure, from samples of its noise. */
function clarity(window: ClassWindow, samples: readonly Float64Array[]): number {
  const values = window.values();
  const total = squares(withoutTrend(values));
  const noise =
    samples.reduce(
      (sum, sample) => sum + squares(withoutTrend(sample.map((value, i) => value - values[i]))),
      0,
    ) / samples.length;
  return total > noise ? Math.sqrt(1 - noise / total) : 0;
}
