import { afterEach, expect, it } from 'vitest';
import type { ProducerMessage } from '../../../../protocol/ingest.ts';
import type { Ingest, IngestLimits } from '../../../../server/sources/producers/ingest.ts';
import { SourceLog } from '../../../support/source-log.ts';
import { createTestIngest } from '../../../support/test-ingest.ts';
import { TestProducer } from '../../../support/test-producer.ts';
import { startTestServer, type TestServer } from '../../../support/test-server.ts';

const SCAN: ProducerMessage = {
  type: 'scan',
  id: 'one',
  shape: [4, 6],
  channels: 5,
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
  dtype: 'u16',
};
const spectra = (first: number, count = 1): ProducerMessage => ({
  type: 'spectra',
  first,
  count,
  data: new Uint8Array(10 * count),
});

let server: TestServer;
let ingest: Ingest;
let log: SourceLog;
const start = async (limits: Partial<IngestLimits> = {}) => {
  ingest = createTestIngest({ limits });
  log = new SourceLog(ingest.source);
  server = await startTestServer({ ingest });
};
afterEach(async () => {
  await server.close();
  await log.stop();
  await ingest.close();
});
const connect = () => TestProducer.connect(server.url);
/** A message whose end never comes. */
const begin = (producer: TestProducer, bytes: number) =>
  producer.ws.send(new Uint8Array(bytes), { fin: false, binary: true });

it('nobody but who sends a scan may send much', async () => {
  await start({ firstBytes: 1000 });
  const stranger = await connect();
  const closed = stranger.closed();
  begin(stranger, 2000);
  expect(await closed).toEqual({ code: 1009, reason: 'expected at most 1000 bytes before a "scan"' });
  const asking = await connect();
  await asking.ask({ type: 'plan?' }, 'plan');
  const refused = asking.closed();
  begin(asking, 2000);
  expect((await refused).code).toBe(1009);
  // A scan may be followed by its spectra before it is answered.
  const producer = await connect();
  producer.send(SCAN);
  producer.send({ ...spectra(0, 24), more: new Uint8Array(5000) });
  await producer.reply('ack', 0, ({ next }) => next === 24);
  await producer.ask({ type: 'end' }, 'ack');
  const over = producer.closed();
  begin(producer, 2000);
  expect((await over).code).toBe(1009);
});

it('what comes behind the end of a scan is judged once the end is taken', async () => {
  await start({ firstBytes: 1000 });
  const producer = await connect();
  await producer.ask(SCAN, 'ready');
  const closed = producer.closed();
  producer.send({ type: 'end' });
  begin(producer, 2000);
  expect(await closed).toEqual({ code: 1009, reason: 'expected at most 1000 bytes before a "scan"' });
});

it('all together hold no more than is allowed, and who sends a scan is the last to go', async () => {
  await start({ heldBytes: 20_000, firstBytes: 15_000 });
  const producer = await connect();
  await producer.ask(SCAN, 'ready');
  begin(producer, 10_000);
  const others = [await connect(), await connect()];
  begin(others[0], 7000);
  const closed = others[1].closed();
  begin(others[1], 8000);
  expect((await closed).code).toBe(1013);
  expect(others[0].ws.readyState).toBe(1);
  producer.ws.send(new Uint8Array(0), { fin: true });
  expect((await producer.reply('error')).message).toMatch(/^ingest message: form/);
});

it('who says nothing is closed', async () => {
  await start({ firstMs: 1 });
  const silent = await connect();
  expect(await silent.closed()).toEqual({ code: 1008, reason: 'expected a message within 0.001 s' });
});

it('who does not finish what is begun is closed', async () => {
  await start({ stallMs: 300 });
  const halting = await connect();
  await halting.ask(SCAN, 'ready');
  begin(halting, 100);
  expect(await halting.closed()).toEqual({
    code: 1008,
    reason: 'expected the rest of a message, nothing came for long',
  });
});

it('where all connections are taken, one that has been silent without a scan makes room', async () => {
  await start({ producers: 2, firstMs: 200 });
  const busy = await connect();
  await busy.ask(SCAN, 'ready');
  const idle = await connect();
  await idle.ask({ type: 'plan?' }, 'plan');
  await expect(connect()).rejects.toThrow();
  const closed = idle.closed();
  await new Promise((resolve) => setTimeout(resolve, 250));
  const next = await connect();
  expect((await closed).code).toBe(1013);
  await next.ask({ type: 'plan?' }, 'plan');
  await busy.ask(spectra(0), 'ack');
});

it('pieces, pings and questions without number are closed, pieces of a large message are not', async () => {
  await start({ perSecond: 20 });
  const pieces = await connect();
  await pieces.ask(SCAN, 'ready');
  const closed = pieces.closed();
  for (let n = 0; n < 100; n++) pieces.ws.send('x', { fin: false, binary: true });
  expect(await closed).toEqual({ code: 1008, reason: 'expected fragments of 1024 bytes or more' });
  const pinging = await connect();
  const stopped = pinging.closed();
  for (let n = 0; n < 30; n++) pinging.ws.ping();
  expect(await stopped).toEqual({ code: 1008, reason: 'more than 20 pings in a second' });
  const asking = await connect();
  for (let n = 0; n < 30; n++) asking.send({ type: 'plan?' });
  expect((await asking.reply('error')).message).toMatch(/at most 20 in a second that bring no spectra/);
  const large = await connect();
  await large.ask(SCAN, 'ready');
  for (let n = 0; n < 200; n++) large.ws.send(new Uint8Array(1100), { fin: false, binary: true });
  large.ws.send(new Uint8Array(1), { fin: true });
  expect((await large.reply('error')).message).toMatch(/^ingest message: form/);
});

it('who goes on sending after the goodbye is cut off', async () => {
  await start();
  const flood = await connect();
  const closed = flood.closed();
  const began = performance.now();
  flood.ws.on('message', () => flood.ws.pause());
  for (let n = 0; n < 3000; n++) flood.ws.send(new Uint8Array(100));
  flood.ws.resume();
  await closed;
  // Before the goodbye would have been waited for.
  expect(performance.now() - began).toBeLessThan(1500);
});
