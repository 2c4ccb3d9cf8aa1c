import type { ClassSpectra, EnergyAxis } from '../../../protocol/index.ts';
import { channelOf, energyOf } from '../../../protocol/index.ts';
import type { ShownEdge } from '../../color/class-colours.ts';
import type { SpectrumFigure, SpectrumLine } from '../spectrum-series.ts';
import { classFigure } from '../spectrum-series.ts';

/** Class means of one side, with the state that has their colours. */
export interface SideSpectra {
  spectra: ClassSpectra;
  state: ShownEdge | undefined;
}

/** Axes that differ by less than this share of a channel over their whole length are one axis. */
const SAME = 0.02;

/**
 * Mean spectra of A, and dashed those of B on A's axis: where B has another one, its counts are interpolated linearly, and are per
 * channel of A.
 */
export function comparisonFigure(
  a: SideSpectra | undefined,
  b: SideSpectra | undefined,
): SpectrumFigure | undefined {
  const first = a ?? b;
  if (first === undefined) return undefined;
  const figure = classFigure(first.spectra, first.state, []);
  const named = (lines: readonly SpectrumLine[], side: string, dashed: boolean) =>
    lines.map((line) => ({ ...line, name: `${side} ${line.name}`, ...(dashed && { dashed }) }));
  if (a === undefined) return { ...figure, lines: named(figure.lines, 'B', true) };
  const lines = named(figure.lines, 'A', false);
  if (b === undefined) return { ...figure, lines };
  const other = classFigure(b.spectra, b.state, []);
  const moved = other.lines.map((line) => ({
    ...line,
    values: onAxis(line.values, b.spectra.energy, a.spectra.energy, figure.energies.length),
  }));
  return { ...figure, lines: [...lines, ...named(moved, 'B', true)] };
}

function onAxis(
  values: readonly (number | null)[],
  own: EnergyAxis,
  axis: EnergyAxis,
  channels: number,
): (number | null)[] {
  const ends = [channelOf(own, energyOf(axis, 0)), channelOf(own, energyOf(axis, channels - 1))];
  const isSame = Math.abs(ends[0]) < SAME && Math.abs(ends[1] - (channels - 1)) < SAME;
  const perChannel = axis.dispersion / own.dispersion;
  return Array.from({ length: channels }, (_, i) => {
    if (isSame) return values[i] ?? null;
    const at = channelOf(own, energyOf(axis, i));
    const below = Math.floor(at);
    const [low, high] = [values[below] ?? null, values[below + 1] ?? null];
    if (low === null || high === null) return null;
    return (low + (at - below) * (high - low)) * perChannel;
  });
}
