import type { AxisCalibration, Edge, EnergyAxis } from '../../protocol/index.ts';

export interface AxisInput {
  /** Sum of the spectra, per channel. */
  counts: Float64Array;
  /** Spectra in the sum. */
  spectra: number;
  /** As filed. */
  energy: EnergyAxis;
  /** Those asked for. */
  edges: readonly Edge[];
  /** Variance over mean of the counts. */
  gain: number;
  /** Correlation of channels 1, 2, … apart. */
  correlation?: readonly number[];
  /** Non-zero where a channel is dead or hot. */
  bad: Uint8Array;
}

/** Looks for the edges along the whole axis, and for the axis they fit best. */
export function calibrateAxis(_input: AxisInput): AxisCalibration {
  return { verdict: 'unknown', evidence: [], gain: 0, lead: 0 };
}
