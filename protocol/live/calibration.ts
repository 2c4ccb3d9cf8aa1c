import * as v from 'valibot';
import { energyAxis } from './scan.ts';
import { number, pair, word } from './values.ts';

/** A feature of an edge that was found in the sum spectrum, under the edge it is taken for. */
export const axisEvidence = v.object({
  edge: v.string(),
  /** Whether the edge was asked for; others of the table count for less. */
  asked: v.boolean(),
  feature: word('onset', 'peak'),
  /** Where it may lie, whatever the chemistry, eV. */
  expected: pair,
  /** Where it lies on the axis as filed, eV, and the standard deviation of that. */
  found: number,
  sigma: number,
  /** Its height over noise. */
  snr: number,
});

/** An energy axis that fits better than the one as filed. */
export const proposedAxis = v.object({
  offset: number,
  dispersion: number,
  /** Standard deviation of an energy on it, the largest among the onsets it was found from, eV. */
  sigma: number,
});

export const axisCalibration = v.object({
  /** `unknown`: no edge stands out, or what does can be explained in several ways. */
  verdict: word('as filed', 'proposed', 'unknown'),
  /** With the verdict `proposed` alone. */
  proposed: v.exactOptional(proposedAxis),
  evidence: v.array(axisEvidence),
  /** Log-likelihood ratios of the best axis: over the one as filed, and over the best that differs from it. */
  gain: number,
  lead: number,
});

/** How well the energy axis fits the edges, by the sum of the spectra so far. */
export const calibration = v.object({
  type: v.literal('calibration'),
  epoch: number,
  spectra: number,
  /** As filed (or as asked with `--energy`). */
  filed: energyAxis,
  ...axisCalibration.entries,
});
