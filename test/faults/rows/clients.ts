import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LIVE_SUBPROTOCOL } from '../../../protocol/index.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import { quantile } from '../../bench/quantile.ts';
import { LiveClient } from '../../support/live-client.ts';
import { TestProducer } from '../../support/test-producer.ts';
import { COLUMNS, ROWS, rowsOf } from '../small-scan.ts';
import { type FaultRow, found, seconds } from './outcome.ts';
import { record } from './recorded.ts';
import { HEADER } from './undisturbed.ts';

const ROW_MS = 40;
const SCANS = 3;
const SPECTRUM = JSON.stringify({ type: 'spectrum', request: 1, pixel: 1 });
const QUIET_MS = 2000;
/** A client that reads nothing is cut off after so long. */
const STALLED_MS = 30_000;
const MOST_UNSENT = 1.25 * 2 ** 20;

/** Pushes a scan row by row as acquired. @returns rows per second */
async function pushRows(
  url: string,
  id: string,
  rowMs: number,
  seed: number,
  sent: (row: number) => Promise<void> | void = () => {},
): Promise<number> {
  const rows = rowsOf(seed);
  const producer = await TestProducer.connect(url);
  await producer.ask({ type: 'scan', id, ...HEADER, started: id }, 'ready');
  const began = performance.now();
  for (const [row, data] of rows.entries()) {
    producer.send({ type: 'spectra', first: row * COLUMNS, count: COLUMNS, data });
    await producer.reply('ack', 0, ({ next }) => next >= (row + 1) * COLUMNS);
    await sent(row);
    await wait(Math.max(0, began + (row + 1) * rowMs - performance.now()));
  }
  const rate = (1000 * ROWS) / (performance.now() - began);
  await producer.ask({ type: 'end' }, 'ack');
  producer.ws.terminate();
  return rate;
}

/** Rows per second of the fastest of some scans: others use the machine, too. */
async function bestRate(url: string, id: string, seed: number): Promise<number> {
  let best = 0;
  for (let n = 0; n < SCANS; n++) best = Math.max(best, await pushRows(url, `${id}-${n}`, ROW_MS, seed));
  return best;
}

/** R26: a page that asks and asks, and reads nothing any more. */
export const stalledClient: FaultRow = {
  fault: 'page that reads nothing',
  wanted: 'ingest rate ±2 %, ≤ 1 MiB and a frame unsent, cut off ≤ 30 s after it stalls',
  async run(scale, seed) {
    let [alone, beside, unsent, away] = [0, 0, 0, Infinity];
    const patienceMs = scale === 'full' ? 2 * STALLED_MS : 3000;
    await record(
      async ({ url }) => {
        alone = await bestRate(url, 'alone', seed);
        await wait(1500);
        const page = new WebSocket(`${url.replace('http', 'ws')}/live`, LIVE_SUBPROTOCOL);
        page.on('error', () => {});
        await once(page, 'open');
        const { _socket: socket } = page as unknown as { _socket: { pause(): void } };
        page.pause();
        socket.pause();
        const asking = setInterval(() => page.send(SPECTRUM), 30);
        const began = performance.now();
        beside = await bestRate(url, 'beside', seed);
        while (performance.now() - began < patienceMs) {
          const text = await (await fetch(`${url}/metrics`)).text();
          const read = (name: string) => Number(new RegExp(`^eelwatch_${name} (\\d+)`, 'm').exec(text)?.[1]);
          unsent = Math.max(unsent, read('most_unsent_bytes'));
          if (read('connections') === 0) {
            away = performance.now() - began;
            break;
          }
          await wait(200);
        }
        clearInterval(asking);
        page.terminate();
      },
      { command: 'listen', scans: 0 },
    );
    const change = Math.abs(beside / alone - 1);
    const isAway = scale === 'short' || away < patienceMs;
    const far = scale === 'short' ? '' : isAway ? `, cut off after ${seconds(away)}` : ', still connected';
    return found(
      (scale === 'short' || change <= 0.02) && isAway && unsent <= MOST_UNSENT,
      `rate ${(100 * change).toFixed(1)} % off, ${(unsent / 2 ** 20).toFixed(2)} MiB unsent${far}`,
    );
  },
};

/** R27: many pages, some of which come and go. */
export const manyClients: FaultRow = {
  fault: '20 pages, 3 of which come and go',
  wanted: 'all the same ≤ 2 s after quiet; p95 from sent to shown ≤ 250 ms',
  async run(scale, seed) {
    const [count, random] = [scale === 'full' ? 20 : 6, createRandom(seed)];
    const clients: LiveClient[] = [];
    const lags: number[] = [];
    let same = 0;
    await record(
      async ({ url, monitor }) => {
        for (let n = 0; n < count; n++) clients.push(await LiveClient.join(url));
        const watching = clients[count - 1];
        const shown: Promise<void>[] = [];
        await pushRows(url, 'many', 60, seed, (row) => {
          const began = performance.now();
          const isShown = () => {
            const counts = [...watching.layers.values()].find(({ kind }) => kind === 'counts');
            const map = counts && watching.maps.get(counts.id);
            return map !== undefined && Number.isFinite(map[(row + 1) * COLUMNS - 1]);
          };
          shown.push(
            (async () => {
              while (!isShown()) await wait(2);
              lags.push(performance.now() - began);
            })(),
          );
          if (random() > 0.3) return;
          const leaving = Math.floor(random() * 3);
          clients[leaving].ws.terminate();
          void LiveClient.join(url).then((client) => {
            clients[leaving] = client;
          });
        });
        await Promise.all(shown);
        await monitor.event(({ status }) => status === 'complete');
        await wait(QUIET_MS);
        const pictures = clients.map((client) =>
          createHash('sha256').update(JSON.stringify(client.picture())).digest('hex'),
        );
        same = pictures.filter((picture) => picture === pictures[count - 1]).length;
        for (const { ws } of clients) ws.terminate();
      },
      { command: 'listen' },
    );
    const p95 = quantile(lags, 0.95);
    // A test on a busy machine asks for the pictures only.
    return found(
      same === count && (scale === 'short' || p95 <= 250),
      `${same} of ${count} the same; p95 ${p95.toFixed(0)} ms`,
    );
  },
};
