import type { EnergyAxis } from '../../../protocol/index.ts';
import { type AxisClaim, energyAxis, wrongAxis } from '../signals/energy-axis.ts';

/** X values may stray from the declared axis by this part of its length, and by one channel: real files are rounded as much. */
const ROUNDING = 0.01;

const FIELDS = { offset: 'OFFSET', dispersion: 'XPERCHAN', units: 'XUNITS' };

export type MsaAxisClaim = Omit<AxisClaim, 'fields'>;

/**
 * The axis of an MSA file: the declared one, held against the X values where there are any; what is not declared is taken from them.
 * @param energies X values in ascending order, in the file's unit
 * @param descends they stood in descending order in the file
 * @param given by the operator
 * @throws InputError when nothing declares an axis, or X values and header contradict each other
 */
export function msaAxis(
  declared: MsaAxisClaim,
  energies: readonly number[] | undefined,
  descends: boolean,
  given: EnergyAxis | undefined,
): EnergyAxis {
  const claim: AxisClaim = { ...declared, fields: FIELDS };
  if (given || !energies) return energyAxis(claim, given);
  const last = energies.length - 1;
  const step = last > 0 ? (energies[last] - energies[0]) / last : undefined;
  const dispersion = claim.dispersion ?? step;
  const offset = claim.offset ?? energies[0];
  // A header that counts downwards from the highest energy says the same as X values that descend.
  const isDownwards = descends && dispersion !== undefined && dispersion < 0;
  const axis = energyAxis({
    ...claim,
    dispersion: isDownwards ? -dispersion : dispersion,
    offset: isDownwards ? offset + dispersion * last : offset,
  });
  const isDeclared = claim.dispersion !== undefined;
  const unit = axis.dispersion / Math.abs(dispersion as number);
  const most = isDeclared ? axis.dispersion * (1 + ROUNDING * energies.length) : axis.dispersion / 2;
  for (const [channel, x] of energies.entries()) {
    const expected = axis.offset + channel * axis.dispersion;
    if (Math.abs(x * unit - expected) <= most) continue;
    if (!isDeclared)
      throw wrongAxis(
        claim,
        'energies',
        `equal steps of ${axis.dispersion} eV`,
        `${x} as number ${channel + 1}`,
      );
    throw wrongAxis(
      claim,
      'energies',
      `${short(expected)} eV for channel ${channel}, as OFFSET and XPERCHAN say`,
      `${short(x * unit)} eV in the X column: one of the two is wrong`,
    );
  }
  return axis;
}

const short = (value: number): string => String(Number(value.toPrecision(8)));
