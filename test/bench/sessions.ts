import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
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
/** Rows on their way without an acknowledgement. */
const AHEAD = 4;

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
  ];
}

async function listening(args: string[]): Promise<{ monitor: CliRun; url: string }> {
  const monitor = new CliRun(['listen', '--port', '0', '--edges', 'Ti-L', '--json', ...args]);
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

/** Seconds from the first spectrum to the acknowledgement of the last. The scan is not ended. */
async function pushed(url: string, rows: number): Promise<number> {
  const producer = await TestProducer.connect(url);
  await producer.ask(scanOf(rows), 'ready');
  const row = new Uint16Array(COLUMNS * CHANNELS).map((_, i) => 500 + ((i * 7919) % 61));
  const data = new Uint8Array(row.buffer);
  const begin = performance.now();
  for (let sent = 0; sent < rows; sent++) {
    await acknowledged(producer, sent - AHEAD);
    producer.send({ type: 'spectra', first: sent * COLUMNS, count: COLUMNS, data });
  }
  await acknowledged(producer, rows);
  const seconds = (performance.now() - begin) / 1000;
  producer.ws.terminate();
  return seconds;
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

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
