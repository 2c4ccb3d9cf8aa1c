import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Edge, edgeAt, energyOf } from '../../../protocol/index.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { PHASES, SCATTERING } from '../../../server/microscope/cross-sections.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import { opticalThickness, totalThickness } from '../../../server/microscope/spectrum.ts';
import { groundTruth, saveTruth } from '../../../server/microscope/truth.ts';

const scan = new SimulatedScan({ shape: [96, 96], seed: 2 });
const truth = groundTruth(scan);
const labelsOf = (edge: string) => truth.edges.find((candidate) => candidate.edge.name === edge)!.labels;
const hasEdge = (phase: number, edge: string) =>
  phase >= 0 && SCATTERING[PHASES[phase]].edges.some((candidate) => candidate.edge === edge);

describe('ground truth', () => {
  it('names the main phase of every pixel and how pure it is', () => {
    for (let pixel = 0; pixel < 96 * 96; pixel++) {
      const thickness = scan.thickness(pixel);
      const total = totalThickness(thickness);
      expect(truth.thickness[pixel]).toBeCloseTo(opticalThickness(thickness), 5);
      expect(truth.phase[pixel] < 0).toBe(total < 2);
      if (total < 2) expect(truth.purity[pixel]).toBe(1);
      else expect(thickness[truth.phase[pixel]]).toBeCloseTo(truth.purity[pixel] * total, 3);
    }
  });

  it('gives an edge only to phases that have it', () => {
    for (const { edge, labels } of truth.edges)
      for (const label of labels) if (label >= 0) expect(hasEdge(label, edge.name)).toBe(true);
  });

  it('agrees with the phase map in pure pixels of usual thickness', () => {
    let checked = 0;
    for (let pixel = 0; pixel < 96 * 96; pixel++) {
      if (truth.purity[pixel] < 0.97 || truth.phase[pixel] < 0 || truth.thickness[pixel] < 0.25) continue;
      for (const edge of ['Si-L', 'C-K', 'O-K'])
        expect(labelsOf(edge)[pixel]).toBe(hasEdge(truth.phase[pixel], edge) ? truth.phase[pixel] : -1);
      checked++;
    }
    expect(checked).toBeGreaterThan(1500);
  });

  it('detects an edge where its expected counts exceed their noise threefold', () => {
    truth.edges.forEach(({ edge, labels }) => {
      const ratioAt = signalToNoise(edge);
      for (let pixel = 0; pixel < 96 * 96; pixel += 37) {
        const ratio = ratioAt(pixel);
        // Where the two ways of leaving out negligible terms could decide otherwise, neither is wrong.
        if (Math.abs(ratio - 3) > 0.01) expect(labels[pixel] >= 0).toBe(ratio > 3);
      }
    });
  });

  it('detects less with a lower dose and a noisier detector', () => {
    const present = (options: object) => {
      const other = new SimulatedScan({ shape: [96, 96], seed: 2, ...options });
      return groundTruth(other).edges.map(({ labels }) => labels.filter((label) => label >= 0).length);
    };
    const [normal, low, noisy, high] = [{}, { dose: 'low' }, { noise: { gain: 6 } }, { dose: 'high' }].map(
      present,
    );
    for (const e of [0, 1, 2]) {
      expect(low[e]).toBeLessThan(normal[e]);
      expect(noisy[e]).toBeLessThan(normal[e]);
      expect(high[e]).toBeGreaterThan(normal[e]);
    }
  });

  it('finds an edge absent that no phase has', () => {
    const [nitrogen] = groundTruth(scan, [edgeAt('N-K', 401)]).edges;
    expect(nitrogen.labels.every((label) => label === -1)).toBe(true);
  });

  describe('on disk', () => {
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'eelwatch-truth-'));
    });
    afterEach(() => rm(directory, { recursive: true }));

    it('is what was found', async () => {
      await saveTruth(join(directory, 'x.truth'), scan, truth);
      const read = async (name: string) =>
        decodeNpy(await readFile(join(directory, 'x.truth', `${name}.npy`)));
      expect(await read('phase')).toEqual({ data: truth.phase, shape: [96, 96] });
      expect(await read('purity')).toEqual({ data: truth.purity, shape: [96, 96] });
      expect(await read('thickness')).toEqual({ data: truth.thickness, shape: [96, 96] });
      expect(await read('C-K')).toEqual({ data: labelsOf('C-K'), shape: [96, 96] });
      const description = JSON.parse(await readFile(join(directory, 'x.truth', 'truth.json'), 'utf8'));
      expect(description).toMatchObject({ simulated: true, phases: PHASES, shape: [96, 96], seed: 2 });
    });
  });
});

/** I_k / √(I_k + h I_b) of an edge as a function of the pixel, written out channel by channel. */
function signalToNoise({ name, fitWindow, signalWindow }: Edge): (pixel: number) => number {
  const { energy, channels } = scan.model.core;
  const inside = ([from, to]: readonly [number, number]) =>
    Array.from({ length: channels }, (_, i) => i).filter(
      (i) => energyOf(energy, i) >= from && energyOf(energy, i) < to,
    );
  const fit = inside(fitWindow);
  const signal = inside(signalWindow);
  const channelwise = scan.model.coreSums(
    signal.map((channel) => Float64Array.from({ length: channels }, (_, i) => Number(i === channel))),
  );
  const total = new Float64Array(channels);
  const lnE = (i: number) => Math.log(energyOf(energy, i));
  return (pixel) => {
    scan.model.coreLoss(scan.thickness(pixel), 0, total);
    const counts = (i: number) => scan.electrons * total[i];
    const { ofEdges } = channelwise(scan.thickness(pixel));
    const net = signal.map(
      (_, k) =>
        scan.electrons *
        scan.model.edges.reduce((sum, { edge }, e) => sum + (edge === name ? ofEdges[e][k] : 0), 0),
    );
    const background = signal.map((i, k) => counts(i) - net[k]);
    const [netSum, backgroundSum] = [sumOf(net), sumOf(background)];
    const overMean = sumOf(signal.map((i, k) => background[k] * lnE(i))) / backgroundSum;
    const fitted = sumOf(fit.map(counts));
    const mean = sumOf(fit.map((i) => counts(i) * lnE(i))) / fitted;
    const spread = sumOf(fit.map((i) => counts(i) * (lnE(i) - mean) ** 2));
    const h = 1 + backgroundSum * (1 / fitted + (overMean - mean) ** 2 / spread);
    return netSum > 0 && backgroundSum > 0 ? netSum / Math.sqrt(netSum + h * backgroundSum) : 0;
  };
}

const sumOf = (values: number[]): number => values.reduce((a, b) => a + b, 0);
