import { type EnergyAxis, energyOf } from '../../../protocol/index.ts';

/** The zero-loss peak is sought within this distance of 0, eV. */
const REACH_EV = 10;

/**
 * Full width at half maximum of the zero-loss peak, eV, by linear interpolation between channels: the energy resolution of
 * a scan, drift over its sum included.
 * @returns undefined where there is no peak that falls to a half on both sides
 */
export function zeroLossWidth(counts: ArrayLike<number>, axis: EnergyAxis): number | undefined {
  let top = -1;
  for (let i = 0; i < counts.length; i++)
    if (Math.abs(energyOf(axis, i)) <= REACH_EV && counts[i] > (counts[top] ?? 0)) top = i;
  if (top < 0) return undefined;
  const half = counts[top] / 2;
  const crossing = (step: 1 | -1): number | undefined => {
    for (let i = top; i + step >= 0 && i + step < counts.length; i += step)
      if (counts[i + step] < half) return i + (step * (counts[i] - half)) / (counts[i] - counts[i + step]);
    return undefined;
  };
  const [left, right] = [crossing(-1), crossing(1)];
  if (left === undefined || right === undefined) return undefined;
  return (right - left) * axis.dispersion;
}
