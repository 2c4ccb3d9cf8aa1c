import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ABSENT,
  type Calibration,
  type EdgeState,
  type EnergyAxis,
  parseEdges,
} from '../../../protocol/index.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';
import { edgeShape, writeDetectorCube } from '../../support/detector-cube.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

let folder: string;
const monitors: Monitor[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  for (const monitor of monitors.splice(0)) await monitor.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Asked extends Partial<AnalysisOptions> {
  edges?: never;
}

async function analysed(path: string, edges: string, options: Asked, energy?: EnergyAxis): Promise<ScanRun> {
  const monitor = createMonitor(parseEdges(edges), { live: false, ...options });
  monitors.push(monitor);
  return followToEnd(monitor, watchPath(path, { once: true, ...(energy && { energy }) }));
}

/** Resolves once `holds`, which is asked after every change. */
async function until(monitor: Monitor, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stop = monitor.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

const stateOf = (run: ScanRun, edge: string) => run.topics.get(`edge/${edge}`) as EdgeState;
const labelsOf = (run: ScanRun, edge: string) => run.layers.edges.get(edge)?.labels ?? new Int16Array();

function expectSameMaps(found: ScanRun, expected: ScanRun): void {
  const bytes = mapBytes(found);
  for (const [name, wanted] of mapBytes(expected)) expect(bytes.get(name)?.equals(wanted), name).toBe(true);
}

const FILED: EnergyAxis = { offset: 580, dispersion: 0.5, units: 'eV' };
const EDGES = 'Mn-L,Co-L,Ni-L';

/** A simulated scan whose axis as filed lies 12 eV too low; iron, which nobody asks for, is in every other row. */
const writeShifted = (name: string, rows = 12) =>
  writeDetectorCube(folder, name, {
    shape: [rows, 12],
    energy: FILED,
    channels: 720,
    mean: (filed, pixel) => {
      const ev = filed + 12;
      const iron = Math.floor(pixel / 12) % 2;
      return (
        3000 * (ev / 600) ** -3 +
        500 * edgeShape(ev, 640, 3, 1.5) +
        iron * 250 * edgeShape(ev, 708, 3, 1.5) +
        300 * edgeShape(ev, 778, 3, 1.5) +
        250 * edgeShape(ev, 852, 3, 1.5)
      );
    },
    gain: 2,
    seed: 7,
  });

describe('an energy axis that is off', () => {
  let shifted: string;
  /** Analysed on the axis that is found. */
  let auto: ScanRun;
  beforeAll(async () => {
    shifted = await writeShifted('shifted');
    auto = await analysed(shifted, EDGES, { calibrate: 'auto' });
  });

  it('is applied on request from all spectra: live, analysed and typed give the same bytes', async () => {
    const { offset, dispersion } = auto.scan.energy;
    console.log(`applied ${offset} + ${dispersion}·i; true 592 + 0.5·i`);
    for (const channel of [120, 400, 540])
      expect(Math.abs(offset + dispersion * channel - (592 + 0.5 * channel))).toBeLessThan(3);
    expect(auto.reading.standing.map(({ name }) => name)).toEqual(['Fe-L']);
    for (const { edge } of auto.edges) expect(stateOf(auto, edge.name).present).toBe(144);
    expect(auto.warnings.join()).toContain('instead of 580 + 0.5·i as filed');
    const live = await analysed(shifted, EDGES, { calibrate: 'auto', live: true });
    expectSameMaps(live, auto);
    expect(live.message.edges).toEqual(auto.message.edges);
    const typed = await analysed(shifted, EDGES, { calibrate: 'off' }, auto.scan.energy);
    expectSameMaps(typed, auto);
    // As filed, nickel is sought behind its lines.
    const filed = await analysed(shifted, EDGES, { calibrate: 'propose' });
    expect(filed.scan.energy).toEqual(FILED);
    expect((filed.topics.get('calibration') as Calibration).verdict).toBe('proposed');
    expect(stateOf(filed, 'Ni-L').present).toBeLessThan(72);
  });

  it('is exchanged at a click and back, with the old picture until there is a new one', async () => {
    const monitor = createMonitor(parseEdges(EDGES), { live: true });
    monitors.push(monitor);
    const run = await followToEnd(monitor, watchPath(shifted, { once: true }));
    const before = mapBytes(run);
    const seen: { scans: number; emptied: boolean } = { scans: 0, emptied: false };
    const stop = monitor.subscribe((change) => {
      if (change.type === 'retuned') seen.scans++;
      if (change.type === 'scan') seen.emptied = true;
      for (const edge of EDGES.split(','))
        if (labelsOf(run, edge).some((label) => label < ABSENT)) seen.emptied = true;
    });
    const { axis } = monitor.alerts.find(({ id }) => id.endsWith('/axis')) ?? {};
    expect(axis?.label).toMatch(/^Apply /);
    const { epoch } = run.message;
    await monitor.command({
      type: 'axis',
      epoch,
      offset: axis?.offset ?? 0,
      dispersion: axis?.dispersion ?? 0,
    });
    await until(monitor, () => run.status === 'complete' && run.scan.energy.offset === axis?.offset);
    expect(seen).toEqual({ scans: 1, emptied: false });
    expectSameMaps(run, auto);
    const back = monitor.alerts.find(({ id }) => id.endsWith('/axis'));
    expect(back).toMatchObject({ severity: 'info', axis: { label: 'Back to 580 + 0.5·i' } });
    await monitor.command({ type: 'axis', epoch, offset: 580, dispersion: 0.5 });
    await until(monitor, () => run.status === 'complete' && run.scan.energy.offset === 580);
    stop();
    for (const edge of ['Mn-L', 'Co-L'])
      expect(
        mapBytes(run)
          .get(`${edge} classes`)
          ?.equals(before.get(`${edge} classes`) as Buffer),
      ).toBe(true);
  });

  it('that covers no edge, or is of another scan, is not chosen', async () => {
    const path = await writeShifted('refused', 4);
    const run = await analysed(path, EDGES, { calibrate: 'off' });
    const [monitor] = monitors;
    const { epoch } = run.message;
    await expect(monitor.command({ type: 'axis', epoch, offset: 5000, dispersion: 0.5 })).rejects.toThrow(
      'covers one of the edges',
    );
    await expect(
      monitor.command({ type: 'axis', epoch: epoch + 1, offset: 580, dispersion: 0.5 }),
    ).rejects.toThrow('epoch');
    expect(run.scan.energy).toEqual(FILED);
  });

  it('that leaves an edge, and comes back to it, loses nothing', async () => {
    const path = await writeShifted('leaves', 4);
    const monitor = createMonitor(parseEdges('Mn-L,Ni-L'), { live: true, calibrate: 'off' });
    monitors.push(monitor);
    const run = await followToEnd(
      monitor,
      watchPath(path, { once: true, energy: { ...FILED, offset: 592 } }),
    );
    const before = mapBytes(run);
    const choose = async (offset: number) => {
      await monitor.command({ type: 'axis', epoch: run.message.epoch, offset, dispersion: 0.5 });
      await until(monitor, () => run.status === 'complete' && run.scan.energy.offset === offset);
    };
    await choose(650);
    expect(stateOf(run, 'Mn-L').status).toBe('unavailable');
    expect(run.edges.map(({ edge }) => edge.name)).toEqual(['Ni-L']);
    await choose(592);
    expect(stateOf(run, 'Mn-L').status).toBe('final');
    for (const [name, bytes] of before) expect(mapBytes(run).get(name)?.equals(bytes), name).toBe(true);
  });

  it('that brings an edge in gives it maps', async () => {
    const path = await writeShifted('brings', 4);
    const monitor = createMonitor(parseEdges('Mn-L,Ni-L'), { live: true, calibrate: 'off' });
    monitors.push(monitor);
    const run = await followToEnd(
      monitor,
      watchPath(path, { once: true, energy: { ...FILED, offset: 650 } }),
    );
    expect(stateOf(run, 'Mn-L').status).toBe('unavailable');
    await monitor.command({ type: 'axis', epoch: run.message.epoch, offset: 592, dispersion: 0.5 });
    await until(monitor, () => run.status === 'complete' && stateOf(run, 'Mn-L').status === 'final');
    const typed = await analysed(path, 'Mn-L,Ni-L', { calibrate: 'off' }, { ...FILED, offset: 592 });
    for (const name of ['Mn-L classes', 'Mn-L intensity', 'Ni-L classes'])
      expect(
        mapBytes(run)
          .get(name)
          ?.equals(mapBytes(typed).get(name) as Buffer),
        name,
      ).toBe(true);
    expect(run.message.layers.some(({ name }) => name === 'Mn-L classes')).toBe(true);
  });

  it('is that of threads that are started again', async () => {
    const path = await writeShifted('restarted', 6);
    const monitor = createMonitor(parseEdges(EDGES), { live: true });
    monitors.push(monitor);
    const run = await followToEnd(monitor, watchPath(path, { once: true }));
    const { axis } = monitor.alerts.find(({ id }) => id.endsWith('/axis')) ?? {};
    if (!axis) throw new Error('no axis was proposed');
    await monitor.command({ type: 'axis', epoch: run.message.epoch, ...axis });
    await until(monitor, () => run.scan.energy.offset === axis.offset);
    await Promise.all(run.edges.map((edge) => edge.kill()));
    await until(monitor, () => run.status === 'complete');
    expectSameMaps(run, await analysed(path, EDGES, { calibrate: 'auto' }));
  });
});

const CATHODE = 'nmc-cathode/TM+O EELS Spectrum Image.dm3';

describeMeasured('the measured cathode, whose axis is off by 11 to 19 eV', [CATHODE], () => {
  it('shows O, Mn, Co and Ni in the particle with --calibrate auto', async () => {
    const edges = 'O-K,Mn-L,Co-L,Ni-L';
    const run = await analysed(measuredData(CATHODE) as string, edges, { calibrate: 'auto' });
    for (const edge of edges.split(',')) {
      const labels = labelsOf(run, edge);
      const particle = Array.from(labels).filter((_, pixel) => pixel % 21 >= 4);
      const present = particle.filter((label) => label >= 0).length;
      console.log(`${edge}: present in ${present} of ${particle.length} pixels of the particle`);
      expect(present).toBeGreaterThanOrEqual(0.9 * particle.length);
      // Vacuum.
      expect([labels[0], labels[22]]).toEqual([ABSENT, ABSENT]);
    }
    expect(run.warnings.join()).not.toContain('too much background');
    const nickel = run.message.edges.find(({ name }) => name === 'Ni-L');
    expect(nickel?.fitWindow[0]).toBeGreaterThan(800);
  });

  it('shows nickel with an axis mended by hand', async () => {
    const energy: EnergyAxis = { offset: 447.5, dispersion: 0.3078, units: 'eV' };
    const run = await analysed(measuredData(CATHODE) as string, 'O-K,Ni-L', {}, energy);
    // Cobalt, which nobody asked for, is kept out of the window all the same.
    expect(run.reading.standing.map(({ name }) => name)).toContain('Co-L');
    expect(stateOf(run, 'Ni-L').present).toBeGreaterThanOrEqual(0.9 * 38);
    expect(stateOf(run, 'Ni-L').flags?.overSubtracted).toBe(0);
  });
});
