import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  channelOf,
  type Edge,
  type EnergyAxis,
  type EnergyWindow,
  energyOf,
  parseEdges,
} from '../../protocol/index.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { encodeNpy } from '../formats/numpy/numpy.ts';
import { PHASES } from './cross-sections.ts';
import { type SimulatedScan, VACUUM_BELOW_NM } from './scan.ts';
import type { Spectrometer } from './spectrometer.ts';
import { opticalThickness, totalThickness } from './spectrum.ts';

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
export const DETECTABLE = 3;
export const TRUTH_EDGES = 'Si-L,C-K,O-K';

/**
 * The noise-free truth of a scan. An edge is present where the expected net counts in its signal window over their
 * noise, I_k / √(gain · (I_k + h·I_b)), reach 3 over all passes; h = 1 + I_b·[1/M + (x̄_S − x̄_E)²/(M s²)] is the
 * cost of extrapolating the background from the fit window by Poisson maximum likelihood (Egerton 1982 with the
 * variance of that estimator): M counts in the fit window, x = ln E, x̄_E and s² its mean and variance over that
 * window and x̄_S its mean over the signal window, weighted with the background. Net counts and background are those
 * of the model, drift left out; an edge that no phase has is absent everywhere.
 */
export function groundTruth(scan: SimulatedScan, edges: Edge[] = parseEdges(TRUTH_EDGES)): GroundTruth {
  const pixels = scan.shape[0] * scan.shape[1];
  const truth: GroundTruth = {
    shape: scan.shape,
    phase: new Int16Array(pixels).fill(-1),
    purity: new Float32Array(pixels).fill(1),
    thickness: new Float32Array(pixels),
    edges: edges.map((edge) => ({ edge, labels: new Int16Array(pixels).fill(-1) })),
  };
  const electrons = (scan.electrons * scan.passes) / scan.noise.gain;
  const classifiers = edges.map((edge) => edgeClassifier(scan, edge, electrons));
  for (let pixel = 0; pixel < pixels; pixel++) {
    const thickness = scan.thickness(pixel);
    const total = totalThickness(thickness);
    truth.thickness[pixel] = opticalThickness(thickness);
    if (total >= VACUUM_BELOW_NM) {
      const largest = thickness.indexOf(Math.max(...thickness));
      truth.phase[pixel] = largest;
      truth.purity[pixel] = thickness[largest] / total;
    }
    truth.edges.forEach(({ labels }, e) => {
      labels[pixel] = classifiers[e](thickness);
    });
  }
  return truth;
}

/** The class of one edge at a pixel: the phase that gives most of its signal, −1 where it cannot be detected. */
function edgeClassifier(
  { model }: SimulatedScan,
  edge: Edge,
  electrons: number,
): (thicknessNm: Float32Array) => number {
  const sums = model.coreSums([
    ...logMomentWeights(model.core, edge.fitWindow),
    ...logMomentWeights(model.core, edge.signalWindow).slice(0, 2),
  ]);
  const SIGNAL = 3;
  const SIGNAL_LOG = 4;
  const own = model.edges
    .map((candidate, index) => ({ ...candidate, index }))
    .filter((candidate) => candidate.edge === edge.name);
  return (thicknessNm) => {
    const { totals, ofEdges } = sums(thicknessNm);
    let net = 0;
    let netLog = 0;
    let strongest = -1;
    let best = 0;
    for (const { index, phase } of own) {
      const part = ofEdges[index][SIGNAL];
      net += part;
      netLog += ofEdges[index][SIGNAL_LOG];
      if (part > best) {
        best = part;
        strongest = phase;
      }
    }
    const background = totals[SIGNAL] - net;
    const fitted = totals[0];
    if (!(net > 0 && background > 0 && fitted > 0)) return -1;
    const mean = totals[1] / fitted;
    const variance = totals[2] / fitted - mean * mean;
    const distance = (totals[SIGNAL_LOG] - netLog) / background - mean;
    const h = 1 + (background / fitted) * (1 + (distance * distance) / variance);
    return net * Math.sqrt(electrons / (net + h * background)) >= DETECTABLE ? strongest : -1;
  };
}

/** Weights whose sums over a spectrum are its counts, counts · ln E and counts · ln² E inside a window. */
function logMomentWeights({ channels, energy }: Spectrometer, window: EnergyWindow): Float64Array[] {
  const [from, to] = channelsIn(window, energy, channels);
  return [0, 1, 2].map((power) =>
    Float64Array.from({ length: channels }, (_, i) =>
      i < from || i >= to ? 0 : Math.log(energyOf(energy, i)) ** power,
    ),
  );
}

/** Channels [from, to) whose centres lie in an energy window. */
function channelsIn([from, to]: EnergyWindow, energy: EnergyAxis, channels: number): [number, number] {
  const bound = (e: number) => Math.min(channels, Math.max(0, Math.ceil(channelOf(energy, e))));
  return [bound(from), bound(to)];
}

/** Writes `phase.npy`, `purity.npy`, `thickness.npy`, one `<edge>.npy` each, and `truth.json` that names the numbers. */
export async function saveTruth(directory: string, scan: SimulatedScan, truth: GroundTruth): Promise<void> {
  await makeFolder(directory);
  const save = (name: string, data: Int16Array | Float32Array) =>
    writeFile(join(directory, `${name}.npy`), encodeNpy(data, truth.shape));
  const description = {
    program: 'eelwatch',
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
  // It comes first: it says that the maps are no scans, to whoever watches the folder.
  await writeFile(join(directory, 'truth.json'), `${JSON.stringify(description, undefined, 2)}\n`);
  await save('phase', truth.phase);
  await save('purity', truth.purity);
  await save('thickness', truth.thickness);
  for (const { edge, labels } of truth.edges) await save(edge.name, labels);
}
