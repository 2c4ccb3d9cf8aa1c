import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Calibration, energyOf, parseEdges } from '../../../protocol/index.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { edgeShape, writeDetectorCube } from '../../support/detector-cube.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

let monitor: Monitor | undefined;
afterEach(async () => {
  await monitor?.close();
  monitor = undefined;
});

type FileOptions = Parameters<typeof watchPath>[1];

/** What is said of a file's axis. */
async function analysed(
  path: string,
  edges: string,
  options: Partial<AnalysisOptions> = {},
  file: FileOptions = {},
) {
  monitor = createMonitor(parseEdges(edges), { live: false, ...options });
  const run = await followToEnd(monitor, watchPath(path, { once: true, ...file }));
  const alert = monitor.alerts.find(({ id }) => id.endsWith('/axis'));
  const summary = monitor.summary()['calibration'] as Calibration | undefined;
  return { run, alert, summary, topic: run.topics.get('calibration') as Calibration | undefined };
}

const CATHODE = 'nmc-cathode/TM+O EELS Spectrum Image.dm3';

describeMeasured('the energy axis of measured files', [CATHODE], () => {
  const cathode = () => measuredData(CATHODE) as string;

  it('of the cathode is found 11 to 19 eV off: lines within 3 eV of the literature on the proposed one', async () => {
    const { alert, summary } = await analysed(cathode(), 'O-K,Mn-L,Co-L,Ni-L');
    const proposed = summary?.proposed;
    if (!proposed) throw new Error('expected an axis to be proposed');
    const filed = { offset: 440, dispersion: 0.3 };
    const lines = [
      [518.3, 529],
      [529.7, 540],
      [630.5, 641],
      [640.4, 652],
      [764.3, 779],
      [778.1, 794],
      [834.5, 853],
      [851.9, 870],
    ];
    for (const [asFiled, literature] of lines) {
      const channel = (asFiled - filed.offset) / filed.dispersion;
      expect(Math.abs(energyOf({ ...proposed, units: 'eV' }, channel) - literature)).toBeLessThan(3);
    }
    expect(summary?.evidence.map(({ edge }) => edge)).toEqual(['O-K', 'Mn-L', 'Co-L', 'Ni-L']);
    const [, offset, dispersion] = /--energy ([\d.]+),([\d.]+)/.exec(alert?.tip ?? '') ?? [];
    expect(Number(offset)).toBeCloseTo(proposed.offset, 2);
    expect(Number(dispersion)).toBeCloseTo(proposed.dispersion, 6);
    // On the axis that the message gives nothing is left to be said.
    const energy = { offset: Number(offset), dispersion: Number(dispersion), units: 'eV' as const };
    const again = await analysed(cathode(), 'O-K,Mn-L,Co-L,Ni-L', {}, { energy });
    expect(again.summary?.verdict).toBe('as filed');
    expect(again.alert).toBeUndefined();
  });

  it('is the same to the last digit when the scan was looked at while it ran', async () => {
    const { summary } = await analysed(cathode(), 'O-K,Mn-L,Co-L,Ni-L');
    const live = await analysed(cathode(), 'O-K,Mn-L,Co-L,Ni-L', { live: true });
    expect(live.summary).toEqual(summary);
  });

  it('is not looked at with --calibrate off', async () => {
    const { alert, summary, topic } = await analysed(cathode(), 'O-K,Mn-L', { calibrate: 'off' });
    expect([alert, summary, topic]).toEqual([undefined, undefined, undefined]);
  });
});

const QUIET: [string, string][] = [
  ['perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3', 'Ti-L,O-K,La-M,Mn-L'],
  ['nmc-cathode/Si EELS Spectrum Image.dm3', 'Si-L'],
  ['organic-end-members/Comp0_Resine.dm4', 'C-K,O-K'],
  ['organic-end-members/Comp1_Calcification.dm4', 'C-K,Ca-L,O-K'],
  ['organic-end-members/Comp5_Orga2.dm4', 'C-K,O-K'],
  ['silicon-and-carbon-edges/EELS_C_K-edge.msa', 'C-K'],
  ['silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa', 'Si-L'],
  ['eelsdb/alpha-Fe2O3_EELS-Core-Loss_Feldhoff_Armin_242__Dspec39Hoz0_converted.msa', 'Fe-L'],
];
describeMeasured(
  'measured files whose edges lie where they may',
  QUIET.map(([path]) => path),
  () => {
    it.each(QUIET)('%s (%s) is as filed', async (path, edges) => {
      const { summary, alert } = await analysed(measuredData(path) as string, edges);
      expect(summary?.verdict).toBe('as filed');
      expect(alert).toBeUndefined();
    });
  },
);

const SHIFTED = 'eelsdb/a_SiO2_Si_L3_S_Schamm_64__Dspec.56469.1.msa';
describeMeasured('a measured file that is 82 eV off', [SHIFTED], () => {
  it('gets no axis proposed: that is beyond what is looked for', async () => {
    const { summary, alert } = await analysed(measuredData(SHIFTED) as string, 'Si-L');
    expect(summary?.proposed).toBeUndefined();
    expect(alert?.tip ?? '').not.toMatch(/--energy \d/);
  });
});

describe('a simulated scan on a wrong axis', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is told while it runs, taken back once it is right, and judged by all spectra in the end', async () => {
    const truth = { offset: 400, dispersion: 0.3, units: 'eV' as const };
    const mean = (ev: number) =>
      2000 * (ev / 400) ** -3 + 120 * edgeShape(ev, 456, 1.5, 1.6) + 60 * edgeShape(ev, 532, 0, 1);
    const path = await writeDetectorCube(folder, 'oxide', {
      shape: [16, 16],
      energy: { ...truth, offset: 388 },
      channels: 800,
      mean: (ev) => mean(ev + 12),
      smear: [0.2, 0.6, 0.2],
      gain: 5,
      seed: 3,
    });
    const { summary, alert } = await analysed(path, 'Ti-L,O-K', { live: true });
    expect(summary?.verdict).toBe('proposed');
    expect(alert?.message).toMatch(/^oxide: the energy axis does not fit the edges: Ti-L onset at 44\d\.\d/);
    expect(Math.abs(456 - 12 + (summary?.proposed?.offset ?? 0) - 388 - 456)).toBeLessThan(0.6);
    const right = await analysed(path, 'Ti-L,O-K', { live: true }, { energy: truth });
    expect(right.summary?.verdict).toBe('as filed');
    expect(right.alert).toBeUndefined();
  });
});
