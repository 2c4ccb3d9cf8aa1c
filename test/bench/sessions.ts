import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Timeline } from '../../protocol/index.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { Player } from '../../server/replay/player.ts';
import { CliRun } from '../support/cli.ts';
import { TestProducer } from '../support/test-producer.ts';
import { quantile } from './quantile.ts';
import type { Figure } from './run.ts';

/** Size of the recorded counts, MB; `SESSION_MB=100 npm run bench -- sessions` for less. */
const MEGABYTES = Number(process.env.SESSION_MB ?? 1024);
/** Pushed this often with a recording and without, in turn, so that a machine's moods meet both. */
const TURNS = 3;
const CHANNELS = 2048;
const COLUMNS = 512;
const ENERGY = { offset: 350, dispersion: 0.25, units: 'eV' };
const ROW_BYTES = COLUMNS * CHANNELS * 2;
/** Moments that are gone to, at random. */
const SEEKS = 20;
/** Rows on their way without an acknowledgement. */
const AHEAD = 4;

/** Made once: making them takes longer than pushing them. More than a compressor remembers. */
const DIFFERENT_ROWS = Array.from({ length: 32 }, (_, seed) => rowOf(seed));

/** What recording costs `/ingest`, how soon a killed monitor asks its producer to go on, and what a session takes on disk. */
export async function sessions(folder: string): Promise<Figure[]> {
  const rows = Math.max(AHEAD, Math.round((MEGABYTES * 1e6) / ROW_BYTES));
  const spectra = rows * COLUMNS;
  const rates: Record<'recorded' | 'not kept', number[]> = { recorded: [], 'not kept': [] };
  let recovery = Number.NaN;
  let [bytes, rss] = [0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    const record = join(folder, `sessions-${turn}`);
    const recorded = await listening(['--record', record]);
    rates.recorded.push(spectra / (await pushed(recorded.url, rows)));
    rss = Math.max(rss, recorded.monitor.peakRssMb());
    recorded.monitor.child.kill('SIGKILL');
    await recorded.monitor.ended();
    bytes = await bytesIn(record);
    if (turn === 0) recovery = await recovered(record, rows);
    const passing = await listening(['--no-record']);
    rates['not kept'].push(spectra / (await pushed(passing.url, rows)));
    await passing.monitor.stop();
  }
  const seeks = await seeking(join(folder, 'sessions-replayed'), rows);
  const [kept, passed] = [quantile(rates.recorded, 0.5), quantile(rates['not kept'], 0.5)];
  const size = `${MEGABYTES} MB`;
  return [
    { name: `ingest, ${size}, not kept`, value: passed, unit: 'spectra/s' },
    {
      name: `ingest, ${size}, recorded`,
      value: kept,
      unit: 'spectra/s',
      ratio: { of: 'not kept', value: kept / passed },
    },
    { name: `session, ${size}: recovery after a kill`, value: 1000 * recovery, unit: 'ms' },
    { name: `session, ${size}: most memory while recording`, value: rss, unit: 'MB' },
    {
      name: `session, ${size}: on disk`,
      value: bytes / 1e6,
      unit: 'MB',
      ratio: { of: 'its counts', value: bytes / (rows * ROW_BYTES) },
    },
    ...seeks,
  ];
}

/** How long it takes to open a whole session for replay, and to show another moment of it. */
async function seeking(record: string, rows: number): Promise<Figure[]> {
  const { monitor, url } = await listening(['--record', record, '--edges', 'Ti-L,O-K,La-M']);
  await pushed(url, rows, true);
  const { session } = await monitor.event(({ event }) => event === 'recorded');
  await monitor.stop();
  const folder = String(session);
  const name = `replay, ${MEGABYTES} MB`;
  let begin = performance.now();
  const player = await Player.open(folder);
  const opened = performance.now() - begin;
  const { start, end } = player.topics.get('timeline') as Timeline;
  const random = createRandom(1);
  const ms: number[] = [];
  for (let n = 0; n < SEEKS; n++) {
    begin = performance.now();
    await player.command({ type: 'seek', at: Math.round(start + random() * (end - start)) });
    ms.push(performance.now() - begin);
  }
  await player.close();
  const shown = await bytesIn(folder, /^(journal\.mcap|pictures\.raw)$/);
  return [
    { name: `${name}: opening`, value: opened, unit: 'ms' },
    { name: `${name}: seek, median`, value: quantile(ms, 0.5), unit: 'ms' },
    { name: `${name}: seek, slowest of ${SEEKS}`, value: Math.max(...ms), unit: 'ms' },
    {
      name: `${name}: what was shown, on disk`,
      value: shown / 1e6,
      unit: 'MB',
      ratio: { of: 'its counts', value: shown / (rows * ROW_BYTES) },
    },
  ];
}

async function listening(args: string[]): Promise<{ monitor: CliRun; url: string }> {
  const monitor = new CliRun([
    'listen',
    '--port',
    '0',
    '--json',
    ...(args.includes('--edges') ? [] : ['--edges', 'Ti-L']),
    ...args,
  ]);
  const { url } = await monitor.event(({ event }) => event === 'serving');
  return { monitor, url: String(url).replace(/\/$/, '') };
}

const scanOf = (rows: number) => ({
  type: 'scan',
  id: 'bench',
  started: 'once',
  shape: [rows, COLUMNS],
  channels: CHANNELS,
  energy: ENERGY,
  dtype: 'u16',
});

/** Seconds from the first spectrum to the acknowledgement of the last. */
async function pushed(url: string, rows: number, ends = false): Promise<number> {
  const producer = await TestProducer.connect(url);
  await producer.ask(scanOf(rows), 'ready');
  const data = DIFFERENT_ROWS.map((row) => new Uint8Array(row.buffer));
  const begin = performance.now();
  for (let sent = 0; sent < rows; sent++) {
    await acknowledged(producer, sent - AHEAD);
    const first = sent * COLUMNS;
    producer.send({ type: 'spectra', first, count: COLUMNS, data: data[sent % data.length] });
  }
  await acknowledged(producer, rows);
  const seconds = (performance.now() - begin) / 1000;
  if (ends) {
    producer.send({ type: 'end' });
    await producer.reply('ack', 0, ({ synced }) => synced >= rows * COLUMNS);
  }
  producer.ws.terminate();
  return seconds;
}

/** Counts that fall off with the energy, and two phases that differ at three edges; simulated. */
function rowOf(seed: number): Uint16Array {
  const random = createRandom(seed);
  return Uint16Array.from({ length: COLUMNS * CHANNELS }, (_, i) => {
    const energy = ENERGY.offset + ENERGY.dispersion * (i % CHANNELS);
    const phase = Math.floor(i / CHANNELS) < COLUMNS / 2 ? 1 : 0.4;
    const edges = [456, 532, 832].filter((onset) => energy > onset).length;
    const expected = 2000 * (energy / 350) ** -3 * (1 + phase * edges);
    return Math.max(0, expected + Math.sqrt(12 * expected) * (random() - 0.5));
  });
}

const acknowledged = (producer: TestProducer, rows: number) => {
  if (rows <= 0) return;
  // Older answers tell nothing any more.
  producer.replies.splice(0, producer.replies.length - 1);
  return producer.reply('ack', 0, ({ next }) => next >= rows * COLUMNS);
};

/** Seconds from the start of a monitor until the producer of a killed one is asked to go on where it was. */
async function recovered(record: string, rows: number): Promise<number> {
  const begin = performance.now();
  const { monitor, url } = await listening(['--record', record]);
  const producer = await TestProducer.connect(url);
  const { next } = await producer.ask(scanOf(rows), 'ready');
  const seconds = (performance.now() - begin) / 1000;
  producer.ws.terminate();
  await monitor.stop();
  if (next !== rows * COLUMNS)
    throw new Error(`expected ${rows * COLUMNS} spectra after a kill, found ${next}`);
  return seconds;
}

async function bytesIn(folder: string, names = /./): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && names.test(entry.name))
      bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
