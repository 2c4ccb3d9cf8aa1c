import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { channelOf, type Edge, type EnergyAxis, energyOf, parseEdges } from '../../protocol/index.ts';
import { encodeNpy } from '../formats/numpy.ts';
import { PHASES, SCATTERING } from './cross-sections.ts';
import { type SimulatedScan, VACUUM_BELOW_NM } from './scan.ts';
import { opticalThickness } from './spectrum.ts';

/** What the simulated specimen is made of, pixel by pixel (row-major). */
export interface GroundTruth {
  shape: [number, number];
  /** Index into PHASES of the phase with the largest projected thickness, −1 for vacuum. */
  phase: Int16Array;
  /** Its share of the projected thickness; 1 in vacuum. */
  purity: Float32Array;
  /** t/λ */
  thickness: Float32Array;
  edges: {
    edge: Edge;
    /** Index into PHASES of the phase that gives most of the edge's signal, −1 where the edge cannot be detected. */
    labels: Int16Array;
  }[];
}

/** Net signal over its noise from which an edge counts as present. */
const DETECTABLE = 3;

/**
 * The noise-free truth of a scan. An edge is present where the expected net counts in its signal window over their
 * noise, I_k / √(gain · (I_k + h·I_b)), reach 3 over all passes; h = 1 + I_b·[1/M + (x̄_S − x̄_E)²/(M s²)] is the
 * cost of extrapolating the background from the fit window by Poisson maximum likelihood (Egerton 1982 with the
 * variance of that estimator): M counts in the fit window, x = ln E, x̄_E and s² their mean and variance over it, x̄_S the mean
 * over the signal window, weighted with the background.
 */
export function groundTruth(scan: SimulatedScan, edges: Edge[] = parseEdges('Si-L,C-K,O-K')): GroundTruth {
  const pixels = scan.shape[0] * scan.shape[1];
  const truth: GroundTruth = {
    shape: scan.shape,
    phase: new Int16Array(pixels).fill(-1),
    purity: new Float32Array(pixels).fill(1),
    thickness: new Float32Array(pixels),
    edges: edges.map((edge) => ({ edge, labels: new Int16Array(pixels).fill(-1) })),
  };
  const { channels, energy } = scan.model.core;
  const total = new Float64Array(channels);
  const signal = new Float64Array(channels);
  const electrons = scan.electrons * scan.passes;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const thickness = scan.thickness(pixel);
    const sum = thickness.reduce((a, b) => a + b);
    truth.thickness[pixel] = opticalThickness(thickness);
    if (sum >= VACUUM_BELOW_NM) {
      const largest = thickness.reduce((best, value, p) => (value > thickness[best] ? p : best), 0);
      truth.phase[pixel] = largest;
      truth.purity[pixel] = thickness[largest] / sum;
    }
    scan.model.coreLoss(thickness, 0, total);
    for (const { edge, labels } of truth.edges) {
      const window = channelsIn(edge.signalWindow, energy, channels);
      const shares = PHASES.map((name, phase) => {
        if (thickness[phase] <= 0 || !SCATTERING[name].edges.some((own) => own.edge === edge.name)) return 0;
        scan.model.edgeSignal(thickness, edge.name, phase, signal);
        return sumOf(signal, window);
      });
      const net = shares.reduce((a, b) => a + b);
      if (detectability(total, net, edge, energy, electrons) / Math.sqrt(scan.noise.gain) >= DETECTABLE)
        labels[pixel] = shares.indexOf(Math.max(...shares));
    }
  }
  return truth;
}

/** Channels [from, to) whose centres lie in an energy window. */
function channelsIn(
  [from, to]: readonly [number, number],
  energy: EnergyAxis,
  channels: number,
): [number, number] {
  const bound = (e: number) => Math.min(channels, Math.max(0, Math.ceil(channelOf(energy, e))));
  return [bound(from), bound(to)];
}

function sumOf(values: Float64Array, [from, to]: [number, number]): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i];
  return sum;
}

/** Expected net signal over noise; spectra per incident electron, `net` the edge's part in its signal window. */
function detectability(
  total: Float64Array,
  net: number,
  edge: Edge,
  energy: EnergyAxis,
  electrons: number,
): number {
  if (!(net > 0)) return 0;
  const [fitFrom, fitTo] = channelsIn(edge.fitWindow, energy, total.length);
  const [from, to] = channelsIn(edge.signalWindow, energy, total.length);
  const fit = logMoments(total, fitFrom, fitTo, energy);
  const background = sumOf(total, [from, to]) - net;
  const over = logMoments(total, from, to, energy);
  if (!(fit.sum > 0) || !(fit.variance > 0) || !(background > 0)) return 0;
  const counts = electrons * fit.sum;
  const h = 1 + electrons * background * (1 / counts + (over.mean - fit.mean) ** 2 / (counts * fit.variance));
  return (electrons * net) / Math.sqrt(electrons * (net + h * background));
}

/** Sum of a spectrum over channels, and mean and variance of ln E weighted with it. */
function logMoments(
  spectrum: Float64Array,
  from: number,
  to: number,
  energy: EnergyAxis,
): { sum: number; mean: number; variance: number } {
  let sum = 0;
  let first = 0;
  let second = 0;
  for (let i = from; i < to; i++) {
    const x = Math.log(energyOf(energy, i));
    sum += spectrum[i];
    first += spectrum[i] * x;
    second += spectrum[i] * x * x;
  }
  const mean = first / sum;
  return { sum, mean, variance: second / sum - mean * mean };
}

/** Writes `phase.npy`, `purity.npy`, `thickness.npy`, one `<edge>.npy` each, and `truth.json` that names the numbers. */
export async function saveTruth(directory: string, scan: SimulatedScan, truth: GroundTruth): Promise<void> {
  await mkdir(directory, { recursive: true });
  const save = (name: string, data: Int16Array | Float32Array) =>
    writeFile(join(directory, `${name}.npy`), encodeNpy(data, truth.shape));
  await save('phase', truth.phase);
  await save('purity', truth.purity);
  await save('thickness', truth.thickness);
  for (const { edge, labels } of truth.edges) await save(edge.name, labels);
  const description = {
    simulated: true,
    shape: truth.shape,
    seed: scan.seed,
    phases: PHASES,
    absent: -1,
    edges: truth.edges.map(({ edge }) => edge),
    detectableFrom: DETECTABLE,
    vacuumBelowNm: VACUUM_BELOW_NM,
    electronsPerPixel: scan.electrons * scan.passes,
    noise: scan.noise,
    driftEv: scan.driftEv,
    files: {
      phase: 'phase with the largest share of the projected thickness, -1 vacuum',
      purity: 'that share',
      thickness: 't/lambda',
      '<edge>': 'phase that gives most of the signal of the edge, -1 where it cannot be detected',
    },
  };
  await writeFile(join(directory, 'truth.json'), `${JSON.stringify(description, undefined, 2)}\n`);
}
