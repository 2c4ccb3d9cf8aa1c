import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { startServer } from '../../server/hub/server.ts';
import { BusyScan } from '../support/busy-scan.ts';
import { findBrowser } from '../support/find-browser.ts';
import { startBrowser } from '../support/start-browser.ts';
import { type MainThreadWork, recordMainThread } from './main-thread.ts';
import { median } from './median.ts';
import { quantile } from './quantile.ts';
import type { Figure } from './run.ts';

const SHAPE: [number, number] = [512, 512];
const UPDATES_PER_SECOND = 20;
const SECONDS = Number(process.env.DASHBOARD_SECONDS ?? 60);
/** A trace is read in pieces, s, each with one refit. */
const PIECE_SECONDS = 10;
const PAINTS = 5;
const VIEWPORT = { width: 1440, height: 900 };
const CLIENT = new URL('../../dist/client', import.meta.url).pathname;

/**
 * The built page in Chromium, behind the true hub: a scan of which everything is measured, 20 updates a second of a row
 * of all 33 layers with all topics, every 10 s all rows after a refit. Core times of the page's main thread, from a
 * performance trace; SwiftShader draws in another process and is left out.
 */
export async function dashboardFrames(): Promise<Figure[]> {
  const scan = new BusyScan(SHAPE);
  const server = await startServer({ port: 0, state: scan.state, clientDirectory: CLIENT });
  const browser = await startBrowser(await findBrowser());
  try {
    return [
      ...(await firstPaints(browser, server.url)),
      ...(await watched(browser, server.url, scan)),
      { name: 'dashboard: program, gzipped', value: (await gzippedBytes(CLIENT)) / 1000, unit: 'kB' },
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}

/** From the request to the first text and to the first map, of a browser that has nothing of the page. */
async function firstPaints(browser: Browser, url: string): Promise<Figure[]> {
  const paints: number[] = [];
  const maps: number[] = [];
  for (let i = 0; i < PAINTS; i++) {
    const context = await browser.newContext({ viewport: VIEWPORT, locale: 'en-US' });
    const page = await context.newPage();
    await page.goto(url);
    while ((await draws(page)) === 0) await delay(5);
    maps.push(await page.evaluate<number>('performance.now()'));
    paints.push(
      await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`),
    );
    await context.close();
  }
  return [
    { name: 'dashboard: first paint', value: median(paints), unit: 'ms' },
    { name: 'dashboard: first map, of 512² pixels', value: median(maps), unit: 'ms' },
  ];
}

async function watched(browser: Browser, url: string, scan: BusyScan): Promise<Figure[]> {
  const page = await browser.newPage({ viewport: VIEWPORT, locale: 'en-US' });
  await page.goto(url);
  while ((await draws(page)) === 0) await delay(20);
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  const heaps: number[] = [];
  const works: MainThreadWork[] = [];
  let updates = 0;
  // The first piece warms up: code is compiled, and what joins is sent everything.
  for (let piece = 0; piece <= Math.ceil(SECONDS / PIECE_SECONDS); piece++) {
    // Classes in the large place, then an intensity with the outlines of pairs.
    await page.keyboard.press(piece % 2 === 0 ? '1' : '4');
    const drawnBefore = await draws(page);
    const work = await recordMainThread(browser, page, async () => {
      const ran = await drive(scan, PIECE_SECONDS);
      if (piece > 0) updates += ran;
    });
    const drawn = ((await draws(page)) - drawnBefore) / PIECE_SECONDS;
    heaps.push(await heapMegabytes(session));
    if (piece > 0) works.push(work);
    if (piece > 0)
      console.log(
        `${piece * PIECE_SECONDS} s: ${heaps.at(-1)?.toFixed(1)} MB, ${drawn.toFixed(0)} pictures/s`,
      );
  }
  await page.close();
  return [...workFigures(works, updates), ...heapFigures(heaps)];
}

/** Updates at the given pace, and a refit in the middle; how many updates there were. */
async function drive(scan: BusyScan, seconds: number): Promise<number> {
  const count = seconds * UPDATES_PER_SECOND;
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    const due = started + (1000 * i) / UPDATES_PER_SECOND;
    if (due > performance.now()) await delay(due - performance.now());
    if (i === count >> 1) scan.refit();
    scan.update();
  }
  return count;
}

/** A page that cannot keep up works in bursts: what an update costs is told of whole seconds. */
function workFigures(works: MainThreadWork[], updates: number): Figure[] {
  const perUpdate = works.flatMap(({ tasks, seconds }) => {
    const sums = new Float64Array(Math.floor(seconds));
    for (const { at, core } of tasks) {
      const second = Math.floor(at / 1000);
      if (second < sums.length) sums[second] += core / UPDATES_PER_SECOND;
    }
    return [...sums];
  });
  const tasks = works.flatMap((work) => work.tasks);
  const cores = tasks.map(({ core }) => core);
  const total = cores.reduce((sum, core) => sum + core, 0);
  const figure = (name: string, value: number, unit = 'ms'): Figure => ({
    name: `dashboard: ${name}`,
    value,
    unit,
  });
  return [
    figure('main thread per update, median', quantile(perUpdate, 0.5)),
    figure('main thread per update, p95', quantile(perUpdate, 0.95)),
    figure('main thread per update, mean with refits', total / updates),
    figure('longest task, core time', quantile(cores, 1)),
    figure('tasks above 50 ms of core time', cores.filter((core) => core > 50).length, 'tasks'),
    figure(
      'longest task, waits included',
      quantile(
        tasks.map(({ wall }) => wall),
        1,
      ),
    ),
  ];
}

function heapFigures(heaps: number[]): Figure[] {
  const half = Math.ceil(heaps.length / 2);
  const [before, after] = [heaps.slice(0, half), heaps.slice(half)].map(median);
  return [
    {
      name: 'dashboard: heap after collection, second half',
      value: after,
      unit: 'MB',
      ratio: { of: 'first half', value: after / before },
    },
  ];
}

/** Objects and the arrays behind them. */
async function heapMegabytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const usage: { usedSize: number; backingStorageSize?: number } = await session.send('Runtime.getHeapUsage');
  return (usage.usedSize + (usage.backingStorageSize ?? 0)) / 1e6;
}

const draws = (page: Page): Promise<number> =>
  page.evaluate<number>('window.eelwatch ? window.eelwatch.state().draws : 0');

async function gzippedBytes(directory: string): Promise<number> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile() && !file.name.endsWith('.map'))
    .map(async (file) => gzipSync(await readFile(join(file.parentPath, file.name))).byteLength);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
