import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Alert, parseEdges, type SumSpectrum } from '../../../protocol/index.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { writeResults } from '../../../server/results.ts';
import { replaceResults } from '../../../server/results-folder.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';
import { dmFile } from '../../support/dm-file.ts';
import { type DualOptions, dualImages, dualThickness, LOW_AXIS } from '../../support/dual-eels.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

const SHAPE: [number, number] = [6, 10];
let folder: string;
const monitors: Monitor[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  for (const monitor of monitors.splice(0)) await monitor.close();
  await rm(folder, { recursive: true });
});

async function analysed(path: string, edges: string, options: Partial<AnalysisOptions> = {}) {
  const monitor = createMonitor(parseEdges(edges), { live: false, landmarks: 100, ...options });
  monitors.push(monitor);
  const run = await followToEnd(monitor, watchPath(path, { once: true }));
  return { monitor, run };
}

async function writePair(options: Partial<DualOptions> = {}): Promise<string> {
  const { low, core } = dualImages({ shape: SHAPE, ...options });
  await writeFile(join(folder, 'map (low-loss).dm4'), dmFile(4, [low]));
  await writeFile(join(folder, 'map (high-loss).dm4'), dmFile(4, [core]));
  return join(folder, 'map (high-loss).dm4');
}

const sumOf = (run: ScanRun) => run.topics.get('sum-spectrum') as SumSpectrum;
const kinds = (run: ScanRun) => run.layers.all.map(({ layer }) => layer.kind);
const about = (alerts: readonly Alert[], id: string) => alerts.find((alert) => alert.id.endsWith(`/${id}`));

/** The files at the top of what `analyse --out` writes, and its summary. */
async function written({ run }: Monitor) {
  if (!run) throw new Error('expected a scan');
  const out = join(folder, 'out');
  await replaceResults(out, [], (draft) => writeResults(draft, run, 'test'));
  const files = (await readdir(out)).filter((name) => name.endsWith('.npy')).sort();
  const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
  return { out, files, summary };
}

describe('a DualEELS pair', () => {
  it('gives t/λ, and the position of the zero-loss peak', async () => {
    const { monitor, run } = await analysed(await writePair({ offEv: -3.3 }), 'Ti-L,O-K');
    const { out, files, summary } = await written(monitor);
    expect(files).toEqual(['counts.npy', 'phases.npy', 'thickness.npy']);
    expect(summary).toMatchObject({
      lowLoss: { channels: 200, from: 'map (low-loss).dm4' },
      zeroLoss: { own: false, mends: false },
      thickness: 't/λ',
    });
    expect(Math.abs(summary.zeroLoss.position + 3.3)).toBeLessThan(0.1);
    const { data, shape } = decodeNpy(await readFile(join(out, 'thickness.npy')));
    expect(shape).toEqual(SHAPE);
    // What lies beyond the axis, and below the end of the peak, is missing: less than 0.03.
    for (const [pixel, t] of Array.from(data as Float32Array).entries())
      expect(Math.abs(t - dualThickness(pixel % 10, 10))).toBeLessThan(0.06);
    expect(about(monitor.alerts, 'zero-loss/position')).toMatchObject({
      severity: 'warning',
      message:
        'map (high-loss): the zero-loss peak lies at −3.3 eV: the axis of the low loss is off by that much, and in DualEELS that of the core loss as well',
      tip: '--align zlp moves the spectra so that it lies at 0 eV',
    });
    expect(kinds(run)).toContain('thickness');
    expect(run.message.layers.map(({ kind }) => kind)).toContain('thickness');
  });

  it('mends the axis of the core loss with --align zlp', async () => {
    const path = await writePair({ offEv: 3.7 });
    const mended = await analysed(path, 'Ti-L', { align: 'zlp' });
    const shifts = mended.run.layers.survey.shifts;
    for (const shift of shifts) expect(Math.abs(shift - 3.7)).toBeLessThan(0.1);
    expect(sumOf(mended.run).zeroLoss?.mends).toBe(true);
    expect(about(mended.monitor.alerts, 'zero-loss/position')).toBeUndefined();
    /** Energy at which the class's net spectrum rises fastest. */
    const onset = ({ run }: { run: ScanRun }) => {
      const [{ classSpectra }] = run.edges;
      if (!classSpectra) throw new Error('no class');
      const { energy, spectra } = classSpectra.topic;
      const rise = (i: number) => spectra[0].mean[i] - spectra[0].mean[i - 1];
      const at = spectra[0].mean.reduce((best, _, i) => (i > 0 && rise(i) > rise(best) ? i : best), 1);
      return energy.offset + energy.dispersion * (at - 0.5);
    };
    expect(Math.abs(onset(mended) - 456)).toBeLessThanOrEqual(0.5);
    // By itself the axis is left as it was filed.
    expect(Math.abs(onset(await analysed(path, 'Ti-L')) - 459.7)).toBeLessThanOrEqual(0.5);
  });

  it('of another dispersion moves spectra about their median only', async () => {
    const { low, core } = dualImages({ shape: SHAPE, offEv: 3.7 });
    const coarse = core.dimensions.map((axis) =>
      axis.units === 'eV' ? { ...axis, scale: 0.6, origin: -600 } : axis,
    );
    const path = join(folder, 'map.dm4');
    await writeFile(path, dmFile(4, [low, { ...core, dimensions: coarse }]));
    const { monitor, run } = await analysed(path, 'Ti-L', { align: 'zlp' });
    for (const shift of run.layers.survey.shifts) expect(Math.abs(shift)).toBeLessThan(0.1);
    expect(about(monitor.alerts, 'zero-loss/position')?.message).toContain(
      'and perhaps that of the core loss',
    );
    expect(run.lowLossFrom).toBe('another image of map.dm4');
  });

  it('says which windows the axis no longer covers when it is moved', async () => {
    const { monitor } = await analysed(await writePair({ offEv: 3.7 }), 'Ti-L,X:540:500-535:541-579', {
      align: 'zlp',
    });
    expect(about(monitor.alerts, 'zero-loss/ends')?.message).toBe(
      'map (high-loss): moved by −3.7 eV the axis no longer covers the windows of X',
    );
  });

  it('without a zero-loss peak is said so, and gives no map of t/λ', async () => {
    const path = await writePair({ zeroLoss: false });
    // What an earlier analysis wrote would be taken for the result of this one.
    await written((await analysed(await writePair(), 'Ti-L')).monitor);
    await writePair({ zeroLoss: false });
    const { monitor, run } = await analysed(path, 'Ti-L', { align: 'zlp' });
    const { files, summary } = await written(monitor);
    expect(files).toEqual(['counts.npy', 'phases.npy']);
    expect(summary.thickness).toBeUndefined();
    expect(kinds(run)).not.toContain('thickness');
    const message =
      'map (high-loss): the low loss has no zero-loss peak: expected one within 20 eV of 0, so there is no thickness map, and --align zlp has nothing to align by';
    expect(about(monitor.alerts, 'zero-loss/none')).toMatchObject({ severity: 'warning', message });
    expect(summary.warnings).toContain(message);
    // The edges are asked instead.
    expect(sumOf(run).drift).toMatchObject({ by: 'edge onset', origin: 'none', aligned: false });
  });

  it('watched or read once, gives the same maps', async () => {
    const path = await writePair({ offEv: 1.2 });
    const once = await analysed(path, 'Ti-L', { align: 'zlp' });
    const live = await analysed(path, 'Ti-L', { align: 'zlp', live: true });
    const [expected, found] = [mapBytes(once.run), mapBytes(live.run)];
    expect(found.size).toBe(expected.size);
    for (const [name, bytes] of expected) expect(found.get(name)?.equals(bytes), name).toBe(true);
  });
});

describe('a scan without a low loss', () => {
  it('has total counts, and says that --align zlp has nothing to align by', async () => {
    const path = join(folder, 'map.dm4');
    await writeFile(path, dmFile(4, [dualImages({ shape: SHAPE }).core]));
    const { monitor, run } = await analysed(path, 'Ti-L', { align: 'zlp' });
    const { out, files, summary } = await written(monitor);
    expect(files).toEqual(['counts.npy', 'phases.npy']);
    expect(summary).not.toHaveProperty('thickness');
    expect(about(monitor.alerts, 'zero-loss/none')?.message).toBe(
      'map: no low loss was found, so --align zlp has nothing to align by',
    );
    const { data } = decodeNpy(await readFile(join(out, 'counts.npy')));
    expect(data).toEqual(run.layers.survey.counts);
    const samples = new Float32Array(dualImages({ shape: SHAPE }).core.data.buffer);
    const total = samples.reduce((sum, value) => sum + value, 0);
    expect((data as Float32Array).reduce((sum, value) => sum + value, 0) / total).toBeCloseTo(1, 6);
  });

  it('whose own axis holds the peak has t/λ and alignment by itself, live as well', async () => {
    const path = join(folder, 'map.dm4');
    await writeFile(path, dmFile(4, [dualImages({ shape: SHAPE, offEv: -2 }).low]));
    const edges = 'P:20:8-14:18-30';
    const once = await analysed(path, edges, { align: 'zlp' });
    expect(sumOf(once.run).zeroLoss).toMatchObject({ own: true, mends: true });
    for (const shift of once.run.layers.survey.shifts) expect(Math.abs(shift + 2)).toBeLessThan(0.1);
    const { files, summary } = await written(once.monitor);
    expect(files).toEqual(['counts.npy', 'phases.npy', 'thickness.npy']);
    expect(summary.lowLoss).toBeUndefined();
    const live = await analysed(path, edges, { align: 'zlp', live: true });
    for (const [name, bytes] of mapBytes(once.run))
      expect(mapBytes(live.run).get(name)?.equals(bytes), name).toBe(true);
  });

  it('whose own axis holds the peak shows t/λ while it grows', async () => {
    const image = dualImages({ shape: SHAPE }).low;
    const planes = new Float32Array(image.data.buffer);
    const [pixels, channels] = [60, 200];
    const spectra = planes.map((_, at) => planes[(at % channels) * pixels + Math.floor(at / channels)]);
    const writer = await createRippleWriter(join(folder, 'map'), {
      shape: SHAPE,
      channels,
      energy: LOW_AXIS,
      dtype: 'f32',
    });
    await writer.append(new Uint8Array(spectra.buffer, 0, 30 * channels * 4));
    const monitor = createMonitor(parseEdges('P:20:8-14:18-30'), { landmarks: 100 });
    monitors.push(monitor);
    const stop = new AbortController();
    const followed = monitor.follow(watchPath(folder), stop.signal);
    const known = () => monitor.run?.layers.survey.thickness.filter(Number.isFinite) ?? [];
    const isListed = () => monitor.layers.some(({ layer }) => layer.kind === 'thickness');
    while (known().length < 30 || !isListed()) await sleep(20);
    expect(monitor.run?.status).toBe('live');
    for (const [pixel, t] of Array.from(known()).entries())
      expect(Math.abs(t - dualThickness(pixel % 10, 10))).toBeLessThan(0.06);
    await writer.close();
    stop.abort();
    await followed;
  });

  it('and without a peak at its 0 eV says that, and aligns by nothing', async () => {
    const path = join(folder, 'map.dm4');
    await writeFile(path, dmFile(4, [dualImages({ shape: SHAPE, zeroLoss: false }).low]));
    const { monitor, run } = await analysed(path, 'P:20:8-14:18-30');
    expect(about(monitor.alerts, 'zero-loss/none')?.message).toBe(
      'map: the energy axis holds 0 eV, but there is no zero-loss peak: expected one within 20 eV of 0, so there is no thickness map',
    );
    expect(kinds(run)).not.toContain('thickness');
    expect(sumOf(run).drift?.by).not.toBe('zero-loss peak');
  });
});

const ZLP = 'nmc-cathode/ZLP EELS Spectrum Image.dm3';
const SILICON = 'silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa';
describeMeasured('measured scans with the zero-loss peak on their own axis', [ZLP, SILICON], () => {
  it('the cathode: t/λ in every pixel, and where the peak lies', async () => {
    const { monitor, run } = await analysed(measuredData(ZLP) as string, 'Si-L');
    const { summary } = await written(monitor);
    console.log(`zero-loss peak of the cathode at ${summary.zeroLoss.position.toFixed(2)} eV`);
    expect(Math.abs(summary.zeroLoss.position + 3.3)).toBeLessThan(0.3);
    const { thickness } = run.layers.survey;
    // Vacuum at the left, up to 0.98 at the right.
    for (const pixel of [0, 21]) expect(thickness[pixel]).toBeLessThan(0.1);
    for (const pixel of [20, 41]) expect(Math.abs(thickness[pixel] - 0.95)).toBeLessThan(0.05);
    expect(about(monitor.alerts, 'zero-loss/position')?.message).toContain(
      'the energy axis is off by that much',
    );
  });

  it('silicon: t/λ 0.42', async () => {
    const { run } = await analysed(measuredData(SILICON) as string, 'Si-L');
    expect(Math.abs(run.layers.survey.thickness[0] - 0.42)).toBeLessThan(0.01);
  });
});
