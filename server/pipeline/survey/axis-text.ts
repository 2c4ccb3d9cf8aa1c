import {
  type AxisEvidence,
  appliedAxis,
  type Calibration,
  DOUBTED_GAIN,
  type EnergyAxis,
  energyOption,
  type Scan,
} from '../../../protocol/index.ts';
import type { RaisedAlert } from '../raised-alert.ts';

export const AXIS_ALERT = 'axis';

/** `O-K peak at 518.2 instead of 528.5–533 eV`. */
const place = ({ edge, feature, found, expected: [low, high] }: AxisEvidence) =>
  `${edge} ${feature} at ${found.toFixed(1)} instead of ${low}–${high} eV`;

const plain = (value: number) => Number(value.toPrecision(7));

const text = ({ offset, dispersion }: Pick<EnergyAxis, 'offset' | 'dispersion'>) =>
  `${plain(offset)} + ${plain(dispersion)}·i`;

/**
 * Alert about the energy axis; none where it fits or nothing is known.
 * @param inForce the axis that edges are read on
 */
export function axisAlert(
  { name }: Pick<Scan, 'name'>,
  { verdict, proposed, evidence, filed, gain }: Omit<Calibration, 'epoch'>,
  inForce: EnergyAxis,
): RaisedAlert | undefined {
  if (inForce.offset !== filed.offset || inForce.dispersion !== filed.dispersion)
    return {
      id: AXIS_ALERT,
      severity: 'info',
      message: `${name}: the edges are read on the energy axis ${text(inForce)} eV instead of ${text(filed)} as filed.`,
      tip: `The same from the start: ${energyOption(inForce)}`,
      axis: { label: `Back to ${text(filed)}`, offset: filed.offset, dispersion: filed.dispersion },
    };
  if (verdict === 'proposed' && proposed) {
    const axis = appliedAxis(proposed);
    const { offset, dispersion, sigma } = proposed;
    return {
      id: AXIS_ALERT,
      severity: 'warning',
      message:
        `${name}: the energy axis does not fit the edges: ${evidence.map(place).join(', ')}. ` +
        `They fit ${offset.toFixed(2)} eV + ${dispersion.toFixed(6)} eV per channel, known to ±${sigma.toFixed(1)} eV ` +
        `(as filed ${plain(filed.offset)} and ${plain(filed.dispersion)}).`,
      tip: `To analyse on that axis: ${energyOption(proposed)}, or --calibrate auto`,
      axis: { label: `Apply ${text(axis)}`, offset: axis.offset, dispersion: axis.dispersion },
    };
  }
  if (verdict === 'unknown' && gain >= DOUBTED_GAIN)
    return {
      id: AXIS_ALERT,
      severity: 'warning',
      message: `${name}: the energy axis may be wrong: what stands out in the sum of the spectra does not fit the edges where they are expected, and fits them elsewhere in several ways.`,
      tip: 'Request more edges of the specimen, or give the axis with --energy offset,dispersion',
    };
  return undefined;
}
