import { PRESENCE_SNR } from '../background/edge-signal.ts';
import { normalBelow } from '../math/normal.ts';
import { exposureKey, exposureOfKey, type PresencePrior, SURE_SNR } from './presence-prior.ts';

const LEAST_SNR = -6;
const STEP = 0.05;
const ENTRIES = Math.round((SURE_SNR - LEAST_SNR) / STEP) + 1;

/** S/N after one dwell from which an edge counts as there: the first pass and eight dwells more would find it. */
const LEAST_STRENGTH = PRESENCE_SNR / 3;
/**
 * Below the first part of the usual strength an edge is a trace: neither presence nor absence is wrong. From the second
 * on the edge counts in full, in between in part, since strengths near a limit could not be distinguished.
 */
const TRACE = 0.25;
const IN_FULL = 0.5;
/** Below this S/N of the signal alone, presence is due to noise. */
const NOISE_SNR = 1;

/** Probabilities that an edge is present in a pixel and that it will be found. */
export interface Presence {
  /** P(the edge is there), and P(a trace of it is). */
  there: number;
  trace: number;
  /** P(it is there and found after the longer exposure), and the same for a trace, and for nothing. */
  found: number;
  traceFound: number;
  falselyFound: number;
}

const NUMBERS = 5;

const entryOf = (snr: number): number =>
  Math.min(Math.max(Math.round((snr - LEAST_SNR) / STEP), 0), ENTRIES - 1);

/** Tables of `Presence` by S/N, exposure and dwells to come, of one edge; computed on first use. */
export class PresenceOdds {
  readonly #prior: PresencePrior;
  /** By dwells and exposure. */
  readonly #tables = new Map<number, Map<number, Float32Array>>();

  constructor(prior: PresencePrior) {
    this.#prior = prior;
  }

  /** @param dwells to come, above 0 */
  lookUp(snr: number, exposure: number, dwells: number): Presence {
    if (snr >= SURE_SNR) return this.#sure(snr, exposure);
    const table = this.#table(exposureKey(exposure), dwells);
    const at = NUMBERS * entryOf(snr);
    return {
      there: table[at],
      trace: table[at + 1],
      found: table[at + 2],
      traceFound: table[at + 3],
      falselyFound: table[at + 4],
    };
  }

  /** P(the edge is there), and P(a trace of it is). */
  now(snr: number, exposure: number): Pick<Presence, 'there' | 'trace'> {
    return this.lookUp(snr, exposure, 1);
  }

  /** It is found and will be; the S/N alone decides whether it is the edge or a strong trace. */
  #sure(snr: number, exposure: number): Presence {
    const there = partThere(this.#prior, snr / Math.sqrt(exposure));
    return {
      there,
      trace: 1 - there,
      found: there,
      traceFound: 1 - there,
      falselyFound: 0,
    };
  }

  #table(key: number, dwells: number): Float32Array {
    let ofDwells = this.#tables.get(dwells);
    if (!ofDwells) {
      ofDwells = new Map();
      this.#tables.set(dwells, ofDwells);
    }
    let table = ofDwells.get(key);
    if (!table) {
      table = this.#made(exposureOfKey(key), dwells);
      ofDwells.set(key, table);
    }
    return table;
  }

  #made(exposure: number, dwells: number): Float32Array {
    const table = new Float32Array(NUMBERS * ENTRIES);
    for (let i = 0; i < ENTRIES; i++) {
      const seen = presenceOf(this.#prior, LEAST_SNR + i * STEP, exposure, dwells);
      table.set([seen.there, seen.trace, seen.found, seen.traceFound, seen.falselyFound], NUMBERS * i);
    }
    return table;
  }
}

/** The same for all exposures: what is there does not depend on how well it was seen. */
export const leastThere = ({ usual }: Pick<PresencePrior, 'usual'>): number =>
  Math.max(LEAST_STRENGTH, TRACE * usual);

/** How far a strength counts as the edge, 0–1. */
function partThere(prior: Pick<PresencePrior, 'usual'>, strength: number): number {
  const least = leastThere(prior);
  const full = Math.max(IN_FULL * prior.usual, least);
  if (strength >= full) return 1;
  return strength > least ? (strength - least) / (full - least) : 0;
}

/**
 * Presence of an edge given the S/N of a pixel and the strengths in the scan. After r times the exposure more its S/N
 * is (snr + √r·y)/√(1 + r) with y ~ N(strength·√dwells, 1), and the edge is found where that is at least 3.
 */
export function presenceOf(prior: PresencePrior, snr: number, exposure: number, dwells: number): Presence {
  const { strengths, shares } = prior;
  const root = Math.sqrt(exposure);
  const more = dwells / exposure;
  const leastTrace = Math.min(NOISE_SNR / root, leastThere(prior));
  const seen = Math.max(snr, -PRESENCE_SNR);
  let total = 0;
  const sums = { there: 0, trace: 0, found: 0, traceFound: 0, falselyFound: 0 };
  // Relative to the likeliest strength, to avoid underflow.
  let best = Number.POSITIVE_INFINITY;
  for (const strength of strengths) best = Math.min(best, (seen - strength * root) ** 2);
  for (let s = 0; s < strengths.length; s++) {
    const weight = shares[s] * Math.exp((best - (seen - strengths[s] * root) ** 2) / 2);
    const mean = (snr + strengths[s] * root * more) / Math.sqrt(1 + more);
    const reaches = weight * normalBelow((mean - PRESENCE_SNR) / Math.sqrt(more / (1 + more)));
    total += weight;
    if (strengths[s] < leastTrace) {
      sums.falselyFound += reaches;
      continue;
    }
    const part = partThere(prior, strengths[s]);
    sums.trace += (1 - part) * weight;
    sums.traceFound += (1 - part) * reaches;
    sums.there += part * weight;
    sums.found += part * reaches;
  }
  if (!(total > 0)) return sums;
  for (const what of Object.keys(sums) as (keyof Presence)[]) sums[what] /= total;
  return sums;
}
