import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdges } from '../../../protocol/index.ts';
import { decodeNpy } from '../../../server/formats/numpy.ts';
import { acquire } from '../../../server/microscope/acquire.ts';
import { createRippleSink } from '../../../server/microscope/ripple-sink.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import { groundTruth, saveTruth } from '../../../server/microscope/truth.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/directory.ts';
import { adjustedRandIndex, mapToMajority } from '../../support/agreement.ts';
import { createMonitor } from '../../support/analyse.ts';

const EDGES = 'Si-L,C-K,O-K';
const SIDE = 128;
const PURE = 0.85;

interface Figures {
  ari: number;
  presence: number;
  classes: number;
  trueClasses: number;
}

/**
 * The simulated Si–C–O anode at the default dose, written as it grows and watched live. The scan stops at half until
 * the live maps have been judged.
 */
describe('the simulated anode, 128 × 128 at the default dose', () => {
  let folder: string;
  let monitor: Monitor;
  const half = new Map<string, Figures>();
  const whole = new Map<string, Figures>();

  async function figures(run: ScanRun, edge: string, pixels: number): Promise<Figures> {
    const truthOf = async (name: string) =>
      decodeNpy(await readFile(join(folder, 'simulated-anode.truth', `${name}.npy`))).data;
    const [purity, truth] = [await truthOf('purity'), await truthOf(edge)];
    const labels = run.layers.edges.get(edge)?.labels ?? new Int16Array();
    const pure = Array.from({ length: pixels }, (_, i) => i).filter((i) => Number(purity[i]) >= PURE);
    const found = pure.map((i) => labels[i]);
    const expected = pure.map((i) => Number(truth[i]));
    const present = pure.filter((_, i) => found[i] >= 0 === expected[i] >= 0).length;
    const result = {
      ari: adjustedRandIndex(mapToMajority(found, expected), expected),
      presence: present / pure.length,
      classes: new Set(found.filter((label) => label >= 0)).size,
      trueClasses: new Set(expected.filter((label) => label >= 0)).size,
    };
    console.log(
      `${edge} at ${pixels} pixels: majority-mapped ARI ${result.ari.toFixed(3)}, presence ${result.presence.toFixed(4)}, ` +
        `${result.classes} classes of ${result.trueClasses}, ${pure.length} pixels of one phase`,
    );
    return result;
  }

  /** Waits for a state of the run that holds. */
  async function until(holds: (run: ScanRun) => boolean): Promise<ScanRun> {
    for (;;) {
      const { run } = monitor;
      if (run && holds(run)) return run;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    monitor = createMonitor(parseEdges(EDGES), { live: true });
    const stop = new AbortController();
    const followed = monitor.follow(watchPath(folder, {}), stop.signal);
    let goOn = () => {};
    const judged = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const scan = new SimulatedScan({ shape: [SIDE, SIDE], seed: 1 });
    await saveTruth(join(folder, 'simulated-anode.truth'), scan, groundTruth(scan, parseEdges(EDGES)));
    const sink = await createRippleSink(join(folder, 'simulated-anode'), scan, 0);
    const acquired = acquire(scan, {
      write: async (row, index, pass) => {
        if (index === SIDE / 2) await judged;
        await sink.write(row, index, pass);
      },
      close: (status) => sink.close(status),
    });
    const scanned = (SIDE / 2) * SIDE;
    const idle = (run: ScanRun) =>
      run.edges.every(({ edge, analysed }) => {
        const state = run.topics.get(`edge/${edge.name}`);
        return analysed >= scanned && state?.type === 'edge' && state.status === 'live';
      });
    let run = await until((candidate) => candidate.meter.spectra >= scanned && idle(candidate));
    for (const edge of EDGES.split(',')) half.set(edge, await figures(run, edge, scanned));
    goOn();
    await acquired;
    run = await until(({ status }) => status === 'complete');
    for (const edge of EDGES.split(',')) whole.set(edge, await figures(run, edge, SIDE * SIDE));
    stop.abort();
    await followed;
  }, 240_000);
  afterAll(async () => {
    await monitor?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(EDGES.split(','))('%s: the final classes are those of the phases', (edge) => {
    const { ari, presence, classes, trueClasses } = whole.get(edge) as Figures;
    expect(ari).toBeGreaterThanOrEqual(0.85);
    expect(presence).toBeGreaterThanOrEqual(0.95);
    expect(classes).toBeLessThanOrEqual(3 * trueClasses);
  });

  it.each(EDGES.split(','))('%s: so are the live classes at half the scan', (edge) => {
    const { ari, classes, trueClasses } = half.get(edge) as Figures;
    expect(ari).toBeGreaterThanOrEqual(0.75);
    expect(classes).toBeLessThanOrEqual(3 * trueClasses);
  });
});
