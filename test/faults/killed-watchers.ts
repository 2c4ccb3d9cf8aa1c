import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../server/analysis/math/random.ts';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';
import { hasResults } from '../../server/sessions/has-results.ts';
import { readDescription } from '../../server/sessions/session-description.ts';
import { CliRun } from '../support/cli.ts';
import { AXIS, CHANNELS } from '../support/synthetic-cube.ts';
import { COLUMNS, digestOf, ROWS, rowsOf, sessionsIn } from './small-scan.ts';

/** Rows come this far apart, ms: a scan outlives several starts of the monitor. */
const ROW_MS = 90;
const EDGES = ['--edges', 'Ti-L'];

export interface WatchKillFigures {
  kills: number;
  /** Of these, kills after the end of the scan, while final maps were made. */
  whileFinalising: number;
  scans: number;
  /** Of these, scans whose counts were copied into their session. */
  copied: number;
  /** Spectra of the file that the session does not have in the end. */
  lost: number;
  /** Sessions beside the one that each scan is to have. */
  surplus: number;
  /** Scans whose final maps, or counts where these were copied, are not those of an undisturbed run. */
  different: number;
}

/**
 * Kills the real program at random moments while it watches a file that grows on meanwhile, and while it makes the final maps, until it is
 * through. Of every other scan the counts are copied.
 */
export async function killWatchers(kills: number, seed: number): Promise<WatchKillFigures> {
  const random = createRandom(seed);
  const figures: WatchKillFigures = {
    kills: 0,
    whileFinalising: 0,
    scans: 0,
    copied: 0,
    lost: 0,
    surplus: 0,
    different: 0,
  };
  while (figures.kills < kills) {
    const root = mkdtempSync(join(tmpdir(), 'eelwatch-faults-'));
    try {
      await watchUnderFire(root, seed + figures.scans, figures, kills, random);
      figures.scans++;
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return figures;
}

async function watchUnderFire(
  root: string,
  seed: number,
  figures: WatchKillFigures,
  kills: number,
  random: () => number,
): Promise<void> {
  const [data, record] = [join(root, 'data'), join(root, 'sessions')];
  mkdirSync(data);
  const copies = figures.scans % 2 === 1;
  if (copies) figures.copied++;
  const watch = ['watch', data, '--port', '0', '--record', record, ...EDGES, '--json'];
  if (copies) watch.push('--record-counts');
  const scan = { isWritten: false };
  const rows = rowsOf(seed);
  const acquisition = acquire(join(data, 'grown'), rows).then(() => {
    scan.isWritten = true;
  });
  for (;;) {
    const monitor = new CliRun(watch);
    // The last ones are let live, so that every scan comes to its end.
    const isKilled = figures.kills < kills && random() < (scan.isWritten ? 0.6 : 0.9);
    const moment = random();
    try {
      const done = finished(monitor, record).catch(() => false);
      const killed = isKilled ? killAt(monitor, moment) : new Promise<boolean>(() => {});
      if (await Promise.race([done, killed])) break;
      if (scan.isWritten) figures.whileFinalising++;
      figures.kills++;
      await monitor.ended();
      if (scan.isWritten && (await isOver(record))) break;
    } finally {
      if (monitor.child.exitCode === null && monitor.child.signalCode === null) await monitor.stop();
    }
  }
  await acquisition;
  const sessions = sessionsIn(record);
  figures.surplus += sessions.length - 1;
  const session = join(record, sessions[0]);
  const acquired = (await readDescription(session))?.files?.acquired[0] ?? 0;
  figures.lost += ROWS * COLUMNS - acquired;
  const isCopied = () => readFileSync(join(session, 'core.raw')).equals(Buffer.concat(rows));
  const out = join(root, 'out');
  const analysed = new CliRun(['analyse', join(data, 'grown.rpl'), ...EDGES, '--out', out]);
  const isSame = (await analysed.ended()) === 0 && digestOf(out) === digestOf(join(session, 'results'));
  if (!isSame || (copies && !isCopied())) figures.different++;
}

/** Writes a scan row by row, whoever watches. */
async function acquire(stem: string, rows: Uint8Array[]): Promise<void> {
  const writer = await createRippleWriter(stem, {
    shape: [ROWS, COLUMNS],
    channels: CHANNELS,
    dtype: 'f32',
    energy: AXIS,
  });
  for (const row of rows) {
    // Rows rarely reach a disk whole.
    const torn = Math.floor(row.byteLength / 3);
    await writer.append(row.subarray(0, torn));
    await wait(ROW_MS / 2);
    await writer.append(row.subarray(torn));
    await wait(ROW_MS / 2);
  }
  await writer.close();
}

/** Resolves when a session is through, with all that belongs to it. */
async function finished(monitor: CliRun, record: string): Promise<boolean> {
  await monitor.event(({ event }) => event === 'recorded');
  while (!(await isOver(record))) await wait(20);
  return true;
}

async function isOver(record: string): Promise<boolean> {
  for (const name of sessionsIn(record)) {
    const description = await readDescription(join(record, name));
    if (description?.status === 'complete' && (await hasResults(join(record, name)))) return true;
  }
  return false;
}

/** Some time after it has started to watch, in most cases while rows come or maps are made. */
async function killAt(monitor: CliRun, moment: number): Promise<boolean> {
  await monitor.event(({ event }) => event === 'serving');
  await wait(900 * moment);
  monitor.child.kill('SIGKILL');
  return false;
}
