import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdges, type SumSpectrum } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import { type SimulateOptions, simulate } from '../../../server/microscope/simulate.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AlignMethod } from '../../../server/pipeline/options.ts';
import { AlignedReader } from '../../../server/pipeline/reading/aligned-reader.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';

const SCAN: SimulateOptions = { shape: [48, 48], seed: 3 };
const DRIFT_EV = 5;
const EDGES = 'Si-L,C-K';

describe('a drift of 5 eV over the scan', () => {
  let folder: string;
  const monitors: Monitor[] = [];

  const analyses = new Map<string, Promise<ScanRun>>();
  /** Once for all tests that ask for the same. */
  function analysed(...of: Parameters<typeof analyse>): Promise<ScanRun> {
    const run = analyses.get(of.join()) ?? analyse(...of);
    analyses.set(of.join(), run);
    return run;
  }
  async function analyse(scan: string, align: AlignMethod, live = false): Promise<ScanRun> {
    const monitor = createMonitor(parseEdges(EDGES), { live, align, landmarks: 500 });
    monitors.push(monitor);
    return followToEnd(monitor, watchPath(join(folder, scan, 'simulated-anode.rpl'), { once: true }));
  }
  const sumOf = (run: ScanRun) => run.topics.get('sum-spectrum') as SumSpectrum;

  /** ARI of the classes with the phases, over pixels of one phase, absence a class of its own. */
  async function agreement(run: ScanRun, edge: string): Promise<number> {
    const read = async (name: string) =>
      Array.from(
        decodeNpy(await readFile(join(folder, 'still', 'simulated-anode.truth', `${name}.npy`)))
          .data as ArrayLike<number>,
      );
    const purity = await read('purity');
    const truth = await read(edge);
    const labels = run.layers.edges.get(edge)?.labels ?? new Int16Array();
    const pure = purity.flatMap((share, pixel) => (share >= 0.85 ? [pixel] : []));
    return adjustedRandIndex(
      pure.map((pixel) => labels[pixel]),
      pure.map((pixel) => truth[pixel]),
    );
  }

  /** Counts and background of a pixel's spectrum make up the intensity of the maps; as recorded, those at the end do not. */
  async function expectNetOfMaps(run: ScanRun): Promise<void> {
    const [{ edge, maps, model }] = run.edges;
    const { firstChannel, signalStart, endChannel } = model.window;
    for (const pixel of [5, 48 * 48 - 5]) {
      const view = await run.spectrum(pixel);
      const seen = view.edges.find(({ name }) => name === edge.name);
      const net = (counts: number[]) => {
        let sum = 0;
        for (let i = signalStart; i < endChannel - firstChannel; i++)
          sum += counts[i] - (seen?.background[i] ?? 0);
        return sum;
      };
      expect(net(seen?.counts ?? []) / maps.intensity[pixel]).toBeCloseTo(1, 4);
      const recorded = net(view.raw.slice(firstChannel, endChannel));
      if (pixel > 5) expect(Math.abs(recorded / maps.intensity[pixel] - 1)).toBeGreaterThan(0.05);
    }
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    await simulate(join(folder, 'still'), { ...SCAN, driftEv: 0 });
    await simulate(join(folder, 'drifting'), { ...SCAN, driftEv: DRIFT_EV });
  });
  afterAll(async () => {
    for (const monitor of monitors) await monitor.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is followed by the zero-loss peak to a tenth of an eV, and leaves no trace in the classes', async () => {
    const run = await analysed('drifting', 'auto');
    const simulated = new SimulatedScan({ ...SCAN, driftEv: DRIFT_EV });
    const { shifts } = run.layers.survey;
    const residual = Float32Array.from(shifts, (shift, pixel) => shift - simulated.driftAt(pixel));
    const middle = residual.toSorted()[residual.length >> 1];
    const worst = residual.reduce((most, value) => Math.max(most, Math.abs(value - middle)), 0);
    console.log(`largest residual of the shift: ${worst.toFixed(3)} eV`);
    expect(worst).toBeLessThanOrEqual(0.1);
    expect(sumOf(run).drift?.aligned).toBe(true);
    expect(sumOf(run).drift?.uncertainty).toBeLessThan(0.02);
    await expectNetOfMaps(run);
    const still = await analysed('still', 'auto');
    expect(sumOf(still).drift?.aligned).toBe(false);
    const off = await analysed('drifting', 'off');
    expect(sumOf(off).drift?.aligned).toBe(false);
    for (const edge of EDGES.split(',')) {
      const [aligned, without, ignored] = [
        await agreement(run, edge),
        await agreement(still, edge),
        await agreement(off, edge),
      ];
      console.log(
        `${edge}: ARI ${aligned.toFixed(3)} aligned, ${without.toFixed(3)} without drift, ${ignored.toFixed(3)} not aligned`,
      );
      expect(aligned).toBeGreaterThanOrEqual(without - 0.03);
      // Not aligned, Si-L falls into classes along the scan; C-K does or does not, by the number of classes found.
      if (edge === 'Si-L') expect(ignored).toBeLessThan(aligned - 0.02);
    }
  });

  it('is told by an onset where there is no low loss, and followed on request', async () => {
    await simulate(join(folder, 'alone'), { ...SCAN, driftEv: DRIFT_EV, lowLoss: false });
    const told = await analysed('alone', 'auto');
    const { drift } = sumOf(told);
    expect(drift?.by).toBe('edge onset');
    expect(drift?.aligned).toBe(false);
    expect((drift?.most ?? 0) - (drift?.least ?? 0)).toBeGreaterThan(3);
    expect(drift?.uncertainty).toBeLessThan(0.2);
    const moved = await analysed('alone', 'onset');
    expect(sumOf(moved).drift?.aligned).toBe(true);
    const [aligned, ignored] = [await agreement(moved, 'Si-L'), await agreement(told, 'Si-L')];
    console.log(`Si-L: ARI ${aligned.toFixed(3)} aligned by an onset, ${ignored.toFixed(3)} not`);
    expect(aligned).toBeGreaterThan(ignored + 0.02);
  });

  it('gives the same final maps, byte for byte, whether the scan was watched or not', async () => {
    const once = mapBytes(await analysed('drifting', 'auto'));
    const watched = mapBytes(await analysed('drifting', 'auto', true));
    for (const [name, bytes] of once) expect(watched.get(name)?.equals(bytes), name).toBe(true);
  });
});

describe('a reader that aligns', () => {
  it('mends what the detector adds before it moves a spectrum, and conserves counts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    try {
      await simulate(folder, { shape: [4, 4], seed: 2, lowLoss: false, driftEv: 0 });
      const { scan, core } = await openScanFile(join(folder, 'simulated-anode.rpl'));
      const raw = await openCube(core);
      const shifts = new Float32Array(16).map((_, pixel) => 0.21 * pixel - 1.3);
      const reader = new AlignedReader(raw, shifts);
      const [before, after] = [new Float32Array(16 * 200), new Float32Array(16 * 200)];
      await raw.read(0, 16, 350, 550, before);
      await reader.read(0, 16, 350, 550, after);
      expect(after).toEqual(before);
      const bad = new Uint8Array(scan.channels);
      bad[437] = 1;
      const spikes = new Float32Array(scan.channels).fill(30);
      reader.align({ applied: true, dispersion: scan.energy.dispersion, bad, spikes, one: 1, gain: 1 });
      await reader.read(0, 16, 350, 550, after);
      for (let pixel = 0; pixel < 16; pixel++) {
        const part = after.subarray(200 * pixel, 200 * (pixel + 1));
        const own = before.subarray(200 * pixel, 200 * (pixel + 1));
        const level = part.reduce((sum, value) => sum + value, 0) / 200;
        expect(level / (own.reduce((sum, value) => sum + value, 0) / 199)).toBeCloseTo(1, 1);
        // The dead channel has not been spread over its neighbours.
        const around = Math.round(87 - shifts[pixel] / scan.energy.dispersion);
        for (let i = around - 3; i <= around + 3; i++) expect(part[i]).toBeGreaterThan(0.4 * level);
      }
      await reader.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
