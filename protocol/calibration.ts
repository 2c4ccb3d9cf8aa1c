import type { EnergyAxis } from './scan.ts';

/** What is done about an energy axis that does not fit the edges: nothing, say so, or apply the better one. */
export const CALIBRATE_METHODS = ['off', 'propose', 'auto'] as const;
export type CalibrateMethod = (typeof CALIBRATE_METHODS)[number];

/** A feature of an edge that was found in the sum spectrum, under the edge it is taken for. */
export interface AxisEvidence {
  edge: string;
  /** Whether the edge was asked for; others of the table count for less. */
  asked: boolean;
  feature: 'onset' | 'peak';
  /** Where it may lie, whatever the chemistry, eV. */
  expected: [number, number];
  /** Where it lies on the axis as filed, eV, and the standard deviation of that. */
  found: number;
  sigma: number;
  /** Its height over noise. */
  snr: number;
}

/** An energy axis that fits better than the one as filed. */
export interface ProposedAxis {
  offset: number;
  dispersion: number;
  /** Standard deviation of an energy on it, the largest among the onsets it was found from, eV. */
  sigma: number;
}

/** An axis fits better than the one as filed when the gain of another reaches this (20 to 1). */
export const DOUBTED_GAIN = 3;

export interface AxisCalibration {
  /** `unknown`: no edge stands out, or what does can be explained in several ways. */
  verdict: 'as filed' | 'proposed' | 'unknown';
  /** With the verdict `proposed` alone. */
  proposed?: ProposedAxis;
  evidence: AxisEvidence[];
  /** Log-likelihood ratios of the best axis: over the one as filed, and over the best that differs from it. */
  gain: number;
  lead: number;
}

/** How well the energy axis fits the edges, by the sum of the spectra so far. */
export interface Calibration extends AxisCalibration {
  type: 'calibration';
  epoch: number;
  spectra: number;
  /** As filed (or as asked with `--energy`). */
  filed: EnergyAxis;
}

/** The axis as one would type it; a value that begins with a dash has to be joined to its option. */
export function energyOption({ offset, dispersion }: Pick<EnergyAxis, 'offset' | 'dispersion'>): string {
  const value = `${Number(offset.toFixed(2))},${Number(dispersion.toFixed(6))}`;
  return value.startsWith('-') ? `--energy=${value}` : `--energy ${value}`;
}

/** A proposed axis as it is applied: with the digits of `energyOption`, so that both give the same. */
export const appliedAxis = ({
  offset,
  dispersion,
}: Pick<EnergyAxis, 'offset' | 'dispersion'>): EnergyAxis => ({
  offset: Number(offset.toFixed(2)),
  dispersion: Number(dispersion.toFixed(6)),
  units: 'eV',
});
