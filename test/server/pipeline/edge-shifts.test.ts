import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type EdgeState,
  type PairInformation,
  parseEdges,
  type SumSpectrum,
} from '../../../protocol/index.ts';
import { RandomStream } from '../../../server/microscope/random.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';
import { type DetectorCube, edgeShape, writeDetectorCube } from '../../support/detector-cube.ts';

const ENERGY = { offset: 380, dispersion: 0.3, units: 'eV' } as const;

/** Ti-L and O-K of one phase, moved by as many eV each. */
const titanate = (
  shape: [number, number],
  seed: number,
  move: (pixel: number) => [number, number],
): DetectorCube => ({
  shape,
  energy: ENERGY,
  channels: 1024,
  seed,
  mean: (ev, pixel) => {
    const [ti, o] = move(pixel);
    return (
      4000 * (ev / 380) ** -3 + 400 * edgeShape(ev - ti, 456, 2, 1.2) + 60 * edgeShape(ev - o, 532, 1, 2)
    );
  },
});

/** Standard normal numbers, one per pixel. */
function normals(pixels: number, seed: number): Float64Array {
  const random = new RandomStream(seed, 77, 9);
  return Float64Array.from({ length: pixels }, () => random.normal());
}

const DISC = (pixel: number) => ((pixel % 32) - 16) ** 2 + (Math.floor(pixel / 32) - 16) ** 2 < 80;

describe('shifts of the energy axis without a low loss', () => {
  let folder: string;
  const monitors: Monitor[] = [];

  async function analysed(
    name: string,
    cube: DetectorCube,
    edges: string,
    options: Partial<AnalysisOptions> = {},
  ): Promise<ScanRun> {
    const path = await writeDetectorCube(folder, name, cube);
    const monitor = createMonitor(parseEdges(edges), { live: false, ...options });
    monitors.push(monitor);
    return followToEnd(monitor, watchPath(path, { once: true }));
  }
  const driftOf = (run: ScanRun) => (run.topics.get('sum-spectrum') as SumSpectrum).drift;
  const stateOf = (run: ScanRun, edge: string) => run.topics.get(`edge/${edge}`) as EdgeState;
  const verdict = (run: ScanRun) =>
    [...run.topics.values()].find((topic): topic is PairInformation => topic.type === 'information')?.verdict;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  });
  afterEach(async () => {
    for (const monitor of monitors.splice(0)) await monitor.close();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    [[1, 100], 1, 0, 1],
    [[24, 24], 2, 0, 1],
    [[24, 24], 1, 0.01, 3],
  ] as [[number, number], number, number, number][])(
    'from pixel to pixel are followed and make no class (%o, seed %d, fixed pattern %d, dose %d)',
    async (shape, seed, pattern, dose) => {
      const moved = normals(shape[0] * shape[1], seed).map((x) => 0.15 * x);
      const one = titanate(shape, seed, (pixel) => [moved[pixel], moved[pixel]]);
      const cube = { ...one, pattern, mean: (ev: number, pixel: number) => dose * one.mean(ev, pixel) };
      const run = await analysed(`jitter-${shape[0]}-${dose}`, cube, 'Ti-L,O-K');
      const drift = driftOf(run);
      expect(drift).toMatchObject({ origin: 'instrument', aligned: true, edges: ['Ti-L', 'O-K'] });
      expect(drift?.jitter).toBeGreaterThan(0.1);
      expect(drift?.jitter).toBeLessThan(0.2);
      const residual = moved.map((truth, pixel) => run.layers.survey.shifts[pixel] - truth);
      const mean = residual.reduce((sum, x) => sum + x, 0) / residual.length;
      const within = residual.filter((x) => Math.abs(x - mean) < 2 * (drift?.uncertainty ?? 0));
      expect(within.length / residual.length).toBeGreaterThan(0.9);
      for (const edge of ['Ti-L', 'O-K']) expect(stateOf(run, edge).classes.length, edge).toBe(1);
      expect(verdict(run)).not.toBe('related');
    },
  );

  it('leave phases what they are, also with a fixed pattern', async () => {
    const moved = normals(576, 4).map((x) => 0.15 * x);
    const one = titanate([24, 24], 4, (pixel) => [moved[pixel], moved[pixel]]);
    const isRight = (pixel: number) => pixel % 24 >= 12;
    const reduced = (ev: number, pixel: number) =>
      isRight(pixel) ? 150 * Math.exp(-0.5 * ((ev - moved[pixel] - 459) / 1.2) ** 2) : 0;
    const mean = (ev: number, pixel: number) => 3 * (one.mean(ev, pixel) - reduced(ev, pixel));
    const run = await analysed('phases', { ...one, pattern: 0.01, mean }, 'Ti-L,O-K');
    expect(driftOf(run)).toMatchObject({ origin: 'instrument', aligned: true });
    expect(stateOf(run, 'Ti-L').classes.length).toBe(2);
    const labels = run.layers.edges.get('Ti-L')?.labels ?? new Int16Array();
    const left = labels.filter((label, pixel) => (label === labels[0]) !== isRight(pixel));
    expect(left.length / labels.length).toBeGreaterThan(0.95);
  });

  it('of one edge alone are no phase, and their origin is said to be unknown', async () => {
    const moved = normals(576, 3).map((x) => 0.15 * x);
    const cube = titanate([24, 24], 3, (pixel) => [moved[pixel], moved[pixel]]);
    const run = await analysed('lone', cube, 'Ti-L');
    expect(driftOf(run)).toMatchObject({ origin: 'unknown', aligned: false });
    expect(stateOf(run, 'Ti-L').classes.length).toBe(1);
    expect(stateOf(run, 'Ti-L').withoutShift).toBe(true);
    expect(run.warnings.join()).toContain('origin unknown');
  });

  it('that the specimen makes stay, of one edge and of both', async () => {
    for (const [name, move] of [
      ['valence', (pixel: number) => [DISC(pixel) ? 1 : 0, 0]],
      ['charging', (pixel: number) => (DISC(pixel) ? [1, 1] : [0, 0])],
    ] as [string, (pixel: number) => [number, number]][]) {
      const run = await analysed(name, titanate([32, 32], 4, move), 'Ti-L,O-K');
      expect(driftOf(run)?.aligned, name).toBe(false);
      expect(driftOf(run)?.origin, name).not.toBe('instrument');
      const labels = run.layers.edges.get('Ti-L')?.labels ?? new Int16Array();
      const inside = labels[16 * 32 + 16];
      const right = labels.filter((label, pixel) => (label === inside) === DISC(pixel));
      expect(right.length / labels.length, name).toBeGreaterThan(0.97);
    }
  });

  it('are not made of counting: still spectra stay as they are', async () => {
    const cube = titanate([24, 24], 5, () => [0, 0]);
    const run = await analysed('still', cube, 'Ti-L,O-K', { landmarks: 150 });
    expect(driftOf(run)).toMatchObject({ origin: 'none', aligned: false });
    const off = await analysed('still', cube, 'Ti-L,O-K', { align: 'off', landmarks: 150 });
    const expected = mapBytes(off);
    for (const [name, bytes] of mapBytes(run)) expect(expected.get(name)?.equals(bytes), name).toBe(true);
  });

  it('gives the same maps whether the scan was watched or not, with any number of threads', async () => {
    const moved = normals(576, 6).map((x) => 0.15 * x);
    const cube = titanate([24, 24], 6, (pixel) => [moved[pixel], moved[pixel]]);
    const once = mapBytes(await analysed('same', cube, 'Ti-L,O-K', { landmarks: 150 }));
    const watched = mapBytes(
      await analysed('same', cube, 'Ti-L,O-K', { live: true, threads: 4, landmarks: 150 }),
    );
    for (const [name, bytes] of once) expect(watched.get(name)?.equals(bytes), name).toBe(true);
  });

  it('are stated as they are where a fixed pattern would hold a weak edge in place', async () => {
    const rows = [0.4, -0.1, 0.3, 0.35, 0, -0.5, -0.3, -0.3, 0.1, -0.05];
    const step = (ev: number) => 1 / (1 + Math.exp(-ev / 0.3));
    const truth = (pixel: number) => rows[Math.floor(pixel / 40)];
    const cube: DetectorCube = {
      shape: [20, 20],
      energy: { offset: 50, dispersion: 0.3, units: 'eV' },
      channels: 1024,
      pattern: 0.01,
      seed: 7,
      mean: (ev, pixel) => {
        const true_ = ev - truth(pixel);
        return 9000 * (true_ / 80) ** -2.5 + 3000 * step(true_ - 99.5) + 25 * step(true_ - 284);
      },
    };
    const told = driftOf(await analysed('pattern', cube, 'Si-L,C-K'));
    const middle = rows.reduce((sum, x) => sum + x, 0) / rows.length;
    expect(Math.abs((told?.least ?? 0) - (-0.5 - middle))).toBeLessThan(2 * (told?.uncertainty ?? 0));
    expect(Math.abs((told?.most ?? 0) - (0.4 - middle))).toBeLessThan(2 * (told?.uncertainty ?? 0));
    expect(told?.uncertainty).toBeLessThan(0.05);
    const run = await analysed('pattern', cube, 'Si-L,C-K', { align: 'onset' });
    expect(driftOf(run)?.aligned).toBe(true);
    const { shifts } = run.layers.survey;
    const right = shifts.filter(
      (shift, pixel) => Math.abs(shift - truth(pixel) + middle) < 2 * (driftOf(run)?.uncertainty ?? 0),
    );
    expect(right.length / shifts.length).toBeGreaterThan(0.9);
  });
});
