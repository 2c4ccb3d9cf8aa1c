import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ProducerMessage } from '../../../../protocol/ingest.ts';
import { CliRun } from '../../../support/cli.ts';
import { TestProducer } from '../../../support/test-producer.ts';

const ROWS = 48;
const COLUMNS = 16;
const CHANNELS = 200;
const SCAN: ProducerMessage = {
  type: 'scan',
  id: 'survivor',
  shape: [ROWS, COLUMNS],
  channels: CHANNELS,
  energy: { offset: 80, dispersion: 0.5 },
  dtype: 'u16',
};

/** One row; every sample is different from its neighbours and never 0. */
const rowOf = (row: number): Uint8Array => {
  const first = row * COLUMNS * CHANNELS;
  const samples = Uint16Array.from({ length: COLUMNS * CHANNELS }, (_, i) => 1 + ((first + i) % 60_000));
  return new Uint8Array(samples.buffer);
};

it('a monitor that is killed again and again has every spectrum it acknowledged, and takes the rest', async () => {
  const record = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const listen = ['listen', '--port', '0', '--record', record, '--edges', 'Si-L', '--json'];
  let acknowledged = 0;
  let rounds = 0;
  try {
    for (; acknowledged < ROWS * COLUMNS; rounds++) {
      const monitor = new CliRun(listen);
      const serving = await monitor.event(({ event, type }) => (event ?? type) === 'serving');
      const producer = await TestProducer.connect(String(serving.url).replace(/\/$/, ''));
      const { next } = await producer.ask(SCAN, 'ready');
      expect(next).toBeGreaterThanOrEqual(acknowledged);
      const killAt = Math.min(next + 9 * COLUMNS + rounds, ROWS * COLUMNS);
      for (let row = Math.floor(next / COLUMNS); row < Math.min(ROWS, Math.ceil(killAt / COLUMNS) + 3); row++)
        producer.send({ type: 'spectra', first: row * COLUMNS, count: COLUMNS, data: rowOf(row) });
      await producer.reply('ack', 0, (ack) => ack.next >= killAt);
      monitor.child.kill('SIGKILL');
      await monitor.ended();
      for (const reply of producer.replies)
        if (reply.type === 'ack') acknowledged = Math.max(acknowledged, reply.next);
      expect(producer.replies.filter(({ type }) => type === 'error')).toEqual([]);
      producer.ws.terminate();
      const content = readFileSync(join(record, readdirSync(record)[0], 'core.raw'));
      const expected = Buffer.concat(Array.from({ length: ROWS }, (_, row) => rowOf(row)));
      const bytes = acknowledged * CHANNELS * 2;
      expect(content.subarray(0, bytes).equals(expected.subarray(0, bytes))).toBe(true);
    }
    expect(rounds).toBeGreaterThan(2);
  } finally {
    rmSync(record, { recursive: true });
  }
});
