import type { ClassSpectra, Edge, EnergyAxis, PixelSpectrum, SumSpectrum } from '../../protocol/index.ts';
import { channelOf, energyOf } from '../../protocol/index.ts';
import { identityOf, labelCss, type ShownEdge } from '../color/class-colours.ts';
import type { SpectrumMode } from './view-state.ts';

export type LineRole = 'spectrum' | 'background' | 'faint' | 'reconstruction' | 'class';

export interface SpectrumLine {
  name: string;
  role: LineRole;
  /** CSS colour of a class. */
  colour?: string;
  /** Identity of the class, so that a selection can dim the others. */
  identity?: number;
  /** Of the other side of a comparison. */
  dashed?: boolean;
  /** As long as the energies; null where the line has a gap (as uPlot expects). */
  values: (number | null)[];
}

export interface SpectrumFigure {
  energies: number[];
  lines: SpectrumLine[];
  /** Part of the energy axis to show, eV. */
  range: [number, number];
}

/** Margin beside the outermost windows, as a share of their span. */
const MARGIN = 0.04;

const axisEnergies = (axis: EnergyAxis, channels: number): number[] =>
  Array.from({ length: channels }, (_, i) => energyOf(axis, i));

const gaps = (length: number): (number | null)[] => new Array<number | null>(length).fill(null);

const wholeRange = (axis: EnergyAxis, channels: number): [number, number] => [
  energyOf(axis, 0),
  energyOf(axis, channels - 1),
];

/** From the first fit window to the end of the last signal window, inside the axis. */
export function windowsRange(edges: readonly Edge[], axis: EnergyAxis, channels: number): [number, number] {
  const whole = wholeRange(axis, channels);
  const inside = edges.filter((edge) => edge.fitWindow[0] < whole[1] && edge.signalWindow[1] > whole[0]);
  if (inside.length === 0) return whole;
  const from = Math.min(...inside.map((edge) => edge.fitWindow[0]));
  const to = Math.max(...inside.map((edge) => edge.signalWindow[1]));
  const margin = MARGIN * (to - from);
  return [Math.max(whole[0], from - margin), Math.min(whole[1], to + margin)];
}

/** The sum of all spectra, shown while no pixel is selected. */
export function sumFigure(sum: SumSpectrum): SpectrumFigure {
  return {
    energies: axisEnergies(sum.energy, sum.counts.length),
    lines: [{ name: 'sum of all spectra', role: 'spectrum', values: sum.counts }],
    range: wholeRange(sum.energy, sum.counts.length),
  };
}

/** One pixel: as recorded with the fitted backgrounds, or one edge's net signal, with its reconstruction by PCA. */
export function pixelFigure(
  spectrum: PixelSpectrum,
  mode: Exclude<SpectrumMode, 'classes' | 'low-loss'>,
  edges: readonly Edge[],
  shownEdge: string | undefined,
): SpectrumFigure {
  const channels = spectrum.raw.length;
  const energies = axisEnergies(spectrum.energy, channels);
  if (mode === 'raw') {
    const backgrounds = spectrum.edges.map((edge): SpectrumLine => {
      const values = gaps(channels);
      edge.background.forEach((count, i) => {
        values[edge.firstChannel + i] = count;
      });
      return { name: `${edge.name} background`, role: 'background', values };
    });
    return {
      energies,
      lines: [{ name: 'as recorded', role: 'spectrum', values: spectrum.raw }, ...backgrounds],
      range: wholeRange(spectrum.energy, channels),
    };
  }
  const shown = edges.filter((edge) => edge.name === shownEdge);
  const part = spectrum.edges.find((edge) => edge.name === shownEdge);
  const net = gaps(channels);
  const reconstruction = gaps(channels);
  part?.counts.forEach((count, i) => {
    net[part.firstChannel + i] = count - part.background[i];
  });
  part?.reconstruction?.counts.forEach((count, i) => {
    reconstruction[(part.reconstruction?.firstChannel ?? 0) + i] = count;
  });
  const lines: SpectrumLine[] =
    mode === 'net'
      ? [{ name: 'net signal', role: 'spectrum', values: net }]
      : [
          { name: 'net signal', role: 'faint', values: net },
          { name: 'PCA reconstruction', role: 'reconstruction', values: reconstruction },
        ];
  return { energies, lines, range: windowsRange(shown, spectrum.energy, channels) };
}

/** The low loss on its own axis, which no edge's window reaches. */
export function lowLossFigure(
  lowLoss: { energy: EnergyAxis; counts: number[] },
  name: string,
): SpectrumFigure {
  const energies = axisEnergies(lowLoss.energy, lowLoss.counts.length);
  return {
    energies,
    lines: [{ name, role: 'spectrum', values: lowLoss.counts }],
    range: [energies[0], energies[energies.length - 1]],
  };
}

/** Mean net spectra of an edge's classes. */
export function classFigure(
  spectra: ClassSpectra,
  state: ShownEdge | undefined,
  edges: readonly Edge[],
): SpectrumFigure {
  const channels = Math.max(0, ...spectra.spectra.map((one) => one.mean.length));
  const lines = spectra.spectra.map((one): SpectrumLine => {
    const identity = identityOf(state?.classes ?? [], one.label);
    return {
      name: `class ${one.label}`,
      role: 'class',
      colour: labelCss(state?.classes ?? [], one.label, ''),
      identity,
      values: one.mean,
    };
  });
  const shown = edges.filter((edge) => edge.name === spectra.edge);
  return {
    energies: axisEnergies(spectra.energy, channels),
    lines,
    range: windowsRange(shown, spectra.energy, channels),
  };
}

/** On a log scale what is not positive is a gap. */
export const positiveOnly = (values: readonly (number | null)[]): (number | null)[] =>
  values.map((value) => (value !== null && value > 0 ? value : null));

/** Value of a line at an energy; undefined in a gap or beside the axis. */
export function valueAt(figure: SpectrumFigure, line: SpectrumLine, energyEv: number): number | undefined {
  const first = figure.energies[0];
  const axis: EnergyAxis = { offset: first, dispersion: figure.energies[1] - first, units: 'eV' };
  return line.values[Math.round(channelOf(axis, energyEv))] ?? undefined;
}
