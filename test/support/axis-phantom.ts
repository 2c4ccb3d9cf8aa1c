import { type Edge, type EnergyAxis, energyOf, parseEdge } from '../../protocol/index.ts';
import { edgeFeatures } from '../../server/analysis/energy-axis/edge-features.ts';
import { RandomStream } from '../../server/microscope/random.ts';
import { edgeShape } from './detector-cube.ts';

/** How an edge looks: a plain step, the maximum of the studies 3 eV above it, or white lines where the table has them. */
export const LOOKS = ['step', 'maximum', 'white lines'] as const;
export type Look = (typeof LOOKS)[number];

export interface AxisPhantom {
  /** Edges that are there, with their net signal over noise in the sum and by how much chemistry moves them, eV. */
  edges: { name: string; snr: number; moved?: number }[];
  look: Look;
  /** The axis as filed; in truth energies are `shift` higher and dispersions `1 + stretch` times larger. */
  filed: EnergyAxis;
  channels: number;
  shift: number;
  stretch: number;
  /** Counts in the sum at the middle of the axis, and exponent of the background. */
  counts: number;
  exponent: number;
  /** Share of the background at its begin that falls off over 25 eV besides: the tail of the plasmons. */
  tail?: number;
  gain: number;
  /** Relative deviation of fixed channel gains. */
  pattern?: number;
  smear?: readonly number[];
  seed: number;
}

/** L3 to L2 or M5 to M4, eV (X-ray Data Booklet). */
const SPLITTINGS: Record<string, number> = {
  'Ca-L': 3.5,
  'Ti-L': 5.5,
  'V-L': 7,
  'Cr-L': 8.5,
  'Mn-L': 11,
  'Fe-L': 13,
  'Co-L': 15,
  'Ni-L': 17.2,
  'Cu-L': 20,
  'La-M': 16.8,
};

const peak = (ev: number, at: number, width: number) => Math.exp(-(((ev - at) / width) ** 2) / 2);

/** Near-edge structure `ev` eV of energy loss, of the height of its step. */
function shapeOf(name: string, look: Look, moved: number): (ev: number) => number {
  const { onsetEv, line } = edgeFeatures(name, parseEdge(name).onsetEv);
  const onset = onsetEv + moved;
  const splitting = SPLITTINGS[name];
  if (look === 'step') return (ev) => edgeShape(ev, onset, 0, 1);
  if (look === 'maximum' || splitting === undefined) return (ev) => edgeShape(ev, onset, 1.5, 1.6);
  const first = line.usual + moved;
  return (ev) => edgeShape(ev, first, 0, 1) + 2 * peak(ev, first, 1.1) + peak(ev, first + splitting, 1.4);
}

/** Sum spectrum of a simulated scan, at once: Poisson counts by their normal limit, then point spread, pattern and gain. */
export function axisPhantom(phantom: AxisPhantom): Float64Array {
  const {
    edges,
    look,
    filed,
    channels,
    shift,
    stretch,
    counts,
    exponent,
    tail = 0,
    gain,
    smear = [1],
  } = phantom;
  const random = new RandomStream(phantom.seed, 0, 1);
  const truth = { ...filed, offset: filed.offset + shift, dispersion: filed.dispersion * (1 + stretch) };
  const middle = energyOf(truth, channels / 2);
  const power = (ev: number) => counts * (Math.max(ev, 1) / middle) ** -exponent;
  const begin = energyOf(truth, 0);
  const background = (ev: number) => power(ev) + tail * power(begin) * Math.exp(-(ev - begin) / 25);
  const signals = edges.map(({ name, snr, moved = 0 }) => {
    const shape = shapeOf(name, look, moved);
    const { onsetEv } = parseEdge(name);
    // Height at which the sum over 40 eV from the onset on stands out by `snr`.
    let [net, base] = [0, 0];
    for (let ev = onsetEv + moved; ev < onsetEv + moved + 40; ev += truth.dispersion) {
      net += shape(ev);
      base += background(ev);
    }
    const height = (snr * snr + Math.sqrt(snr ** 4 + 4 * snr * snr * base)) / (2 * net);
    return (ev: number) => height * shape(ev);
  });
  const drawn = Float64Array.from({ length: channels }, (_, i) => {
    const ev = energyOf(truth, i);
    const mean = signals.reduce((sum, signal) => sum + signal(ev), background(ev));
    return Math.max(0, mean + Math.sqrt(mean) * random.normal());
  });
  const half = smear.length >> 1;
  return drawn.map((_, i) => {
    const spread = smear.reduce(
      (sum, weight, k) => sum + weight * drawn[Math.min(Math.max(i + k - half, 0), channels - 1)],
      0,
    );
    return gain * (1 + (phantom.pattern ?? 0) * random.normal()) * spread;
  });
}

/** Energies by which a proposed axis misplaces the onsets of some edges, eV. */
export function axisErrors(
  { filed, shift, stretch }: Pick<AxisPhantom, 'filed' | 'shift' | 'stretch'>,
  axis: { offset: number; dispersion: number },
  edges: readonly Edge[],
): number[] {
  return edges.map(({ onsetEv }) => {
    const channel = (onsetEv - filed.offset - shift) / (filed.dispersion * (1 + stretch));
    return axis.offset + axis.dispersion * channel - onsetEv;
  });
}
