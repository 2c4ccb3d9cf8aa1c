import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { InputError } from '../../../../protocol/index.ts';
import type { ProducerMessage } from '../../../../protocol/ingest.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import type { Ingest } from '../../../../server/sources/producers/ingest.ts';
import { SourceLog } from '../../../support/source-log.ts';
import { createTestIngest, type TestIngestOptions } from '../../../support/test-ingest.ts';
import { TestProducer } from '../../../support/test-producer.ts';
import { startTestServer, type TestServer } from '../../../support/test-server.ts';

const ROWS = 4;
const COLUMNS = 6;
const CHANNELS = 5;
const PIXELS = ROWS * COLUMNS;

type ScanMessage = Extract<ProducerMessage, { type: 'scan' }>;
const scan = (changes: Partial<ScanMessage> = {}): ScanMessage => ({
  type: 'scan',
  id: 'one',
  shape: [ROWS, COLUMNS],
  channels: CHANNELS,
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
  dtype: 'u16',
  ...changes,
});
/** Content of a channel, different for each pixel in the order of acquisition. */
const sample = (pixel: number, channel: number, pass = 0) => 1000 * (pass + 1) + 10 * pixel + channel;
const dataOf = (first: number, count: number, pass = 0): Uint8Array => {
  const samples = new Uint16Array(count * CHANNELS);
  for (let i = 0; i < samples.length; i++)
    samples[i] = sample(first + Math.floor(i / CHANNELS), i % CHANNELS, pass);
  return new Uint8Array(samples.buffer);
};
const spectra = (first: number, count: number, pass = 0): Extract<ProducerMessage, { type: 'spectra' }> => ({
  type: 'spectra',
  first,
  count,
  data: dataOf(first, count, pass),
});
const floats = (values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

let server: TestServer;
let ingest: Ingest;
let log: SourceLog;
let url: string;
const start = async (options: TestIngestOptions = {}) => {
  ingest = createTestIngest(options);
  log = new SourceLog(ingest.source);
  server = await startTestServer({ ingest });
  url = server.url;
};
const stop = async () => {
  await server.close();
  await log.stop();
  await ingest.close();
};
beforeEach(() => start());
afterEach(stop);

const restart = async (options: TestIngestOptions) => {
  await stop();
  await start(options);
};

/** The pixels as analysis reads them, one row of channels each. */
async function readAll(index = -1): Promise<number[][]> {
  const openings = [...log.of('scan'), ...log.of('pass')].map(({ opening }) => opening);
  const cube = await openCube(openings.at(index)!.core);
  const out = new Float32Array(PIXELS * CHANNELS);
  await cube.read(0, PIXELS, 0, CHANNELS, out);
  await cube.close();
  return Array.from({ length: PIXELS }, (_, pixel) => [
    ...out.slice(pixel * CHANNELS, (pixel + 1) * CHANNELS),
  ]);
}
const pixelContent = (acquired: number, pass = 0) =>
  Array.from({ length: CHANNELS }, (_, channel) => sample(acquired, channel, pass));

describe('a scan', () => {
  it('is announced, acknowledged, readable and ended', async () => {
    const producer = await TestProducer.connect(url);
    expect(await producer.ask(scan({ pixelSizeNm: 0.5, name: 'anode' }), 'ready')).toEqual({
      type: 'ready',
      next: 0,
    });
    expect(await producer.ask(spectra(0, 10), 'ack')).toMatchObject({ next: 10 });
    await log.until(() => log.measured().size === 10);
    expect((await readAll()).slice(0, 11)).toEqual([
      ...Array.from({ length: 10 }, (_, p) => pixelContent(p)),
      [0, 0, 0, 0, 0],
    ]);
    await producer.ask(spectra(10, PIXELS - 10), 'ack');
    expect(await producer.ask({ type: 'end' }, 'ack')).toEqual({ type: 'ack', next: PIXELS, synced: PIXELS });
    await log.until(() => log.of('end').length === 1);
    expect(log.events.map(({ type }) => type)).toEqual(['scan', 'measured', 'measured', 'end']);
    expect(log.of('scan')[0].opening.scan).toEqual({
      id: 'one',
      name: 'anode',
      shape: [ROWS, COLUMNS],
      channels: CHANNELS,
      energy: { offset: 80, dispersion: 0.5, units: 'eV' },
      dtype: 'u16',
      pixelSizeNm: 0.5,
    });
    expect(log.of('end')[0]).toEqual({ type: 'end', status: 'complete' });
  });

  it('takes nil for absent fields and ignores unknown ones', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask({ ...scan(), lowLoss: null, pixelSizeNm: null, operator: 'somebody' }, 'ready');
    await producer.ask({ ...spectra(0, 1), lowLoss: null, more: [1] }, 'ack');
  });

  it('is taken whole from a producer that says goodbye without waiting for an answer', async () => {
    const producer = await TestProducer.connect(url);
    producer.send(scan());
    for (let pixel = 0; pixel < PIXELS; pixel++) producer.send(spectra(pixel, 1));
    producer.send({ type: 'end' });
    producer.ws.close();
    await log.until(() => log.of('end').length === 1);
    expect(log.measured().size).toBe(PIXELS);
    expect(log.of('alert')).toEqual([]);
  });

  it('keeps gaps as gaps: the acknowledgement stays at the first of them', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    expect((await producer.ask(spectra(0, 3), 'ack')).next).toBe(3);
    expect((await producer.ask(spectra(7, 2), 'ack')).next).toBe(3);
    expect((await producer.ask(spectra(3, 2), 'ack')).next).toBe(5);
    expect((await producer.ask({ type: 'end' }, 'ack')).synced).toBe(5);
    await log.until(() => log.of('alert').length > 0);
    expect([...log.measured()].sort(([a], [b]) => a - b)).toEqual(
      [0, 1, 2, 3, 4, 7, 8].map((pixel) => [pixel, 1]),
    );
    expect(log.of('alert')[0].alert.message).toContain('17 pixels missing');
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(0, PIXELS), 'ack');
    expect((await producer.ask({ type: 'end' }, 'ack')).synced).toBe(PIXELS);
    await log.until(() => log.of('alert-cleared').length > 0);
    expect(log.of('alert-cleared').map(({ id }) => id)).toEqual(['recorder-gaps']);
  });

  it('pushed in serpentine order lands at the right pixels, scalars too', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan({ order: 'serpentine' }), 'ready');
    const values = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
    await producer.ask({ ...spectra(0, 8), signals: { HAADF: values(0, 8) } }, 'ack');
    await producer.ask(
      { ...spectra(8, PIXELS - 8), signals: { HAADF: floats(values(8, PIXELS - 8)) } },
      'ack',
    );
    await log.until(() => log.measured().size === PIXELS);
    const content = await readAll();
    const haadf = new Float32Array(PIXELS).fill(Number.NaN);
    await log.until(() => {
      for (const event of log.of('channel')) haadf.set(event.values, event.first);
      return haadf.every((value) => !Number.isNaN(value));
    });
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const row = Math.floor(pixel / COLUMNS);
      const column = pixel % COLUMNS;
      const acquired = row * COLUMNS + (row % 2 ? COLUMNS - 1 - column : column);
      expect(content[pixel]).toEqual(pixelContent(acquired));
      expect(haadf[pixel]).toBe(acquired);
    }
  });

  it('with a low loss and other types is written beside each other', async () => {
    const producer = await TestProducer.connect(url);
    const lowLoss = {
      channels: 2,
      energy: { offset: -5, dispersion: 1, units: 'eV' as const },
      dtype: 'f32' as const,
    };
    await producer.ask(scan({ lowLoss }), 'ready');
    await producer.ask({ ...spectra(0, 2), lowLoss: floats([1, -2, 3, 4]) }, 'ack');
    await log.until(() => log.measured().size === 2);
    const cube = await openCube(log.of('scan')[0].opening.lowLoss!);
    const out = new Float32Array(4);
    await cube.read(0, 2, 0, 2, out);
    await cube.close();
    expect([...out]).toEqual([1, -2, 3, 4]);
    expect((await producer.ask(spectra(2, 1), 'error')).message).toBe(
      'spectra: lowLoss: expected 8 bytes (1 × 8), found 0',
    );
  });

  it('adds up over passes, announced or not', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan({ passes: 2 }), 'ready');
    await producer.ask(spectra(0, PIXELS), 'ack');
    expect((await producer.ask(scan({ passes: 2, pass: 1 }), 'ready')).next).toBe(0);
    await producer.ask(spectra(0, 5, 1), 'ack');
    expect((await producer.ask(scan({ pass: 2 }), 'ready')).next).toBe(0);
    await producer.ask(spectra(0, 1, 2), 'ack');
    expect((await producer.ask(scan({ pass: 1 }), 'ready')).next).toBe(5);
    await log.until(() => log.measured(2).size === 1);
    expect(log.of('scan')).toHaveLength(1);
    expect(log.of('scan')[0].opening.core.paths).toHaveLength(2);
    expect(log.of('pass').map(({ pass, opening }) => [pass, opening.core.paths.length])).toEqual([[2, 3]]);
    const sum =
      (...passes: number[]) =>
      (_: unknown, channel: number) =>
        passes.reduce((total, pass) => total + sample(0, channel, pass), 0);
    const content = await readAll();
    expect(content[0]).toEqual(Array.from({ length: CHANNELS }, sum(0, 1, 2)));
    expect(content[6]).toEqual(pixelContent(6));
  });
});

describe('going on', () => {
  it('after a dropped connection begins at the next pixel', async () => {
    const first = await TestProducer.connect(url);
    await first.ask(scan(), 'ready');
    await first.ask(spectra(0, 9), 'ack');
    await first.drop();
    await log.until(() => log.of('alert').length === 1);
    const second = await TestProducer.connect(url);
    expect(await second.ask(scan(), 'ready')).toEqual({ type: 'ready', next: 9 });
    await second.ask(spectra(9, PIXELS - 9), 'ack');
    await log.until(() => log.measured().size === PIXELS);
    expect(log.of('scan')).toHaveLength(1);
    expect(log.of('alert-cleared').map(({ id }) => id)).toEqual(['recorder-sender']);
  });

  it('from a new connection replaces one that is still there', async () => {
    const first = await TestProducer.connect(url);
    await first.ask(scan(), 'ready');
    await first.ask(spectra(0, 4), 'ack');
    const closed = first.closed();
    const second = await TestProducer.connect(url);
    expect((await second.ask(scan(), 'ready')).next).toBe(4);
    expect((await closed).code).toBe(4000);
  });

  it('with the same spectra changes nothing', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(0, 6), 'ack');
    await producer.ask(spectra(2, 8), 'ack');
    expect((await producer.ask(spectra(0, 10), 'ack')).next).toBe(10);
    await producer.ask({ type: 'end' }, 'ack');
    await log.until(() => log.of('end').length === 1);
    expect([...log.measured().values()]).toEqual(Array(10).fill(1));
    expect(producer.replies.some(({ type }) => type === 'error')).toBe(false);
  });

  it('after the end is possible, and a repeated end is no news', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(0, 6), 'ack');
    await producer.ask({ type: 'end', status: 'aborted' }, 'ack');
    await producer.ask(scan(), 'ready');
    await producer.ask({ type: 'end' }, 'ack');
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(6, PIXELS - 6), 'ack');
    await producer.ask({ type: 'end' }, 'ack');
    await log.until(() => log.of('end').length === 2);
    expect(log.of('end').map(({ status }) => status)).toEqual(['aborted', 'complete']);
    expect(log.of('scan')).toHaveLength(1);
  });

  it('after the end takes a "scan" first; only another end is harmless', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(0, 6), 'ack');
    await producer.ask({ type: 'end', status: 'aborted' }, 'ack');
    await producer.ask({ type: 'end', status: 'aborted' }, 'ack');
    const closed = producer.closed();
    expect(await producer.ask(spectra(6, 1), 'error')).toEqual({
      type: 'error',
      code: 'sequence',
      message: 'spectra: one is over; expected a "scan" before it',
    });
    expect((await closed).code).toBe(1008);
    const again = await TestProducer.connect(url);
    expect((await again.ask(scan(), 'ready')).next).toBe(6);
    expect((await again.ask(spectra(6, 1), 'ack')).next).toBe(7);
    await log.until(() => log.measured().size === 7);
    expect(log.of('end')).toHaveLength(1);
  });

  it('with other spectra keeps the first ones, says so and goes on', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(0, 6), 'ack');
    const other = {
      ...spectra(3, 5),
      data: dataOf(3, 5).map((byte, at) => (at === 2 * CHANNELS * 2 + 1 ? byte ^ 1 : byte)),
    };
    expect(await producer.ask(other, 'error')).toEqual({
      type: 'error',
      code: 'conflict',
      message: 'spectra: data: pixel 5 is recorded already with other content, which is kept',
    });
    expect((await producer.reply('ack', 0, ({ next }) => next === 8)).next).toBe(8);
    await log.until(() => log.measured().size === 8);
    expect((await readAll())[5]).toEqual(pixelContent(5));
    expect((await producer.ask(spectra(8, 1), 'ack')).next).toBe(9);
  });

  it('in another pass adds to the means of scalar signals, also after the end of the monitor', async () => {
    const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
    const adf = (...values: number[]) => ({ signals: { ADF: floats(values) } });
    const seen = () => {
      const pixels = new Float32Array(PIXELS);
      for (const { first, values } of log.of('channel')) pixels.set(values, first);
      // The second row runs from pixel 11 back to 6.
      return [...pixels.subarray(0, 6), pixels[11]];
    };
    try {
      await restart({ root });
      const first = await TestProducer.connect(url);
      await first.ask(scan({ order: 'serpentine' }), 'ready');
      await first.ask({ ...spectra(0, 5), ...adf(10, 10, 10, Number.NaN, 10) }, 'ack');
      await first.ask(scan({ order: 'serpentine', pass: 1 }), 'ready');
      await first.ask({ ...spectra(0, 4, 1), ...adf(20, 30, Number.NaN, 40) }, 'ack');
      const { NaN: none } = Number;
      await log.until(() => log.measured(1).size === 4 && log.of('channel').length === 2);
      expect(seen()).toEqual([15, 20, 10, 40, 10, 0, 0]);
      await restart({ root });
      const second = await TestProducer.connect(url);
      await second.ask(scan({ order: 'serpentine', pass: 2 }), 'ready');
      await second.ask({ ...spectra(0, 7, 2), ...adf(0, 20, none, none, 0, 8, none) }, 'ack');
      await log.until(() => log.measured(2).size === 7);
      await second.ask({ type: 'end' }, 'ack');
      await log.until(() => log.of('end').length === 1);
      expect(seen()).toEqual([10, 20, 10, 40, 5, 8, none]);
    } finally {
      await stop();
      rmSync(root, { recursive: true, force: true });
      await start();
    }
  });

  it('after the end of the monitor has the scalar signals of before, in the order of the scan', async () => {
    const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
    const haadf = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i + 0.5);
    try {
      await restart({ root });
      const first = await TestProducer.connect(url);
      await first.ask(scan({ order: 'serpentine' }), 'ready');
      await first.ask({ ...spectra(0, 4), channels: { HAADF: haadf(0, 4) } }, 'ack');
      await first.ask(spectra(4, 4), 'ack');
      await first.ask(
        { ...spectra(8, 2), channels: { HAADF: floats(haadf(8, 2)), 'dark/field': [7, 8] } },
        'ack',
      );
      await restart({ root });
      const second = await TestProducer.connect(url);
      await second.ask(scan({ order: 'serpentine' }), 'ready');
      await second.ask({ ...spectra(10, 1), channels: { HAADF: haadf(10, 1) } }, 'ack');
      await log.until(() => log.measured().size === 11);
      const seen = (wanted: string) => {
        const values = new Map<number, number>();
        for (const { name, first: pixel, values: found } of log.of('channel'))
          if (name === wanted) for (const [i, value] of found.entries()) values.set(pixel + i, value);
        return [...values].sort(([a], [b]) => a - b);
      };
      // The second row runs from pixel 11 back to 6.
      expect(seen('HAADF')).toEqual([
        ...[0, 1, 2, 3].map((p) => [p, p + 0.5]),
        [7, 10.5],
        [8, 9.5],
        [9, 8.5],
      ]);
      expect(seen('dark/field')).toEqual([
        [8, 8],
        [9, 7],
      ]);
    } finally {
      await stop();
      rmSync(root, { recursive: true, force: true });
      await start();
    }
  });

  it('after the end of the monitor goes on with the session', async () => {
    const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
    try {
      await restart({ root });
      const first = await TestProducer.connect(url);
      await first.ask(scan(), 'ready');
      await first.ask(spectra(0, 7), 'ack');
      await first.ask(spectra(9, 2), 'ack');
      await restart({ root });
      const second = await TestProducer.connect(url);
      expect((await second.ask(scan(), 'ready')).next).toBe(7);
      await second.ask(spectra(7, 2), 'ack');
      await log.until(() => log.measured().size === 11);
      expect((await readAll()).slice(0, 11)).toEqual(
        Array.from({ length: 11 }, (_, pixel) => pixelContent(pixel)),
      );
      const third = await TestProducer.connect(url);
      expect(await third.ask(scan({ dtype: 'u8' }), 'error')).toMatchObject({
        code: 'geometry',
        message: 'scan: dtype: expected "u16" as when "one" began, found "u8"',
      });
      expect(readdirSync(root)).toHaveLength(1);
    } finally {
      await stop();
      rmSync(root, { recursive: true });
      await start();
    }
  });
});

it('a scan goes on soon after its end, also when the clock is set meanwhile', async () => {
  const producer = await TestProducer.connect(url);
  await producer.ask(scan(), 'ready');
  await producer.ask(spectra(0, 2), 'ack');
  await producer.ask({ type: 'end', status: 'aborted' }, 'ack');
  const now = Date.now;
  try {
    for (const hours of [24, -2]) {
      vi.spyOn(Date, 'now').mockImplementation(() => now() + hours * 3_600_000);
      expect((await producer.ask(scan(), 'ready')).next).toBe(2);
      vi.restoreAllMocks();
      await producer.ask({ type: 'end', status: 'aborted' }, 'ack');
    }
  } finally {
    vi.restoreAllMocks();
  }
});

describe('several producers', () => {
  it('are refused while one is sending another scan, and taken when it has ended', async () => {
    const first = await TestProducer.connect(url);
    await first.ask(scan(), 'ready');
    const second = await TestProducer.connect(url);
    const closed = second.closed();
    expect(await second.ask(scan({ id: 'two' }), 'error')).toMatchObject({ code: 'busy' });
    expect((await closed).code).toBe(1013);
    await first.ask(spectra(0, 2), 'ack');
    await first.ask({ type: 'end', status: 'aborted' }, 'ack');
    const third = await TestProducer.connect(url);
    await third.ask(scan({ id: 'two' }), 'ready');
    expect(await first.ask(spectra(2, 1), 'error')).toMatchObject({ code: 'sequence' });
    await third.ask(spectra(0, 1), 'ack');
  });

  it('take the place of one that has been silent for long with a scan under way', async () => {
    await restart({ forsakenMs: 30 });
    const silent = await TestProducer.connect(url);
    await silent.ask(scan({ dwellSeconds: 1e-9 }), 'ready');
    const closed = silent.closed();
    await new Promise((resolve) => setTimeout(resolve, 40));
    const other = await TestProducer.connect(url);
    await other.ask(scan({ id: 'two' }), 'ready');
    expect(await closed).toEqual({ code: 4000, reason: 'silent, and another producer begins a scan' });
    await log.until(() => log.of('end').length === 1);
    expect(log.of('end')).toEqual([{ type: 'end', status: 'aborted' }]);
  });

  it('may begin another scan, which ends the one before as aborted and is kept apart from it', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(0, 2), 'ack');
    await producer.ask(scan({ id: 'two' }), 'ready');
    await producer.ask(spectra(5, 1), 'ack');
    await producer.ask({ type: 'end' }, 'ack');
    await log.until(() => log.of('end').length === 2);
    expect(log.events.filter(({ type }) => !type.startsWith('alert'))).toMatchObject([
      { type: 'scan' },
      { type: 'measured', first: 0, count: 2 },
      { type: 'end', status: 'aborted' },
      { type: 'scan' },
      { type: 'measured', first: 5, count: 1 },
      { type: 'end', status: 'complete' },
    ]);
    expect((await readAll(0))[1]).toEqual(pixelContent(1));
    expect((await readAll())[1]).toEqual([0, 0, 0, 0, 0]);
  });

  it('leave temporary recordings of the scans before the last one', async () => {
    const producer = await TestProducer.connect(url);
    for (const id of ['a', 'b', 'c']) await producer.ask(scan({ id }), 'ready');
    await log.until(() => log.of('scan').length === 3);
    const there = log.of('scan').map(({ opening }) => existsSync(opening.core.paths[0]));
    expect(there).toEqual([false, true, true]);
  });
});

describe('faults', () => {
  const refusals: [string, Record<string, unknown>, string, string][] = [
    [
      'another dtype',
      scan({ dtype: 'c64' as 'u8' }),
      'message',
      'scan: dtype: expected ("u8" | "u16" | "u32" | "i16" | "i32" | "f32" | "f64"), found "c64"',
    ],
    ['a missing field', { ...scan(), shape: undefined }, 'message', 'scan: shape: expected, but missing'],
    [
      'an energy that is no number',
      scan({ energy: { offset: Number.NaN, dispersion: 1 } }),
      'message',
      'scan: energy.offset: expected number, found NaN',
    ],
    [
      'keV',
      { ...scan(), energy: { offset: 0, dispersion: 1, units: 'keV' } },
      'message',
      'scan: energy.units: expected "eV", found "keV"',
    ],
    [
      'an absurd shape',
      scan({ shape: [2 ** 31, 2 ** 20] }),
      'message',
      'scan: shape: expected 1 to 16777216 pixels, found 2147483648 × 1048576',
    ],
    ['no scan', spectra(0, 1), 'sequence', 'spectra: expected a "scan" before it'],
    [
      'an unknown type',
      { type: 'stop' },
      'message',
      'stop: type: expected ("scan" | "spectra" | "end" | "plan?"), found "stop"',
    ],
  ];
  for (const [what, message, code, text] of refusals)
    it(`name ${what}`, async () => {
      const producer = await TestProducer.connect(url);
      const closed = producer.closed();
      expect(await producer.ask(message, 'error')).toEqual({ type: 'error', code, message: text });
      expect((await closed).code).toBe(1008);
    });

  it('name pixels outside and bytes that do not fit, and the scan can be gone on with', async () => {
    const expected: [ProducerMessage, string][] = [
      [spectra(20, 5), 'spectra: first: expected pixels within the 24 of the scan, found 20 to 24'],
      [{ ...spectra(0, 2), count: 3 }, 'spectra: data: expected 30 bytes (3 × 10), found 20'],
      [{ ...spectra(0, 2), signals: { HAADF: [1] } }, 'spectra: signals.HAADF: expected 2 values, found 1'],
      [{ ...spectra(0, 2), channels: { HAADF: [1] } }, 'spectra: channels.HAADF: expected 2 values, found 1'],
    ];
    for (const [message, text] of expected) {
      const producer = await TestProducer.connect(url);
      await producer.ask(scan(), 'ready');
      const closed = producer.closed();
      expect((await producer.ask(message, 'error')).message).toBe(text);
      expect((await closed).code).toBe(1008);
    }
    const producer = await TestProducer.connect(url);
    expect((await producer.ask(scan(), 'ready')).next).toBe(0);
    expect(log.measured().size).toBe(0);
  });

  it('name a scalar signal too many, also when they come one by one', async () => {
    const producer = await TestProducer.connect(url);
    await producer.ask(scan({ shape: [1, 40] }), 'ready');
    const named = (pixel: number, name = `frame ${pixel}`) => ({
      ...spectra(pixel, 1),
      signals: { [name]: [pixel] },
      dwell: [1],
    });
    for (let pixel = 0; pixel < 32; pixel++) await producer.ask(named(pixel), 'ack');
    await producer.ask(named(32, 'frame 0'), 'ack');
    const closed = producer.closed();
    expect(await producer.ask(named(33), 'error')).toEqual({
      type: 'error',
      code: 'message',
      message: 'spectra: signals: expected at most 32 names in a scan, found also "frame 33"',
    });
    expect((await closed).code).toBe(1008);
    await log.until(() => log.measured().size === 33);
  });

  it('refuses scalar signals for which there is no memory', async () => {
    ingest.admitScalars(({ name }, scalars) => {
      if (scalars > 2) throw new InputError(name, 'memory', `expected 2, found ${scalars}`);
    });
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    const signals = { HAADF: [1], BF: [2] };
    await producer.ask({ ...spectra(0, 1), signals }, 'ack');
    await producer.ask({ ...spectra(1, 1), signals }, 'ack');
    expect(await producer.ask({ ...spectra(2, 1), signals: { ...signals, DF: [3] } }, 'error')).toEqual({
      type: 'error',
      code: 'message',
      message: 'one: memory: expected 2, found 3',
    });
    await log.until(() => log.measured().size === 2);
    expect(log.of('channel').map(({ name }) => name)).not.toContain('DF');
  });

  it('of numbers name pixel and channel and leave out one message only', async () => {
    const producer = await TestProducer.connect(url);
    for (const [dtype, view] of [
      ['f32', Float32Array],
      ['f64', Float64Array],
    ] as const) {
      await producer.ask(scan({ id: dtype, dtype }), 'ready');
      const samples = new view(3 * CHANNELS).fill(-1.5);
      samples[2 * CHANNELS + 3] = dtype === 'f32' ? Number.NaN : Number.NEGATIVE_INFINITY;
      const bad = { type: 'spectra', first: 4, count: 3, data: new Uint8Array(samples.buffer) };
      expect(await producer.ask(bad, 'error')).toEqual({
        type: 'error',
        code: 'value',
        message: 'spectra: data: expected numbers, found NaN or infinity in channel 3 of pixel 6',
      });
      samples[0] = 1e30;
      const good = {
        type: 'spectra',
        first: 0,
        count: 2,
        data: new Uint8Array(samples.buffer, 0, (samples.byteLength / 3) * 2),
      };
      const from = producer.replies.length;
      producer.send(good);
      await producer.reply('ack', from, ({ next }) => next === 2);
    }
  });

  it('of form close only the one connection', async () => {
    const healthy = await TestProducer.connect(url);
    await healthy.ask(scan(), 'ready');
    const messages: (string | Buffer)[] = [
      'text',
      Buffer.from([0xc1]),
      Buffer.from([0x93, 1, 2, 3]),
      Buffer.from([0x81, 0xa1]),
      Buffer.alloc(3),
      Buffer.alloc(100_000, 0x91),
      Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]),
    ];
    for (const message of messages) {
      const producer = await TestProducer.connect(url);
      const closed = producer.closed();
      producer.ws.send(message);
      expect((await closed).code).toBe(1008);
      expect(producer.replies).toMatchObject([{ type: 'error', code: 'message' }]);
    }
    const large = await TestProducer.connect(url);
    const closed = large.closed();
    large.ws.send(Buffer.alloc(64 * 2 ** 20 + 1));
    expect([1006, 1009]).toContain((await closed).code);
    expect((await healthy.ask(spectra(0, 1), 'ack')).next).toBe(1);
  });

  it('of storage are told to producer and people, and the monitor goes on', async () => {
    await restart({ maxBytes: PIXELS * CHANNELS * 2 });
    const producer = await TestProducer.connect(url);
    const closed = producer.closed();
    expect(await producer.ask(scan({ passes: 2 }), 'error')).toMatchObject({ code: 'storage' });
    expect((await closed).code).toBe(1011);
    await log.until(() => log.of('alert').length === 1);
    expect(log.of('alert')[0].alert).toMatchObject({ id: 'recorder-storage', severity: 'error' });
    const other = await TestProducer.connect(url);
    await other.ask(scan(), 'ready');
    await other.ask(spectra(0, 1), 'ack');
    await log.until(() => log.of('alert-cleared').some(({ id }) => id === 'recorder-storage'));
  });

  it('of a full disk refuse what could not be written, and the monitor goes on', async () => {
    const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
    try {
      await restart({ root });
      await (await TestProducer.connect(url)).ask(scan(), 'ready');
      await restart({ root });
      const path = join(root, readdirSync(root)[0], 'core.raw');
      rmSync(path);
      symlinkSync('/dev/full', path);
      const producer = await TestProducer.connect(url);
      await producer.ask(scan(), 'ready');
      const closed = producer.closed();
      expect(await producer.ask(spectra(0, 3), 'error')).toMatchObject({ code: 'storage' });
      expect((await closed).code).toBe(1011);
      const again = await TestProducer.connect(url);
      expect((await again.ask(scan(), 'ready')).next).toBe(0);
      // One alert says what to do; that the producer was sent away is part of it.
      expect(log.of('alert').map(({ alert }) => alert.id)).toEqual(['recorder-storage']);
      await again.ask(scan({ id: 'elsewhere' }), 'ready');
      expect((await again.ask(spectra(0, 3), 'ack')).next).toBe(3);
      await log.until(() => log.of('measured').length > 0);
      expect(log.events.findIndex(({ type }) => type === 'measured')).toBeGreaterThan(
        log.events.findLastIndex(({ type }) => type === 'scan'),
      );
    } finally {
      await stop();
      rmSync(root, { recursive: true });
      await start();
    }
  });
});

it('reads no further while much is waiting to be written, and loses nothing', async () => {
  await stop();
  ingest = createTestIngest({ limits: { pendingBytes: 300 } });
  log = new SourceLog(ingest.source);
  const calls: string[] = [];
  const watching = {
    refusal: () => undefined,
    accept(ws: WebSocket, wire: Socket) {
      for (const name of ['pause', 'resume'] as const) {
        const call = ws[name].bind(ws);
        ws[name] = () => {
          calls.push(name);
          call();
        };
      }
      ingest.accept(ws, wire);
    },
  };
  server = await startTestServer({ ingest: watching });
  const producer = await TestProducer.connect(server.url);
  await producer.ask(scan(), 'ready');
  for (let pixel = 0; pixel < PIXELS; pixel++) producer.send(spectra(pixel, 1));
  await producer.reply('ack', 0, ({ next }) => next === PIXELS);
  expect((await readAll())[PIXELS - 1]).toEqual(pixelContent(PIXELS - 1));
  expect(calls[0]).toBe('pause');
  expect(calls.at(-1)).toBe('resume');
});

it('tells that nothing has come for long, once', async () => {
  await restart({ stallMs: 1 });
  const producer = await TestProducer.connect(url);
  await producer.ask(scan(), 'ready');
  await log.until(() => log.of('stalled').length === 1);
  await producer.ask(spectra(0, 1), 'ack');
  await log.until(() => log.of('stalled').length === 2);
});

it('acknowledges what is on disk without being asked', async () => {
  const producer = await TestProducer.connect(url);
  await producer.ask(scan(), 'ready');
  await producer.ask(spectra(0, 3), 'ack');
  expect(await producer.reply('ack', 0, ({ synced }) => synced === 3)).toEqual({
    type: 'ack',
    next: 3,
    synced: 3,
  });
});

it('reports how much is recorded and on disk, where recordings are kept', async () => {
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  try {
    await restart({ root });
    const producer = await TestProducer.connect(url);
    await producer.ask(scan(), 'ready');
    await producer.ask(spectra(0, 3), 'ack');
    await producer.ask(scan({ pass: 1 }), 'ready');
    await producer.ask(spectra(4, 2, 1), 'ack');
    await log.until(() => log.of('recorded').some(({ onDisk }) => onDisk === 5));
    expect(log.of('recorded').at(-1)).toEqual({ type: 'recorded', spectra: 5, onDisk: 5 });
  } finally {
    await stop();
    rmSync(root, { recursive: true });
    await start();
  }
});

it('removes a temporary recording at the end', async () => {
  const producer = await TestProducer.connect(url);
  await producer.ask(scan(), 'ready');
  await producer.ask(spectra(0, 3), 'ack');
  const [path] = log.of('scan')[0].opening.core.paths;
  expect(readFileSync(path)).toHaveLength(PIXELS * CHANNELS * 2);
  await stop();
  expect(existsSync(path)).toBe(false);
  await start();
});
