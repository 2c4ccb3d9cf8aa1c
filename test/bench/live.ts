import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createIngestSink } from '../../server/microscope/ingest-sink.ts';
import { createRippleSink } from '../../server/microscope/ripple-sink.ts';
import { SimulatedScan } from '../../server/microscope/scan.ts';
import { CliRun } from '../support/cli.ts';
import { findBrowser } from '../support/find-browser.ts';
import { startBrowser } from '../support/start-browser.ts';
import { DrawnRows } from './drawn-rows.ts';
import { quantile } from './quantile.ts';
import { RowWatcher } from './row-watcher.ts';
import type { Figure } from './run.ts';

/** A scan that is written at a pace and looked at by dashboards. */
interface Course {
  way: 'file' | 'ingest';
  spectraPerSecond: number;
  channels: number;
  seconds: number;
  /** Dashboards that only note when rows come, and whether there is a page in Chromium beside them. */
  watchers: number;
  page: boolean;
}

const SECONDS = Number(process.env.LIVE_SECONDS ?? 60);
/** What the fastest detectors deliver, and how long it has to be kept up with; then a stretch. */
const FASTEST = { spectraPerSecond: 8000, channels: 2048, seconds: SECONDS, watchers: 4, page: false };
const COURSES: Record<string, Course> = {
  file: { ...FASTEST, way: 'file' },
  ingest: { ...FASTEST, way: 'ingest' },
  drawn: { ...FASTEST, way: 'file', watchers: 3, page: true },
  stretch: {
    ...FASTEST,
    way: 'ingest',
    spectraPerSecond: 50_000,
    channels: 1024,
    seconds: Math.ceil(SECONDS / 4),
  },
};
const ASKED = process.env.LIVE_WAYS?.split(',') ?? Object.keys(COURSES);

const COLUMNS = 256;
const OFFSET_EV = 60;
const RANGE_EV = 614.4;
/** Waited for after the last row, s. */
const PATIENCE = { rows: 1, drawn: 3, ready: 60 };

/** Of one course, ms from a row's last byte. */
interface Outcome {
  /** To its classes at a dashboard. */
  delays: number[];
  /** To the frame that shows them, in Chromium. */
  drawn: number[];
  /** Rows that were not shown when the last one was written. */
  late: number;
  rate: number;
  rssMb: number;
  /** Processor time while rows were written, µs per spectrum: of the monitor, and of sender and dashboards. */
  cpu: { monitor: number; others: number };
}

/** From a row's last byte to its classes at a dashboard and on its screen, by file and by socket. */
export async function live(folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of ASKED) {
    const course = COURSES[name];
    if (!course) throw new Error(`LIVE_WAYS: expected ${Object.keys(COURSES).join(', ')}, found ${name}`);
    figures.push(...figuresOf(name, course, await follow(course, join(folder, `live-${name}`))));
  }
  return figures;
}

function figuresOf(name: string, course: Course, outcome: Outcome): Figure[] {
  const { delays, drawn, late, rate, rssMb, cpu } = outcome;
  const seen = `${course.watchers + (course.page ? 1 : 0)} dashboards`;
  const about = `live ${name}, ${course.channels} channels, ${seen}`;
  const figure = (what: string, value: number, unit = 'ms'): Figure => ({
    name: `${about}: ${what}`,
    value,
    unit,
  });
  const half = delays.length >> 1;
  const [before, after] = [delays.slice(0, half), delays.slice(half)].map((part) => quantile(part, 0.5));
  return [
    figure('written', rate, 'spectra/s'),
    figure('behind, p50', quantile(delays, 0.5)),
    figure('behind, p99', quantile(delays, 0.99)),
    { ...figure('second half, p50', after), ratio: { of: 'first half', value: after / before } },
    ...(course.page
      ? [
          figure('drawn in Chromium, p50', quantile(drawn, 0.5)),
          figure('drawn in Chromium, p99', quantile(drawn, 0.99)),
        ]
      : []),
    figure('rows not shown when the last was written', late, 'rows'),
    figure('peak resident memory', rssMb, 'MB'),
    figure('CPU of the monitor per spectrum', cpu.monitor, 'µs'),
    figure('CPU of sender and dashboards per spectrum', cpu.others, 'µs'),
  ];
}

/** Writes rows at the given pace to a monitor of its own process and notes when dashboards have their classes. */
async function follow(course: Course, folder: string): Promise<Outcome> {
  const { way, spectraPerSecond, channels } = course;
  const rows = Math.ceil((spectraPerSecond * course.seconds) / COLUMNS);
  const options = { seed: 1, lowLoss: false } as const;
  const spectrometer = {
    energy: { offset: OFFSET_EV, dispersion: RANGE_EV / channels, units: 'eV' },
    channels,
  } as const;
  const scan = new SimulatedScan({ ...options, shape: [rows, COLUMNS] }, spectrometer);
  // All of them beforehand, which takes longer than to write them: noise that is written again is no noise any more, and
  // models of it have too many components.
  const acquired = Array.from({ length: rows }, (_, row) => scan.row(row));
  const stem = join(folder, 'simulated-anode');
  const common = ['--edges', 'Si-L,C-K,O-K', '--port', '0', '--json'];
  const first = way === 'file' ? await createRippleSink(stem, scan, 0) : undefined;
  const browser = course.page ? await startBrowser(await findBrowser()) : undefined;
  const monitor = new CliRun(
    way === 'file' ? ['watch', folder, '--no-record', ...common] : ['listen', ...common],
  );
  const watchers: RowWatcher[] = [];
  try {
    const serving = await monitor.event(({ event }) => event === 'serving');
    const url = new URL(serving.url as string).origin;
    const page = browser && (await DrawnRows.open(browser, url));
    for (let i = 0; i < course.watchers; i++) watchers.push(await RowWatcher.join(url));
    const ingest = `${url.replace('http', 'ws')}/ingest`;
    const sink = first ?? (await createIngestSink(ingest, scan, { id: 'bench' }));
    const written: number[] = [];
    const before = { monitor: monitor.cpuSeconds(), others: process.cpuUsage() };
    const started = performance.now();
    for (let row = 0; row < rows; row++) {
      const due = started + (1000 * row * COLUMNS) / spectraPerSecond;
      if (due > performance.now()) await delay(due - performance.now());
      await sink.write(acquired[row], row, 0);
      written.push(performance.now());
    }
    const rate = (1000 * rows * COLUMNS) / (performance.now() - started);
    const others = process.cpuUsage(before.others);
    const cpu = {
      monitor: (1e6 * (monitor.cpuSeconds() - before.monitor)) / (rows * COLUMNS),
      others: (others.user + others.system) / (rows * COLUMNS),
    };
    const late = written.filter((_, row) => watchers.some(({ seen }) => seen[row] === undefined)).length;
    const rssMb = monitor.peakRssMb();
    await shown(watchers, rows);
    if (page) await delay(1000 * PATIENCE.drawn);
    const drawn = (await page?.seen()) ?? [];
    await sink.close('complete');
    // Rows before the first model have no classes to wait for.
    const firstModel = Math.min(...watchers.map((watcher) => watcher.firstModel));
    const delaysOf = (seen: readonly number[]) =>
      written.flatMap((at, row) => (at > firstModel && seen[row] !== undefined ? [seen[row] - at] : []));
    return {
      delays: watchers.flatMap(({ seen }) => delaysOf(seen)),
      drawn: delaysOf(drawn),
      late,
      rate,
      rssMb,
      cpu,
    };
  } finally {
    for (const watcher of watchers) watcher.close();
    await browser?.close();
    await monitor.stop();
  }
}

/** A row that comes late is late by its time: what is behind is waited for. */
async function shown(watchers: readonly RowWatcher[], rows: number): Promise<void> {
  const end = performance.now() + 1000 * PATIENCE.ready;
  const isShown = () => watchers.every(({ seen }) => seen[rows - 1] !== undefined);
  while (!isShown() && performance.now() < end) await delay(50);
  await delay(1000 * PATIENCE.rows);
}
