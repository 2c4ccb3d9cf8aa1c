import { PRESENCE_SNR } from '../edge-signal.ts';
import { normalBelow } from '../normal.ts';
import { exposureKey, exposureOfKey, type PresencePrior, SURE_SNR } from './presence-prior.ts';

const LEAST_SNR = -6;
const STEP = 0.05;
const ENTRIES = Math.round((SURE_SNR - LEAST_SNR) / STEP) + 1;

/** An edge counts as there when its signal would reach the limit with so many dwells more. */
const LONGEST_DWELLS = 8;
/** Less than this part of what pixels with the edge have is a trace, which does not count as the edge. */
const TRACE = 0.1;

/** Whether an edge is there in a pixel, and whether it will be found. */
export interface Presence {
  /** P(the edge is there). */
  there: number;
  /** P(it is there and found after the longer exposure), and P(it is not there and found nevertheless). */
  found: number;
  falselyFound: number;
}

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
    if (snr >= SURE_SNR) return { there: 1, found: 1, falselyFound: 0 };
    const table = this.#table(exposureKey(exposure), dwells);
    const at = 3 * entryOf(snr);
    return { there: table[at], found: table[at + 1], falselyFound: table[at + 2] };
  }

  /** P(the edge is there). */
  there(snr: number, exposure: number): number {
    return snr >= SURE_SNR ? 1 : this.#table(exposureKey(exposure), 1)[3 * entryOf(snr)];
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
    const table = new Float32Array(3 * ENTRIES);
    for (let i = 0; i < ENTRIES; i++) {
      const { there, found, falselyFound } = presenceOf(this.#prior, LEAST_SNR + i * STEP, exposure, dwells);
      table.set([there, found, falselyFound], 3 * i);
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
  const least = Math.max(PRESENCE_SNR / Math.sqrt(exposure + LONGEST_DWELLS), TRACE * prior.typical);
  const seen = Math.max(snr, -PRESENCE_SNR);
  let [total, there, found, falselyFound] = [0, 0, 0, 0];
  // The likeliest strength is taken out, lest all vanish.
  let best = Number.POSITIVE_INFINITY;
  for (const strength of strengths) best = Math.min(best, (seen - strength * root) ** 2);
  for (let s = 0; s < strengths.length; s++) {
    const weight = shares[s] * Math.exp((best - (seen - strengths[s] * root) ** 2) / 2);
    const mean = (snr + strengths[s] * root * more) / Math.sqrt(1 + more);
    const reaches = weight * normalBelow((mean - PRESENCE_SNR) / Math.sqrt(more / (1 + more)));
    total += weight;
    if (strengths[s] >= least) {
      there += weight;
      found += reaches;
    } else falselyFound += reaches;
  }
  if (!(total > 0)) return { there: 0, found: 0, falselyFound: 0 };
  return { there: there / total, found: found / total, falselyFound: falselyFound / total };
}
