import { type Calibration, DOUBTED_GAIN, type EnergyAxis, energyOption } from '../../../protocol/index.ts';

/** Text and tooltip about a doubted energy axis at the foot of the page; undefined for an axis that is not doubted. */
export function axisWords(
  { verdict, proposed, evidence, gain, filed }: Calibration,
  inForce: EnergyAxis,
): { text: string; title: string } | undefined {
  if (inForce.offset !== filed.offset || inForce.dispersion !== filed.dispersion)
    return {
      text: `axis: ${energyOption(inForce)}`,
      title: `The edges are read on another energy axis than the one as filed (${energyOption(filed)})`,
    };
  if (verdict === 'proposed' && proposed)
    return {
      text: `axis off: ${energyOption(proposed)}`,
      title: evidence
        .map(
          ({ edge, feature, found, expected: [low, high] }) =>
            `${edge}: ${feature} at ${found.toFixed(1)} eV, expected at ${low}–${high} eV`,
        )
        .concat(`The proposed axis is known to ±${proposed.sigma.toFixed(1)} eV`)
        .join('\n'),
    };
  if (verdict === 'unknown' && gain >= DOUBTED_GAIN)
    return { text: 'axis doubtful', title: 'The edges do not lie where they are expected' };
  return undefined;
}
