import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openExportable } from '../../../../server/exporting/open-exportable.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { checkSession } from '../../../../server/sessions/session-check.ts';
import { readDescription } from '../../../../server/sessions/session-description.ts';
import { sessionSource } from '../../../../server/sources/file-sessions/session-source.ts';
import type { Ingest } from '../../../../server/sources/producers/ingest.ts';
import { placeByRegistration } from '../../../../server/sources/rescans/place-rescan.ts';
import type { ScanOpening } from '../../../../server/sources/source.ts';
import {
  acceptedPlan,
  CHANNELS,
  COLUMNS,
  PIXELS,
  parentScan,
  rescanOf,
  type ScanMessage,
  sample,
  spectra,
} from '../../../support/rescan-producer.ts';
import { SourceLog } from '../../../support/source-log.ts';
import { createTestIngest, type TestIngestOptions } from '../../../support/test-ingest.ts';
import { TestProducer } from '../../../support/test-producer.ts';
import { startTestServer, type TestServer } from '../../../support/test-server.ts';

let root: string;
let server: TestServer;
let ingest: Ingest;
let log: SourceLog;
const start = async (options: TestIngestOptions = {}) => {
  ingest = createTestIngest({ root, place: async () => ({ applied: { y: 0, x: 0 } }), ...options });
  log = new SourceLog(ingest.source);
  server = await startTestServer({ ingest });
};
const stop = async () => {
  await server.close();
  await log.stop();
  await ingest.close();
};
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(root, { recursive: true });
});
const restart = async (options: TestIngestOptions = {}) => {
  await stop();
  await start(options);
};

const connect = () => TestProducer.connect(server.url);

/** Pushes the whole of a scan. */
async function push(producer: TestProducer, scan: ScanMessage, kind: number): Promise<void> {
  const { next } = await producer.ask(scan, 'ready');
  const pixels = scan.shape[0] * scan.shape[1];
  if (next < pixels) await producer.ask(spectra(next, pixels - next, kind), 'ack');
  await producer.ask({ type: 'end' }, 'ack');
}

const added = (count = 1) => log.until(() => log.of('rescan').length >= count);
const lastOpening = (): ScanOpening => log.of('rescan').at(-1)!.opening;

/** What analysis reads of a pixel, the first channel. */
async function countsOf({ core }: ScanOpening): Promise<number[]> {
  const cube = await openCube(core);
  const out = new Float64Array(PIXELS * CHANNELS);
  await cube.read(0, PIXELS, 0, CHANNELS, out);
  await cube.close();
  return Array.from({ length: PIXELS }, (_, pixel) => out[pixel * CHANNELS]);
}
/** The same by the rule that counts add up: a rescan of 2 × 3 pixels at row 1, column 4. */
const expectedCounts = (kinds: number[]): number[] =>
  Array.from({ length: PIXELS }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / COLUMNS) - 1, (pixel % COLUMNS) - 4];
    const isCovered = y >= 0 && y < 2 && x >= 0 && x < 3;
    return kinds.reduce(
      (sum, kind) => sum + (isCovered ? sample(3 * y + x, 0, kind) : 0),
      sample(pixel, 0, 1),
    );
  });

const session = () => join(root, readdirSync(root)[0]);
const described = async () => (await readDescription(session()))!;

describe('a rescan of the scan on show', () => {
  it('is recorded beside it, and its counts are added to the pixels it covers', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf(), 2);
    await added();
    expect(await countsOf(lastOpening())).toEqual(expectedCounts([2]));
    expect(lastOpening().rescans).toEqual([
      { name: 'again', y: 1, x: 4, shape: [2, 3], dwells: 2, applied: { y: 0, x: 0 } },
    ]);
    expect(log.of('scan')).toHaveLength(1);
    expect(readdirSync(root)).toHaveLength(1);
    expect(readFileSync(join(session(), 'rescan-1.raw')).equals(spectra(0, 6, 2).data)).toBe(true);
    expect(readFileSync(join(session(), 'rescan-1.rpl'), 'utf8')).toContain('height\t2');
    expect(await described()).toMatchObject({
      format: 3,
      status: 'complete',
      rescans: [{ status: 'complete' }],
    });
    const check = await checkSession(session(), await described());
    expect(check).toMatchObject({ losses: [], rescans: [{ file: 'rescan-1', pixels: 6, total: 6 }] });
  });

  it('may be one of many, and of the whole area', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf(), 2);
    await push(producer, rescanOf({}, 'third'), 3);
    const region = { parentId: 'parent', y: 0, x: 0, height: 6, width: 8 };
    await push(producer, parentScan({ id: 'whole', region }), 4);
    await added(3);
    const before = expectedCounts([2, 3]);
    expect(await countsOf(lastOpening())).toEqual(before.map((value, pixel) => value + sample(pixel, 0, 4)));
    expect(lastOpening().core.patches?.map(({ dwells }) => dwells)).toEqual([2, 2, 1]);
  });

  it('has other types of samples, another order, and scalar signals of its own', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await producer.ask(rescanOf({ dtype: 'f32', order: 'serpentine' }), 'ready');
    const samples = Float32Array.from({ length: 6 * CHANNELS }, (_, i) =>
      sample(Math.floor(i / CHANNELS), i % CHANNELS, 2),
    );
    const HAADF = [1, 2, 3, 4, 5, 6];
    await producer.ask(
      { type: 'spectra', first: 0, count: 6, data: new Uint8Array(samples.buffer), signals: { HAADF } },
      'ack',
    );
    await producer.ask({ type: 'end' }, 'ack');
    await added();
    const counts = await countsOf(lastOpening());
    // Its second row was acquired from right to left.
    expect([4, 5, 6].map((x) => counts[2 * COLUMNS + x] - sample(2 * COLUMNS + x, 0, 1))).toEqual(
      [5, 4, 3].map((step) => sample(step, 0, 2)),
    );
    const values = readFileSync(join(session(), 'rescan-1.HAADF.raw'));
    expect([...new Float32Array(values.buffer, values.byteOffset, 6)]).toEqual([1, 2, 3, 6, 5, 4]);
    // Nobody is shown these in place of those of the scan.
    expect(log.of('channel')).toEqual([]);
  });

  it('weighs as much as the dwell times of both say', async () => {
    const producer = await connect();
    await push(producer, parentScan({ dwellSeconds: 0.02 }), 1);
    const region = { parentId: 'parent', y: 1, x: 4, height: 2, width: 3 };
    await push(producer, rescanOf({ dwellSeconds: 0.05, region }), 2);
    await added();
    expect(lastOpening().core.patches?.[0].dwells).toBeCloseTo(2.5);
  });

  it('ends a scan that has not ended, which was stopped for it', async () => {
    const producer = await connect();
    await producer.ask(parentScan(), 'ready');
    await producer.ask(spectra(0, 24), 'ack');
    await push(producer, rescanOf(), 2);
    await added();
    expect(log.of('end')).toEqual([{ type: 'end', status: 'aborted' }]);
    expect((await described()).status).toBe('aborted');
  });

  it('tells how far it is, and of which plan it is', async () => {
    ingest.answerWith({ planReply: () => acceptedPlan() });
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await producer.ask(rescanOf(), 'ready');
    await producer.ask(spectra(0, 3, 2), 'ack');
    await log.until(() => log.of('alert').some(({ alert }) => alert.message === 'Rescan 1 of plan 3: 50 %'));
    await producer.ask(spectra(3, 3, 2), 'ack');
    await producer.ask({ type: 'end' }, 'ack');
    await log.until(
      () => log.of('alert').at(-1)?.alert.message === 'Rescan 1 of plan 3 is added: 2 × 3 pixels',
    );
    expect(log.of('rescan-noted').map(({ note }) => [note.state, note.spectra])).toEqual([
      ['began', 0],
      ['ended', 6],
      ['added', 6],
    ]);
    expect((await described()).rescans?.[0].plan).toEqual({ number: 3, region: 1 });
    const region = { y: 1, x: 4, height: 2, width: 3 };
    expect(log.of('rescanning').map(({ type: _, ...rest }) => rest)).toEqual(
      [0, 0.5, 1]
        .map((share) => ({ id: 'again', region, share, over: false }))
        .concat({
          ...{ id: 'again', region, share: 1, over: true },
        }),
    );
  });

  it('is moved by whole pixels where it was found to lie elsewhere', async () => {
    await restart({
      place: async () => ({ applied: { y: 1, x: -2 }, shift: { y: 0.9, x: -2.1, sigma: 0.1 } }),
    });
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf(), 2);
    await added();
    expect(lastOpening().core.patches?.[0]).toMatchObject({ y: 2, x: 2 });
    expect(lastOpening().rescans?.[0]).toMatchObject({ y: 1, x: 4, applied: { y: 1, x: -2 } });
  });

  it('is looked for where the one before was found', async () => {
    const asked: unknown[] = [];
    await restart({
      place: async ({ drift }) => {
        asked.push(drift);
        return { applied: { y: 1, x: -2 } };
      },
    });
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf(), 2);
    await push(producer, rescanOf({}, 'third'), 3);
    await added(2);
    expect(asked).toEqual([undefined, { y: 1, x: -2 }]);
  });

  it('that lies too far off is refused in words and kept', async () => {
    await restart({ place: async () => ({ refused: 'it lies 14 pixels off' }) });
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf(), 2);
    await log.until(() => log.of('alert').at(-1)?.alert.severity === 'warning');
    expect(log.of('alert').at(-1)?.alert.message).toBe(
      'Rescan "again" was not added: it lies 14 pixels off. Its spectra are kept',
    );
    expect(log.of('rescan')).toEqual([]);
    expect(await described()).toMatchObject({ format: 1, rescans: [{ refused: 'it lies 14 pixels off' }] });
    expect(readFileSync(join(session(), 'rescan-1.raw')).equals(spectra(0, 6, 2).data)).toBe(true);
    // It is looked at once.
    expect(log.of('rescan-noted').filter(({ note }) => note.state === 'refused')).toHaveLength(1);
  });

  it('that was stopped is added with the whole rows that came, and goes on', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await producer.ask(rescanOf(), 'ready');
    await producer.ask(spectra(0, 4, 2), 'ack');
    await producer.ask({ type: 'end', status: 'aborted' }, 'ack');
    await added();
    expect(lastOpening().core.patches).toMatchObject([{ y: 1, x: 4, cube: { shape: [1, 3] } }]);
    expect((await producer.ask(rescanOf(), 'ready')).next).toBe(4);
    await producer.ask(spectra(4, 2, 2), 'ack');
    await producer.ask({ type: 'end' }, 'ack');
    await added(2);
    expect(lastOpening().core.patches?.map(({ y, cube }) => [y, cube.shape])).toEqual([
      [1, [1, 3]],
      [2, [1, 3]],
    ]);
    expect(await countsOf(lastOpening())).toEqual(expectedCounts([2]));
  });

  it('is not added twice when its end comes twice', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf(), 2);
    await added();
    expect((await producer.ask(rescanOf(), 'ready')).next).toBe(6);
    await producer.ask({ type: 'end' }, 'ack');
    await push(producer, rescanOf({}, 'another'), 3);
    await added(2);
    expect(lastOpening().core.patches).toHaveLength(2);
    expect(await countsOf(lastOpening())).toEqual(expectedCounts([2, 3]));
  });
});

describe('a rescan at a shorter dwell', () => {
  const FULL = 65_535;
  /** Spectra of 100 counts; pixels of `cut` are at the end of the scale. */
  const flat = (count: number, cut: readonly number[], value = 100) => {
    const samples = new Uint16Array(count * CHANNELS).fill(value);
    for (const pixel of cut) samples.fill(FULL, pixel * CHANNELS, (pixel + 1) * CHANNELS);
    return { ...spectra(0, count), data: new Uint8Array(samples.buffer) };
  };
  const region = { parentId: 'parent', y: 1, x: 4, height: 2, width: 3, dwells: 0.25 };
  /** Pushes a scan in two halves. */
  const pushFlat = async (producer: TestProducer, scan: ScanMessage, block: ReturnType<typeof flat>) => {
    await producer.ask(scan, 'ready');
    const [half, bytes] = [block.count / 2, block.data.length / 2];
    await producer.ask({ ...block, count: half, data: block.data.slice(0, bytes) }, 'ack');
    await producer.ask({ ...block, first: half, count: half, data: block.data.slice(bytes) }, 'ack');
    await producer.ask({ type: 'end' }, 'ack');
  };
  /** Pixel (1, 5) and (2, 6) are covered, and (0, 0) is not. */
  const CUT = [0, 13, 22];
  /** What a file would hold where the two were exposed for less from the start. */
  const expected = Array.from({ length: PIXELS }, (_, pixel) => {
    if (pixel === 0) return FULL;
    const isCovered = [12, 13, 14, 20, 21, 22].includes(pixel);
    return CUT.includes(pixel) ? 25 : isCovered ? 125 : 100;
  });

  it('replaces counts that were cut off: recorded, analysed again and exported alike', async () => {
    await restart({ root, place: placeByRegistration([]) });
    const producer = await connect();
    await pushFlat(producer, parentScan(), flat(PIXELS, CUT));
    await pushFlat(producer, rescanOf({ region }), flat(6, [], 25));
    await added();
    expect(await countsOf(lastOpening())).toEqual(expected);
    expect(lastOpening().rescans).toMatchObject([{ dwells: 0.25, replaced: 2 }]);
    await log.until(() => log.of('alert').some(({ alert }) => alert.message.includes('takes the place')));
    expect(log.of('alert').at(-1)?.alert.message).toBe(
      'Rescan "again" is added: 2 × 3 pixels; it takes the place of the counts of 2 pixels that were saturated',
    );
    const record = await described();
    expect(record).toMatchObject({
      format: 5,
      patches: [
        {
          replaces: [
            [13, 14],
            [22, 23],
          ],
        },
      ],
    });
    const again = new SourceLog(sessionSource(session(), { speed: 'max' }));
    await again.until(() => again.of('rescan').length > 0);
    expect(await countsOf(again.of('rescan').at(-1)!.opening)).toEqual(expected);
    await again.stop();
    const { counts } = await openExportable(session());
    const exported = await counts!.read(0, PIXELS);
    expect(expected.map((_, pixel) => exported[pixel * CHANNELS])).toEqual(expected);
  });

  it('leaves them as they are where its own rows are spoilt', async () => {
    await restart({ root, place: placeByRegistration([]) });
    const producer = await connect();
    await pushFlat(producer, parentScan(), flat(PIXELS, CUT));
    await pushFlat(producer, rescanOf({ region }), flat(6, [], 25));
    await added();
    const path = join(session(), 'rescan-1.raw');
    const bytes = readFileSync(path);
    bytes[0] ^= 1;
    writeFileSync(path, bytes);
    const { counts } = await openExportable(session());
    const exported = await counts!.read(0, PIXELS);
    expect([12, 13, 20, 22].map((pixel) => exported[pixel * CHANNELS])).toEqual([100, FULL, 125, 25]);
  });
});

describe('a region that is no rescan of its scan', () => {
  const region = { parentId: 'parent', y: 1, x: 4, height: 2, width: 3 };
  it.each<[string, Partial<ScanMessage>, string]>([
    [
      'juts out',
      { region: { ...region, y: 5 } },
      'scan: region: expected a part of the 6 × 8 pixels of "parent", found 2 × 3 pixels at row 5, column 4',
    ],
    ['has other channels', { channels: 6 }, 'scan: channels: expected 5 as in "parent", found 6'],
    [
      'has another axis',
      { energy: { offset: 80.2, dispersion: 0.5 } },
      'scan: energy: expected 80 eV + 0.5 eV a channel as in "parent", found 80.2 eV + 0.5 eV a channel',
    ],
    [
      'has no whole number of pixels for each of the scan',
      { shape: [4, 3] },
      'scan: shape: expected the 2 × 3 pixels of the region, or up to 64 times as many along both sides, found 4 × 3',
    ],
    [
      'is a further pass',
      { pass: 1 },
      'scan: pass: expected 0 in a rescan: each further pass is a rescan of its own, found 1',
    ],
  ])('%s, and is refused', async (_, changes, message) => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    expect(await producer.ask(rescanOf({ region, ...changes }), 'error')).toEqual({
      type: 'error',
      code: 'geometry',
      message,
    });
    expect((await described()).rescans).toBeUndefined();
  });

  it('names a scan that nobody knows: it is shown as one of its own, and it is said why', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf({ region: { ...region, parentId: 'other' } }), 2);
    await log.until(() => log.of('end').length === 2);
    expect(log.of('scan').map(({ opening }) => opening.scan.id)).toEqual(['parent', 'again']);
    expect(log.of('alert')[0].alert.message).toBe(
      'again is shown as a scan of its own: no scan "other" is recorded that it could be a rescan of',
    );
    expect(log.of('rescan')).toEqual([]);
  });
});

describe('finer pixels', () => {
  const fine = (changes: Partial<ScanMessage['region'] & object> = {}): ScanMessage =>
    rescanOf({
      shape: [4, 6],
      region: { parentId: 'parent', y: 1, x: 4, height: 2, width: 3, ...changes },
    });

  it('are shown as a scan of their own, whose name says in what they lie', async () => {
    const producer = await connect();
    await push(producer, parentScan({ name: 'anode', pixelSizeNm: 1 }), 1);
    await push(producer, fine(), 2);
    await log.until(() => log.of('end').length === 2);
    expect(log.of('scan')[1].opening.scan).toMatchObject({
      name: 'again (inside anode, 2 × 2 finer)',
      shape: [4, 6],
      pixelSizeNm: 0.5,
    });
    expect(readdirSync(root)).toHaveLength(2);
  });

  it('are summed down and added where that is asked', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, fine({ sum: true }), 2);
    await added();
    const counts = await countsOf(lastOpening());
    const sums = [0, 1].flatMap((y) =>
      [0, 1, 2].map((x) => [0, 1, 6, 7].reduce((sum, step) => sum + sample(12 * y + 2 * x + step, 0, 2), 0)),
    );
    const covered = [1, 2].flatMap((y) => [4, 5, 6].map((x) => y * COLUMNS + x));
    expect(covered.map((pixel) => counts[pixel] - sample(pixel, 0, 1))).toEqual(sums);
    expect(lastOpening().core.patches?.[0].dwells).toBe(4);
    expect((await checkSession(session(), await described())).losses).toEqual([]);
    // The sums are not taken for granted.
    const path = join(session(), 'rescan-1.summed.raw');
    const bytes = readFileSync(path);
    bytes[9] ^= 1;
    writeFileSync(path, bytes);
    expect((await checkSession(session(), await described())).losses).toEqual([
      'rescan-1: 2 of the rows that were added are not those that were written',
    ]);
  });
});

describe('a scan that is not on show', () => {
  it('is shown again for a rescan of it, with what was added before', async () => {
    const producer = await connect();
    await push(producer, parentScan(), 1);
    await push(producer, rescanOf(), 2);
    await added();
    await push(producer, parentScan({ id: 'other' }), 5);
    await push(producer, rescanOf({}, 'third'), 3);
    await added(3);
    expect(log.of('scan').map(({ opening }) => opening.scan.id)).toEqual(['parent', 'other', 'parent']);
    const types = log.events.map(({ type }) => type).filter((type) => type !== 'rescanning');
    expect(types.slice(-8)).toContain('end');
    expect(await countsOf(lastOpening())).toEqual(expectedCounts([2, 3]));
    // It had ended once and keeps its time.
    expect((await described()).status).toBe('complete');
  });

  it('was recorded by an earlier run of the monitor, which was stopped in the middle of a rescan', async () => {
    const first = await connect();
    await push(first, parentScan(), 1);
    await first.ask(rescanOf(), 'ready');
    await first.ask(spectra(0, 4, 2), 'ack');
    await restart();
    const second = await connect();
    expect((await second.ask(rescanOf(), 'ready')).next).toBe(4);
    await second.ask(spectra(3, 3, 2), 'ack');
    await second.ask({ type: 'end' }, 'ack');
    await added();
    expect(log.of('scan')[0].opening.scan.id).toBe('parent');
    expect([...log.measured().values()]).toEqual(Array(PIXELS).fill(1));
    expect(await countsOf(lastOpening())).toEqual(expectedCounts([2]));
    expect((await described()).rescans).toHaveLength(1);
  });
});

describe('the connections of a rescan', () => {
  it('may be lost: it goes on where it ended', async () => {
    const first = await connect();
    await push(first, parentScan(), 1);
    await first.ask(rescanOf(), 'ready');
    await first.ask(spectra(0, 2, 2), 'ack');
    await first.drop();
    const second = await connect();
    expect((await second.ask(rescanOf(), 'ready')).next).toBe(2);
    await second.ask(spectra(2, 4, 2), 'ack');
    const end = await second.ask({ type: 'end' }, 'ack');
    expect(end).toEqual({ type: 'ack', next: 6, synced: 6 });
    await added();
    expect(await countsOf(lastOpening())).toEqual(expectedCounts([2]));
  });

  it('are one at a time, and other content of a pixel is a conflict', async () => {
    const first = await connect();
    await push(first, parentScan(), 1);
    await first.ask(rescanOf(), 'ready');
    await first.ask(spectra(0, 2, 2), 'ack');
    const other = await connect();
    expect(await other.ask(parentScan({ id: 'other' }), 'error')).toMatchObject({ code: 'busy' });
    expect(await first.ask(spectra(0, 3, 3), 'error')).toMatchObject({ code: 'conflict' });
    expect((await first.ask(spectra(3, 3, 2), 'ack')).next).toBe(6);
  });

  it('that another takes the place of leaves a rescan whose rows count', async () => {
    const first = await connect();
    await push(first, parentScan(), 1);
    await first.ask(rescanOf(), 'ready');
    await first.ask(spectra(0, 5, 2), 'ack');
    await first.drop();
    const second = await connect();
    await push(second, rescanOf({}, 'another'), 3);
    await added(2);
    const parts = lastOpening().rescans?.map(({ name, shape }) => [name, shape[0]]);
    expect(parts).toEqual([
      ['again', 1],
      ['another', 2],
    ]);
    expect((await described()).rescans?.map(({ status }) => status)).toEqual(['aborted', 'complete']);
  });
});

describe('what to scan next', () => {
  it('is told to whoever asks, also without a scan, and there may be nothing to tell', async () => {
    const producer = await connect();
    const reply = await producer.ask({ type: 'plan?' }, 'plan');
    expect(reply).toMatchObject({ version: 1, status: 'none', regions: [] });
    expect(reply.scan).toBeUndefined();
    ingest.answerWith({ planReply: () => acceptedPlan() });
    expect(await producer.ask({ type: 'plan?' }, 'plan')).toEqual(acceptedPlan());
    await producer.ask(parentScan(), 'ready');
    expect(await producer.ask({ type: 'plan?' }, 'plan')).toEqual(acceptedPlan());
    expect((await producer.ask(spectra(0, 1), 'ack')).next).toBe(1);
  });

  it.each(['proposed', 'expired'] as const)('is nothing of a plan that is %s', async (status) => {
    ingest.answerWith({ planReply: () => acceptedPlan({ status }) });
    const producer = await connect();
    expect(await producer.ask({ type: 'plan?' }, 'plan')).toMatchObject({ number: 3, status, regions: [] });
  });

  it('goes back into the scan message as it is', async () => {
    ingest.answerWith({ planReply: () => acceptedPlan() });
    const producer = await connect();
    await push(producer, parentScan(), 1);
    const { regions } = await producer.ask({ type: 'plan?' }, 'plan');
    for (const { region, height, width } of regions)
      await push(producer, parentScan({ id: 'again', shape: [height, width], region }), 2);
    await added();
    expect(lastOpening().core.patches?.[0]).toMatchObject({ y: 1, x: 4, dwells: 2 });
  });
});
