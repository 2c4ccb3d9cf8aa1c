import { setTimeout as wait } from 'node:timers/promises';
import { TestProducer } from '../../support/test-producer.ts';
import { COLUMNS, ROWS } from '../small-scan.ts';
import { HEADER } from './undisturbed.ts';

export const PIXELS = ROWS * COLUMNS;
export const SCAN = { type: 'scan', id: 'pushed', started: 'once', ...HEADER };

/** Bytes of one pixel of a scan of `rowsOf`. */
export const pixelOf = (rows: readonly Uint8Array[], pixel: number): Uint8Array => {
  const row = rows[Math.floor(pixel / COLUMNS)];
  const length = row.byteLength / COLUMNS;
  return row.slice((pixel % COLUMNS) * length, ((pixel % COLUMNS) + 1) * length);
};

/** Pushes single pixels in the order given, and ends the scan. @returns the producer, with the replies it got */
export async function pushPixels(
  url: string,
  pixels: Iterable<[pixel: number, data: Uint8Array]>,
  scan: Record<string, unknown> = SCAN,
): Promise<TestProducer> {
  const producer = await TestProducer.connect(url);
  await producer.ask(scan, 'ready');
  let sent = 0;
  for (const [first, data] of pixels) {
    producer.send({ type: 'spectra', first, count: 1, data });
    if (++sent % COLUMNS === 0) await wait(5);
  }
  await producer.ask({ type: 'plan?' }, 'plan');
  producer.send({ type: 'end' });
  await producer.reply('ack', 0, ({ synced, next }) => synced >= next && next > 0);
  return producer;
}
