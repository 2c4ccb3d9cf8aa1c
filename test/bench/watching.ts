import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { formatRippleHeader } from '../../server/formats/text/ripple-header.ts';
import { CliRun } from '../support/cli.ts';
import { quantile } from './quantile.ts';
import type { Figure } from './run.ts';

const CHANNELS = 100;
const SECONDS = Number(process.env.WATCHING_SECONDS ?? 10);
const SCANS = 15;
/** Rows of one pixel of the scan that grows, each an event, per second. */
const ROWS_PER_SECOND = 50;
/** No edge lies in the spectra, so that watching is all there is to do. */
const NO_EDGES = ['--edges', 'X:5000:4900-4990:5000-5100'];

/** What it costs to watch a folder, and how soon a scan that appears in it is on show. */
export async function watching(folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const files of [10, 1000]) {
    const polled = await measure(join(folder, `watching-${files}-poll`), files, ['--poll']);
    const { idle, growing, delays } = await measure(join(folder, `watching-${files}`), files, []);
    const figure = (what: string, value: number, unit: string, of: number): Figure => ({
      name: `watching ${files} files: ${what}`,
      value,
      unit,
      ratio: { of: 'with --poll', value: value / of },
    });
    figures.push(
      figure('idle', idle, '% of a core', polled.idle),
      figure(`a scan grows by ${ROWS_PER_SECOND} rows/s`, growing, '% of a core', polled.growing),
      figure(
        'a scan appears to it is shown, median',
        quantile(delays, 0.5),
        'ms',
        quantile(polled.delays, 0.5),
      ),
    );
  }
  return figures;
}

async function measure(
  folder: string,
  files: number,
  args: string[],
): Promise<{ idle: number; growing: number; delays: number[] }> {
  mkdirSync(folder);
  for (let index = 0; index < files; index++) writeScan(join(folder, `old-${index}`), 4, 4);
  const monitor = new CliRun(['watch', folder, '--no-record', '--json', '--port', '0', ...NO_EDGES, ...args]);
  try {
    await monitor.event(({ event, total }) => event === 'progress' && total === 16);
    await wait(3000);
    const idle = await loadOf(monitor, () => wait(1000 * SECONDS));
    const delays: number[] = [];
    for (let index = 0; index < SCANS; index++) {
      await wait(700 + 40 * index);
      // Each has a number of pixels of its own, by which its progress is known.
      const rows = 20 + index;
      writeScan(join(folder, `new-${index}`), rows, 1);
      const begin = performance.now();
      await monitor.event(({ event, total }) => event === 'progress' && total === rows);
      delays.push(performance.now() - begin);
    }
    await wait(1500);
    const stem = join(folder, 'growing');
    writeScan(stem, 64 * SECONDS, 1, 1);
    const growing = await loadOf(monitor, async () => {
      const begin = performance.now();
      for (let row = 1; row < ROWS_PER_SECOND * SECONDS; row++) {
        appendFileSync(`${stem}.raw`, samplesOf(1));
        await wait(Math.max(0, (1000 * row) / ROWS_PER_SECOND - (performance.now() - begin)));
      }
    });
    return { idle, growing, delays };
  } finally {
    await monitor.stop();
  }
}

/** Percent of a core that a monitor takes meanwhile. */
async function loadOf(monitor: CliRun, during: () => Promise<unknown>): Promise<number> {
  const [begin, before] = [performance.now(), monitor.cpuSeconds()];
  await during();
  return (100 * (monitor.cpuSeconds() - before)) / ((performance.now() - begin) / 1000);
}

function writeScan(stem: string, rows: number, columns: number, written = rows * columns): void {
  writeFileSync(`${stem}.raw`, samplesOf(written));
  const energy = { offset: 10, dispersion: 1, units: 'eV' as const };
  const header = formatRippleHeader({ shape: [rows, columns], channels: CHANNELS, dtype: 'u16', energy });
  writeFileSync(`${stem}.part`, header);
  renameSync(`${stem}.part`, `${stem}.rpl`);
}

/** Spectra whose counts are not all alike, as those of a file are that is still to be filled. */
const samplesOf = (spectra: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Uint16Array.from({ length: CHANNELS * spectra }, (_, index) => 100 + (index % 31)).buffer);
