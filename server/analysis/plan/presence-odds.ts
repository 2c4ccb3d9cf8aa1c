import { PRESENCE_SNR } from '../edge-signal.ts';
import { normalBelow } from '../normal.ts';
import { exposureKey, exposureOfKey, type PresencePrior, SURE_SNR } from './presence-prior.ts';

const LEAST_SNR = -6;
const STEP = 0.05;
const ENTRIES = Math.round((SURE_SNR - LEAST_SNR) / STEP) + 1;

/** An edge counts as there when its signal would reach the limit with so many dwells more. */
const LONGEST_DWELLS = 8;
/** Less than this part of what pixels with the edge have is a trace: neither finding it nor missing it is wrong. */
const TRACE = 0.1;

/** Whether an edge is there in a pixel, and whether it will be found. */
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
const SURE: Presence = { there: 1, trace: 0, found: 1, traceFound: 0, falselyFound: 0 };

const entryOf = (snr: number): number =>
  Math.min(Math.max(Math.round((snr - LEAST_SNR) / STEP), 0), ENTRIES - 1);

/** Tables of `Presence` by S/N, exposure and dwells to come, of one edge; made when they are first asked for. */
export class PresenceOdds {
  readonly #prior: PresencePrior;
  /** By dwells and exposure. */
  readonly #tables = new Map<number, Map<number, Float32Array>>();

  constructor(prior: PresencePrior) {
    this.#prior = prior;
  }

  /** @param dwells to come, above 0 */
  look(snr: number, exposure: number, dwells: number): Presence {
    if (snr >= SURE_SNR) return SURE;
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
    return this.look(snr, exposure, 1);
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

/**
 * What an S/N tells of a pixel, given the strengths of the scan. After r times the exposure more its S/N is
 * (snr + √r·y)/√(1 + r) with y ~ N(strength·√dwells, 1), and the edge is found where that is at least 3.
 */
export function presenceOf(prior: PresencePrior, snr: number, exposure: number, dwells: number): Presence {
  const { strengths, shares } = prior;
  const root = Math.sqrt(exposure);
  const more = dwells / exposure;
  const least = PRESENCE_SNR / Math.sqrt(exposure + LONGEST_DWELLS);
  const leastOfNote = TRACE * prior.typical;
  const seen = Math.max(snr, -PRESENCE_SNR);
  let total = 0;
  const sums = { there: 0, trace: 0, found: 0, traceFound: 0, falselyFound: 0 };
  // The likeliest strength is taken out, lest all vanish.
  let best = Number.POSITIVE_INFINITY;
  for (const strength of strengths) best = Math.min(best, (seen - strength * root) ** 2);
  for (let s = 0; s < strengths.length; s++) {
    const weight = shares[s] * Math.exp((best - (seen - strengths[s] * root) ** 2) / 2);
    const mean = (snr + strengths[s] * root * more) / Math.sqrt(1 + more);
    const reaches = weight * normalBelow((mean - PRESENCE_SNR) / Math.sqrt(more / (1 + more)));
    total += weight;
    if (strengths[s] < least) sums.falselyFound += reaches;
    else if (strengths[s] < leastOfNote) {
      sums.trace += weight;
      sums.traceFound += reaches;
    } else {
      sums.there += weight;
      sums.found += reaches;
    }
  }
  if (!(total > 0)) return sums;
  for (const what of Object.keys(sums) as (keyof Presence)[]) sums[what] /= total;
  return sums;
}
