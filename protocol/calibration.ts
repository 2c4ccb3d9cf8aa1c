import type { InferOutput } from 'valibot';
import type * as calibration from './live/calibration.ts';
import type { EnergyAxis } from './scan.ts';

/** What is done about an energy axis that does not fit the edges: nothing, say so, or apply the better one. */
export const CALIBRATE_METHODS = ['off', 'propose', 'auto'] as const;
export type CalibrateMethod = (typeof CALIBRATE_METHODS)[number];

export type AxisEvidence = InferOutput<typeof calibration.axisEvidence>;
export type ProposedAxis = InferOutput<typeof calibration.proposedAxis>;
export type AxisCalibration = InferOutput<typeof calibration.axisCalibration>;
export type Calibration = InferOutput<typeof calibration.calibration>;

/** An axis fits better than the one as filed when the gain of another reaches this (20 to 1). */
export const DOUBTED_GAIN = 3;

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
