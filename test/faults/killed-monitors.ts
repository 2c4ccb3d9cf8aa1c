import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../server/analysis/math/random.ts';
import { CliRun } from '../support/cli.ts';
import { AXIS, CHANNELS } from '../support/synthetic-cube.ts';
import { TestProducer } from '../support/test-producer.ts';
import { COLUMNS, digestOf, ROWS, rowsOf, sessionsIn } from './small-scan.ts';

/** Rows come this far apart, ms. */
const ROW_MS = 6;
const EDGES = ['--edges', 'Ti-L'];

export interface KillFigures {
  kills: number;
  /** Of these, kills after the end of the scan, while final maps were made. */
  whileFinalising: number;
  scans: number;
  /** Spectra that were acknowledged and were missing at the next start. */
  lost: number;
  /** Scans whose counts or final maps are not those of an undisturbed run. */
  different: number;
}

/** Kills the real program at random moments while a scan is pushed, and while its final maps are made, until it is through. */
export async function killMonitors(kills: number, seed: number): Promise<KillFigures> {
  const random = createRandom(seed);
  const figures: KillFigures = { kills: 0, whileFinalising: 0, scans: 0, lost: 0, different: 0 };
  while (figures.kills < kills) {
    const root = mkdtempSync(join(tmpdir(), 'eelwatch-faults-'));
    try {
      await recordUnderFire(root, seed + figures.scans, figures, kills, random);
      figures.scans++;
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return figures;
}

async function recordUnderFire(
  root: string,
  seed: number,
  figures: KillFigures,
  kills: number,
  random: () => number,
): Promise<void> {
  const record = join(root, 'sessions');
  const listen = ['listen', '--port', '0', '--record', record, ...EDGES, '--json'];
  const rows = rowsOf(seed);
  let acknowledged = 0;
  let ended = false;
  for (;;) {
    const monitor = new CliRun(listen);
    // The last ones are let live, so that every scan comes to its end.
    const isKilled = figures.kills < kills && random() < (ended ? 0.5 : 0.9);
    const moment = random();
    const killed = isKilled
      ? (ended ? wait(100 + 900 * moment) : duringPush(monitor, moment)).then(() =>
          monitor.child.kill('SIGKILL'),
        )
      : new Promise<void>(() => {});
    try {
      const done = (async () => {
        const { url } = await monitor.event(({ event }) => event === 'serving');
        if (!ended) {
          const pushed = await push(String(url).replace(/\/$/, ''), rows, acknowledged, (next) => {
            acknowledged = Math.max(acknowledged, next);
          });
          figures.lost += pushed.lost;
          ended = true;
        }
        await monitor.event(({ event }) => event === 'recorded');
        return true;
      })().catch(() => false);
      const finished = await Promise.race([done, killed.then(() => false)]);
      if (finished) break;
      figures.kills++;
      if (ended) figures.whileFinalising++;
      await monitor.ended();
      // A connection that was never answered would keep this waiting.
      await Promise.race([done, wait(500)]);
      if (ended && hasResults(record)) break;
    } finally {
      if (monitor.child.exitCode === null && monitor.child.signalCode === null) await monitor.stop();
    }
  }
  if (!(await isUndisturbed(record, root, rows))) figures.different++;
}

/** Some moment while rows come, in most cases. */
async function duringPush(monitor: CliRun, moment: number): Promise<void> {
  await monitor.event(({ event }) => event === 'serving');
  await wait(1.5 * ROWS * ROW_MS * moment);
}

const hasResults = (record: string): boolean =>
  readdirSync(join(record, sessionsIn(record)[0])).includes('results');

/** Pushes what is missing, a row at a time. */
async function push(
  url: string,
  rows: Uint8Array[],
  acknowledged: number,
  note: (next: number) => void,
): Promise<{ lost: number }> {
  const producer = await TestProducer.connect(url);
  try {
    const { next } = await producer.ask(
      {
        type: 'scan',
        id: 'killed',
        started: 'once',
        shape: [ROWS, COLUMNS],
        channels: CHANNELS,
        energy: AXIS,
        dtype: 'f32',
      },
      'ready',
    );
    for (let row = Math.floor(next / COLUMNS); row < ROWS; row++) {
      producer.send({ type: 'spectra', first: row * COLUMNS, count: COLUMNS, data: rows[row] });
      await producer.reply('ack', 0, (ack) => ack.next >= (row + 1) * COLUMNS);
      note((row + 1) * COLUMNS);
      await wait(ROW_MS);
    }
    await producer.ask({ type: 'end' }, 'ack');
    return { lost: Math.max(0, acknowledged - next) };
  } finally {
    producer.ws.terminate();
  }
}

async function isUndisturbed(record: string, root: string, rows: Uint8Array[]): Promise<boolean> {
  // A kill at the very begin leaves an empty folder, which is removed later.
  const sessions = sessionsIn(record);
  const session = join(record, sessions[0]);
  if (sessions.length !== 1 || !readFileSync(join(session, 'core.raw')).equals(Buffer.concat(rows)))
    return false;
  const out = join(root, 'out');
  const analysed = new CliRun(['analyse', join(session, 'core.rpl'), ...EDGES, '--out', out]);
  if ((await analysed.ended()) !== 0) return false;
  return digestOf(out) === digestOf(join(session, 'results'));
}
