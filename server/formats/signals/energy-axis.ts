import { type EnergyAxis, InputError } from '../../../protocol/index.ts';
import { energyUnit } from './energy-unit.ts';

/** What a header says of its energy axis, before it is known to be one. */
export interface AxisClaim {
  /** The file, for messages. */
  place: string;
  /** What the header calls the three, for messages. */
  fields: { offset: string; dispersion: string; units: string };
  /** Energy of the first channel; undefined where it is missing, NaN where it is no number. */
  offset: number | undefined;
  /** Distance of two channels, likewise. */
  dispersion: number | undefined;
  /** Empty where it is missing. */
  units: string;
  /** The file calls its spectra EELS. If it does not, keV speak of X-rays. */
  isEels: boolean;
  /** Left out where the operator has no way to give the axis, as for reference spectra. */
  canBeGiven?: boolean;
}

/** What to do about an axis that a header has wrong. */
export const GIVE_ENERGY =
  'type --energy offset,dispersion (eV of the first channel, eV per channel) to put an axis in its place';

/**
 * The energy axis of a header, in eV; the one place where all formats get it from.
 * @param given by the operator: then nothing of the header's axis matters, right or wrong
 * @throws InputError naming the field that does not hold, and what to do
 */
export function energyAxis(claim: AxisClaim, given?: EnergyAxis): EnergyAxis {
  if (given) return given;
  const { fields, isEels } = claim;
  const units = claim.units.replace(/\p{Cc}/gu, ' ').trim();
  const factor = energyUnit(units);
  if (factor === undefined)
    throw wrongAxis(
      claim,
      fields.units,
      'eV, the unit of an energy loss',
      units === '' ? 'no unit' : `"${units.slice(0, 60)}"`,
    );
  if (factor === 1000 && !isEels)
    throw wrongAxis(
      claim,
      fields.units,
      'eV',
      `"${units.slice(0, 60)}", which X-rays have, and nothing that says EELS`,
    );
  const dispersion = numberIn(claim, 'dispersion', 'a dispersion above 0, in eV per channel') * factor;
  if (!(dispersion > 0 && Number.isFinite(dispersion)))
    throw wrongAxis(
      claim,
      fields.dispersion,
      'a dispersion above 0, in eV per channel',
      dispersion < 0
        ? `${dispersion}: spectra whose energies descend have to be saved in ascending order`
        : `${dispersion}`,
    );
  const offset = numberIn(claim, 'offset', 'a number, the energy of the first channel in eV') * factor;
  // Also false for an offset that is beyond all numbers in eV.
  if (!(offset + dispersion > offset))
    throw wrongAxis(
      claim,
      fields.offset,
      `an energy of the first channel that a step of ${dispersion} eV changes`,
      `${offset}`,
    );
  return { offset, dispersion, units: 'eV' };
}

function numberIn(claim: AxisClaim, part: 'offset' | 'dispersion', expected: string): number {
  const value = claim[part];
  if (value === undefined) throw wrongAxis(claim, claim.fields[part], expected, 'none');
  if (!Number.isFinite(value))
    throw wrongAxis(
      claim,
      claim.fields[part],
      expected,
      'no number that is clear (a decimal sign is a point)',
    );
  return value;
}

/** An axis that does not hold, in words that say what to do. */
export function wrongAxis(
  { place, canBeGiven = true }: Pick<AxisClaim, 'place' | 'canBeGiven'>,
  field: string,
  expected: string,
  found: string,
): InputError {
  return new InputError(
    place,
    field,
    `expected ${expected}, found ${found}${canBeGiven ? `; ${GIVE_ENERGY}` : ''}`,
  );
}
