import { type EnergyAxis, energyOf } from '../../../protocol/index.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import type { ClassDamage } from './damage-check.ts';

/** Alert text about classes that changed in later exposures; undefined without any. */
export function damageText(
  damage: readonly ClassDamage[],
  energy: EnergyAxis,
  { firstChannel }: EdgeWindow,
): string | undefined {
  const changed = damage.filter((one) => one.changed);
  if (changed.length === 0) return undefined;
  const each = changed.map(({ label, chiSquared, channel, relative, slope }) => {
    const percent = `${relative > 0 ? '+' : '−'}${Math.abs(100 * relative).toPrecision(2)} %`;
    const at = energyOf(energy, firstChannel + channel).toFixed(1);
    const trend =
      slope && Math.abs(slope.slope) > 2 * slope.sigma
        ? `, signal ${slope.slope > 0 ? '+' : '−'}${Math.abs(100 * slope.slope).toPrecision(2)} % per dwell`
        : '';
    return `class ${label} changed between the passes: ${percent} at ${at} eV (χ² per channel ${chiSquared.toPrecision(2)}${trend})`;
  });
  return `${each.join('; ')}; damage by the beam, or a specimen that moved`;
}
