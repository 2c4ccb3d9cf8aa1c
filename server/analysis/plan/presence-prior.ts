import { PRESENCE_SNR } from '../background/edge-signal.ts';

/** How strong an edge is in the pixels of a scan. */
export interface PresencePrior {
  /** S/N that a pixel would have after one dwell; the first is 0. */
  strengths: Float64Array;
  /** Share of the pixels that have each, of those in which the edge is not beyond doubt. */
  shares: Float64Array;
  /** Half of the signal of the pixels in which it was found lies in pixels as strong; 0 where there are none. */
  usual: number;
}

/** S/N from which on there is no doubt. */
export const SURE_SNR = 9;
const LEAST_SNR = -6;
const BIN = 0.25;
const BINS = (SURE_SNR - LEAST_SNR) / BIN;
/** Grid of strengths: 0, and these, each a fifth above the one before. */
const WEAKEST = 0.25;
const STEP = 1.2;
const STRENGTHS = 24;
const ROUNDS = 60;

/**
 * The distribution of strengths that makes the S/N map most likely: each S/N is √exposure times the strength, with noise 1.
 * Expectation maximisation over a grid of strengths (Kiefer and Wolfowitz's estimate of a mixture), in bins of S/N.
 * @param snr NaN where not measured
 */
export function presencePrior(snr: Float32Array, exposure: Float32Array): PresencePrior {
  const strengths = Float64Array.from({ length: STRENGTHS + 1 }, (_, i) =>
    i === 0 ? 0 : WEAKEST * STEP ** (i - 1),
  );
  const shares = new Float64Array(strengths.length).fill(1 / strengths.length);
  const groups = binned(snr, exposure);
  const total = groups.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const usual = usualStrength(snr, exposure);
  if (total === 0) return { strengths, shares, usual };
  const likelihoods = groups.map((group) => likelihoodsOf(group, strengths));
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(shares.length);
    for (const { counts, table } of likelihoods)
      for (let bin = 0; bin < BINS; bin++) {
        if (counts[bin] === 0) continue;
        let sum = 0;
        for (let s = 0; s < shares.length; s++) sum += shares[s] * table[bin * shares.length + s];
        if (!(sum > 0)) continue;
        for (let s = 0; s < shares.length; s++)
          next[s] += (counts[bin] * shares[s] * table[bin * shares.length + s]) / sum;
      }
    const all = next.reduce((a, b) => a + b, 0);
    for (let s = 0; s < shares.length; s++) shares[s] = next[s] / all;
  }
  return { strengths, shares, usual };
}

/** Weighted by the signal, so that traces that are found nearly everywhere at a high dose do not outvote what has the edge. */
export function usualStrength(snr: Float32Array, exposure: Float32Array): number {
  const found = snr
    .map((seen, pixel) =>
      seen >= PRESENCE_SNR && exposure[pixel] > 0 ? seen / Math.sqrt(exposure[pixel]) : 0,
    )
    .filter((strength) => strength > 0)
    .sort();
  let left = found.reduce((sum, strength) => sum + strength, 0) / 2;
  for (const strength of found) {
    left -= strength;
    if (left <= 0) return strength;
  }
  return 0;
}

interface ExposureGroup {
  /** √exposure. */
  root: number;
  counts: Float64Array;
}

/** S/N in bins, pixels of like exposure together. */
function binned(snr: Float32Array, exposure: Float32Array): ExposureGroup[] {
  const groups = new Map<number, ExposureGroup>();
  for (let p = 0; p < snr.length; p++) {
    if (Number.isNaN(snr[p]) || !(exposure[p] > 0) || snr[p] >= SURE_SNR) continue;
    const key = exposureKey(exposure[p]);
    let group = groups.get(key);
    if (!group) {
      group = { root: Math.sqrt(exposureOfKey(key)), counts: new Float64Array(BINS) };
      groups.set(key, group);
    }
    group.counts[Math.min(Math.max(Math.floor((snr[p] - LEAST_SNR) / BIN), 0), BINS - 1)]++;
  }
  return [...groups.values()];
}

/** Exposures that differ by less than 4 % are taken for one. */
export const exposureKey = (exposure: number): number => Math.round(16 * Math.log2(exposure));
export const exposureOfKey = (key: number): number => 2 ** (key / 16);

/** Likelihood of each bin's S/N under each strength; what a scan without a signal lacks of S/N counts as 0 of it. */
function likelihoodsOf({ root, counts }: ExposureGroup, strengths: Float64Array) {
  const table = new Float64Array(BINS * strengths.length);
  for (let bin = 0; bin < BINS; bin++) {
    const x = Math.max(LEAST_SNR + (bin + 0.5) * BIN, -PRESENCE_SNR);
    strengths.forEach((strength, s) => {
      table[bin * strengths.length + s] = Math.exp(-((x - strength * root) ** 2) / 2);
    });
  }
  return { counts, table };
}
