import * as v from 'valibot';
import { number, numbers, pair, word } from './values.ts';

/** Whether two class maps are related, as far as can be said: neighbours are alike, so pixels are not independent. */
export const informationVerdict = word(
  'related',
  /** No more information than maps as smooth as these have by chance. */
  'not shown',
  'explained by thickness',
  'too few independent areas',
  'one class',
);

/**
 * Mutual information of two edges' class maps in nats; absence (−1) is a class of its own. `counts` and `pointwise`
 * are `rows.length × columns.length`; a pointwise term is (n_ij/N)·ln(n_ij·N/(n_i·n_j)), 0 where n_ij = 0, and they add
 * up to `mi`.
 */
export const pairInformation = v.object({
  type: v.literal('information'),
  epoch: number,
  a: v.string(),
  b: v.string(),
  revisions: pair,
  pixels: number,
  mi: number,
  /** The same over the pixels where both edges are present. */
  miBothPresent: number,
  /** Adjusted for what pixels in random order would have, 0 … 1; smoothness of the maps is not taken into account. */
  ami: number,
  /** `mi` less what unrelated maps as smooth as these have on average; may be below 0. */
  corrected: number,
  /** Probability of at least `mi` between unrelated maps as smooth as these; absent where it is not known. */
  pValue: v.exactOptional(number),
  /** Pixels over the design effect: how many independent areas the maps have. */
  effectivePixels: number,
  /** Side of the window of the local map, pixels. */
  localWindow: number,
  /** What is left within thirds of the pixels by thickness; absent without thickness. */
  conditional: v.exactOptional(
    v.object({ mi: number, corrected: number, unconditional: number, pValue: number }),
  ),
  verdict: informationVerdict,
  rows: numbers,
  columns: numbers,
  counts: v.array(numbers),
  pointwise: v.array(numbers),
  /** Excess of each count over unrelated maps, in standard deviations of maps as smooth as these. */
  z: v.array(numbers),
  /** |z| from which a cell counts as more than chance. */
  zCritical: number,
  /**
   * Candidates for co-occurrence, strongest first: classes (absence left out) with an excess above `zCritical` in at
   * least ten independent areas. `pmi` is ln(n_ij·N/(n_i·n_j)), `pmiLower` its lower limit at 97.5 %.
   */
  pairs: v.array(
    v.object({ a: number, b: number, count: number, pmi: number, pmiLower: number, npmi: number, z: number }),
  ),
});
