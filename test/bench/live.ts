import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createIngestSink } from '../../server/microscope/ingest-sink.ts';
import { createRippleSink } from '../../server/microscope/ripple-sink.ts';
import { SimulatedScan } from '../../server/microscope/scan.ts';
import { CliRun } from '../support/cli.ts';
import { quantile } from './quantile.ts';
import { RowWatcher } from './row-watcher.ts';
import type { Figure } from './run.ts';

/** What the fastest detectors deliver, and how long it has to be kept up with. */
const SPECTRA_PER_SECOND = 8000;
const CHANNELS = 2048;
const COLUMNS = 256;
const SECONDS = Number(process.env.LIVE_SECONDS ?? 60);
const DASHBOARDS = 4;
const WAYS = (process.env.LIVE_WAYS ?? 'file,ingest').split(',') as ('file' | 'ingest')[];
/** Rows of simulated spectra that are written again and again: making a minute of fresh ones takes longer than a minute. */
const FRESH_ROWS = 64;

const SPECTROMETER = {
  energy: { offset: 60, dispersion: 0.3, units: 'eV' },
  channels: CHANNELS,
} as const;

/** From a row's last byte to its classes at a dashboard, by file and by socket, at the pace of the fastest detectors. */
export async function live(folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const way of WAYS) {
    const { delays, late, rate, rssMb } = await follow(way, join(folder, `live-${way}`));
    const name = `live ${way}, ${CHANNELS} channels, ${DASHBOARDS} dashboards`;
    figures.push({ name: `${name}: written`, value: rate, unit: 'spectra/s' });
    figures.push({ name: `${name}: behind, p50`, value: quantile(delays, 0.5), unit: 'ms' });
    figures.push({ name: `${name}: behind, p99`, value: quantile(delays, 0.99), unit: 'ms' });
    const half = delays.length >> 1;
    const [before, after] = [delays.slice(0, half), delays.slice(half)].map((part) => quantile(part, 0.5));
    figures.push({
      name: `${name}: second half, p50`,
      value: after,
      unit: 'ms',
      ratio: { of: 'first half', value: after / before },
    });
    figures.push({ name: `${name}: rows not shown when the last was written`, value: late, unit: 'rows' });
    figures.push({ name: `${name}: peak resident memory`, value: rssMb, unit: 'MB' });
  }
  return figures;
}

/** Writes rows at the given pace to a monitor of its own process and notes when dashboards have their classes. */
async function follow(
  way: 'file' | 'ingest',
  folder: string,
): Promise<{ delays: number[]; late: number; rate: number; rssMb: number }> {
  const rows = Math.ceil((SPECTRA_PER_SECOND * SECONDS) / COLUMNS);
  const options = { seed: 1, lowLoss: false } as const;
  const scan = new SimulatedScan({ ...options, shape: [rows, COLUMNS] }, SPECTROMETER);
  const source = new SimulatedScan({ ...options, shape: [FRESH_ROWS, COLUMNS] }, SPECTROMETER);
  const fresh = Array.from({ length: FRESH_ROWS }, (_, row) => source.row(row));
  const stem = join(folder, 'simulated-anode');
  const common = ['--edges', 'Si-L,C-K,O-K', '--port', '0', '--json'];
  const first = way === 'file' ? await createRippleSink(stem, scan, 0) : undefined;
  const monitor = new CliRun(way === 'file' ? ['watch', folder, ...common] : ['listen', ...common]);
  const watchers: RowWatcher[] = [];
  try {
    const serving = await monitor.event(({ event }) => event === 'serving');
    const url = new URL(serving.url as string).origin;
    for (let i = 0; i < DASHBOARDS; i++) watchers.push(await RowWatcher.join(url));
    const ingest = `${url.replace('http', 'ws')}/ingest`;
    const sink = first ?? (await createIngestSink(ingest, scan, { id: 'bench' }));
    const written: number[] = [];
    const started = performance.now();
    for (let row = 0; row < rows; row++) {
      const due = started + (1000 * row * COLUMNS) / SPECTRA_PER_SECOND;
      if (due > performance.now()) await delay(due - performance.now());
      await sink.write(fresh[row % FRESH_ROWS], row, 0);
      written.push(performance.now());
    }
    const rate = (1000 * rows * COLUMNS) / (performance.now() - started);
    const late = written.filter((_, row) => watchers.some(({ seen }) => seen[row] === undefined)).length;
    const rssMb = monitor.peakRssMb();
    await delay(1000);
    await sink.close('complete');
    // Rows before the first model have no classes to wait for.
    const delays = watchers.flatMap(({ seen, firstModel }) =>
      written.flatMap((at, row) => (at > firstModel && seen[row] !== undefined ? [seen[row] - at] : [])),
    );
    return { delays, late, rate, rssMb };
  } finally {
    for (const watcher of watchers) watcher.close();
    await monitor.stop();
  }
}
