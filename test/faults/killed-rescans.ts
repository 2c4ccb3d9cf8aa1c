import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../server/analysis/math/random.ts';
import { hasResults } from '../../server/sessions/has-results.ts';
import { readDescription } from '../../server/sessions/session-description.ts';
import { CliRun } from '../support/cli.ts';
import { AXIS, CHANNELS } from '../support/synthetic-cube.ts';
import { TestProducer } from '../support/test-producer.ts';
import { texturedRows } from '../support/textured-specimen.ts';
import { COLUMNS, digestOf, ROWS, sessionsIn } from './small-scan.ts';

/** Rows come this far apart, ms. */
const ROW_MS = 12;
const EDGES = ['--edges', 'Ti-L'];
/** The part that is scanned again. */
const REGION = { y: 8, x: 0, height: 20, width: COLUMNS, dwells: 1 };
const SCAN = { type: 'scan', channels: CHANNELS, energy: AXIS, dtype: 'f32', started: 'once' };
const PARENT = { ...SCAN, id: 'parent', shape: [ROWS, COLUMNS] };
const RESCAN = {
  ...SCAN,
  id: 'again',
  shape: [REGION.height, REGION.width],
  region: { parentId: 'parent', ...REGION },
};

export interface RescanKillFigures {
  kills: number;
  /** Of these, kills after the end of the rescan, while it was added and final maps were made. */
  whileFinalising: number;
  scans: number;
  /** Spectra of rescans that were acknowledged and were missing at the next start. */
  lost: number;
  /** Rescans or patches of them that are there more than once. */
  surplus: number;
  /** Scans whose counts or final maps are not those of an undisturbed run. */
  different: number;
}

/**
 * Kills the real program at random moments while a rescan is pushed, and while its counts are added and final maps are made, until
 * it is through.
 */
export async function killRescans(kills: number, seed: number): Promise<RescanKillFigures> {
  const random = createRandom(seed);
  const figures: RescanKillFigures = {
    kills: 0,
    whileFinalising: 0,
    scans: 0,
    lost: 0,
    surplus: 0,
    different: 0,
  };
  while (figures.kills < kills) {
    const root = mkdtempSync(join(tmpdir(), 'eelwatch-faults-'));
    try {
      await rescanUnderFire(root, seed + 100 * figures.scans, figures, kills, random);
      figures.scans++;
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return figures;
}

async function rescanUnderFire(
  root: string,
  seed: number,
  figures: RescanKillFigures,
  kills: number,
  random: () => number,
): Promise<void> {
  const record = join(root, 'sessions');
  const rows = texturedRows({ y: 0, x: 0, height: ROWS, width: COLUMNS }, 200, seed);
  const again = texturedRows(REGION, 200, seed + 1);
  const state = { acknowledged: 0, ended: false, isFirst: true };
  for (;;) {
    const monitor = new CliRun(['listen', '--port', '0', '--record', record, ...EDGES, '--json']);
    // The last ones are let live, so that every rescan comes to its end.
    const isKilled = !state.isFirst && figures.kills < kills && random() < (state.ended ? 0.6 : 0.9);
    const moment = random();
    try {
      const done = (async () => {
        const { url } = await monitor.event(({ event }) => event === 'serving');
        const address = String(url).replace(/\/$/, '');
        if (state.isFirst) {
          await push(address, PARENT, rows, () => {}, 0);
          await until(() => isOver(record, 0));
          state.isFirst = false;
          return false;
        }
        if (!state.ended) {
          const before = state.acknowledged;
          const next = await push(address, RESCAN, again, (count) => {
            state.acknowledged = Math.max(state.acknowledged, count);
          });
          figures.lost += Math.max(0, before - next);
          state.ended = true;
        }
        await until(() => isOver(record, 1));
        return true;
      })().catch(() => false);
      const killed = isKilled ? killAt(monitor, moment) : new Promise<boolean>(() => {});
      const isThrough = await Promise.race([done, killed]);
      if (isThrough) break;
      if (isKilled) {
        figures.kills++;
        if (state.ended) figures.whileFinalising++;
        await monitor.ended();
      }
      // A connection that was never answered would keep this waiting.
      await Promise.race([done, wait(500)]);
      if (state.ended && (await isOver(record, 1))) break;
    } finally {
      if (monitor.child.exitCode === null && monitor.child.signalCode === null) await monitor.stop();
    }
  }
  const session = join(record, sessionsIn(record)[0]);
  const description = await readDescription(session);
  figures.surplus += sessionsIn(record).length - 1;
  figures.surplus += (description?.rescans?.length ?? 0) - 1 + (description?.patches?.length ?? 0) - 1;
  if (!(await isUndisturbed(session, root, rows, again))) figures.different++;
}

/** Some time after it serves, in most cases while rows come or maps are made. */
async function killAt(monitor: CliRun, moment: number): Promise<boolean> {
  await monitor.event(({ event }) => event === 'serving');
  await wait(900 * moment);
  monitor.child.kill('SIGKILL');
  return false;
}

/** Whether so many patches are in and the final maps with them. */
async function isOver(record: string, patches: number): Promise<boolean> {
  const [name] = sessionsIn(record);
  if (name === undefined) return false;
  const description = await readDescription(join(record, name)).catch(() => undefined);
  // One that is refused would be waited for without end; its maps tell that it is missing.
  const isRefused = description?.rescans?.some(({ refused }) => refused !== undefined) === true;
  const isIn = isRefused || (description?.patches?.length ?? 0) >= patches;
  return isIn && (await hasResults(join(record, name)));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(20);
}

/**
 * Pushes what is missing, a row at a time.
 * @returns the pixel at which it went on
 */
async function push(
  url: string,
  scan: Record<string, unknown>,
  rows: Uint8Array[],
  note: (next: number) => void,
  rowMs = ROW_MS,
): Promise<number> {
  const producer = await TestProducer.connect(url);
  try {
    const { next } = await producer.ask(scan, 'ready');
    for (let row = Math.floor(next / COLUMNS); row < rows.length; row++) {
      producer.send({ type: 'spectra', first: row * COLUMNS, count: COLUMNS, data: rows[row] });
      await producer.reply('ack', 0, (ack) => ack.next >= (row + 1) * COLUMNS);
      note((row + 1) * COLUMNS);
      if (rowMs > 0) await wait(rowMs);
    }
    await producer.ask({ type: 'end' }, 'ack');
    return next;
  } finally {
    producer.ws.terminate();
  }
}

async function isUndisturbed(
  session: string,
  root: string,
  rows: Uint8Array[],
  again: Uint8Array[],
): Promise<boolean> {
  const isWritten = (file: string, written: Uint8Array[]) =>
    readFileSync(join(session, file)).equals(Buffer.concat(written));
  if (!isWritten('core.raw', rows) || !isWritten('rescan-1.raw', again)) return false;
  const out = join(root, 'out');
  const { y, x, dwells } = REGION;
  const rescan = `${join(session, 'rescan-1.rpl')}@${y},${x},${dwells}`;
  const analysed = new CliRun([
    'analyse',
    join(session, 'core.rpl'),
    '--rescan',
    rescan,
    ...EDGES,
    '--out',
    out,
  ]);
  if ((await analysed.ended()) !== 0) return false;
  return digestOf(out) === digestOf(join(session, 'results'));
}
