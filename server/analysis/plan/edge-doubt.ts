import { ABSENT } from '../../../protocol/index.ts';
import {
  type ClassDecision,
  DECISION_NUMBERS,
  flips,
  readDecision,
  rightAfter,
  rightNow,
} from '../clustering/class-decision.ts';
import type { PlanEdge, PlanInput } from './plan-input.ts';
import { PresenceOdds } from './presence-odds.ts';
import { presencePrior } from './presence-prior.ts';

/** Beyond these margins and odds the class of a pixel is practically certain. */
const SURE_MARGIN = 5;
const SURE_ODDS = -9;
/** Classes whose spectra differ by less than this part of the edge's signal count as one: no dose separates them. */
const ONE_CLASS = 0.1;
/** S/N up to which the edge of a pixel has just been found. */
const JUST_FOUND = 5;

/** Probabilities that the label of an edge is right in a pixel after a longer exposure. */
export interface Doubt {
  /** With the class alone decided again, the presence alone, and both. */
  byClass: number;
  byPresence: number;
  byBoth: number;
}

/** How sure the labels of one edge are, and how sure they would be after a longer exposure. */
export class EdgeDoubt {
  readonly edge: PlanEdge;
  readonly #exposure: Float32Array;
  readonly #presence: PresenceOdds;
  /** Probability that the class is right of a pixel that the edge is newly found in. */
  readonly #newlyRight: number;

  constructor(edge: PlanEdge, { exposure }: Pick<PlanInput, 'exposure'>) {
    this.edge = edge;
    this.#exposure = exposure;
    this.#presence = new PresenceOdds(presencePrior(edge.snr, exposure));
    this.#newlyRight = newlyRight(edge);
  }

  isMeasured(pixel: number): boolean {
    return this.edge.labels[pixel] >= ABSENT;
  }

  /**
   * @param dwells to come, above 0
   * @param decision of the pixel, as `decisionOf` has it
   * @param right probability that its class is right
   */
  after(pixel: number, dwells: number, decision: ClassDecision | undefined, right: number): Doubt {
    const { labels, snr } = this.edge;
    const exposure = this.#exposure[pixel];
    const seen = this.#presence.lookUp(snr[pixel], exposure, dwells);
    const { there, trace, found, traceFound } = seen;
    const stillAbsent = 1 - there - seen.falselyFound - traceFound;
    if (labels[pixel] < 0) {
      const byPresence = stillAbsent + found * this.#newlyRight + traceFound;
      return { byClass: 1 - there, byPresence, byBoth: byPresence };
    }
    const later = decision ? rightAfter(decision, dwells / exposure) : 1;
    return {
      byClass: there * later + trace,
      byPresence: found * right + traceFound + stillAbsent,
      byBoth: found * later + traceFound + stillAbsent,
    };
  }

  /** Undefined where the edge is absent, or the class practically certain. */
  decisionOf(pixel: number): ClassDecision | undefined {
    return this.edge.labels[pixel] < 0 ? undefined : doubtful(this.edge, pixel);
  }

  /**
   * Probability that the label is right: for a trace neither presence, nor absence, nor any class is wrong.
   * @param classRight probability that its class is right
   */
  right(pixel: number, classRight: number): number {
    const { labels, snr } = this.edge;
    const { there, trace } = this.#presence.now(snr[pixel], this.#exposure[pixel]);
    return labels[pixel] < 0 ? 1 - there : there * classRight + trace;
  }

  /** Probability that the presence of the edge is stated rightly. */
  presenceRight(pixel: number): number {
    return this.right(pixel, 1);
  }

  /** Probability that the label is another after so many dwells more. */
  changes(pixel: number, dwells: number): number {
    const { labels, snr } = this.edge;
    const exposure = this.#exposure[pixel];
    const { found, traceFound, falselyFound } = this.#presence.lookUp(snr[pixel], exposure, dwells);
    const seenAgain = found + traceFound + falselyFound;
    if (labels[pixel] < 0) return seenAgain;
    const decision = doubtful(this.edge, pixel);
    const kept = decision ? 1 - flips(decision, dwells / exposure) : 1;
    return 1 - seenAgain * kept;
  }
}

/** The decision of a pixel, unless its class is practically certain. */
export function doubtful(
  { decisions, snr }: Pick<PlanEdge, 'decisions' | 'snr'>,
  pixel: number,
): ClassDecision | undefined {
  const at = DECISION_NUMBERS * pixel;
  // Both in units of the pixel's own noise. A distance of 0 marks a pixel without information.
  if (decisions[at + 1] > 0 && decisions[at + 1] < ONE_CLASS * snr[pixel]) return undefined;
  // Most pixels are certain; these two numbers identify them quickly.
  if (!(decisions[at] < SURE_MARGIN || decisions[at + 1] === 0)) {
    const decision = readDecision(decisions, at);
    return decision && decision.odds > SURE_ODDS ? decision : undefined;
  }
  return readDecision(decisions, at);
}

/** Mean probability that the class is right of pixels that an edge has just been found in; of all where there are none. */
function newlyRight(edge: PlanEdge): number {
  let [sum, n, all, count] = [0, 0, 0, 0];
  const step = Math.ceil(edge.labels.length / 16_384) | 1;
  for (let pixel = 0; pixel < edge.labels.length; pixel += step) {
    if (edge.labels[pixel] < 0) continue;
    const decision = doubtful(edge, pixel);
    const right = decision ? rightNow(decision) : 1;
    all += right;
    count++;
    if (edge.snr[pixel] >= JUST_FOUND) continue;
    sum += right;
    n++;
  }
  return n > 0 ? sum / n : count > 0 ? all / count : 1;
}
