import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalContent } from '../../../../server/sessions/journal/journal-records.ts';
import { JournalWriter } from '../../../../server/sessions/journal/journal-writer.ts';
import { SessionStore } from '../../../../server/sessions/session-store.ts';
import {
  type ReplayOptions,
  sessionSource,
} from '../../../../server/sources/file-sessions/session-source.ts';
import { RecordedScan } from '../../../../server/sources/recording/recorded-scan.ts';
import type { SourceEvent } from '../../../../server/sources/source.ts';

const [ROWS, COLUMNS, CHANNELS] = [3, 4, 5];
const PIXELS = ROWS * COLUMNS;
const energy = { offset: 80, dispersion: 0.5, units: 'eV' as const };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Records blocks of pixels as they were acquired, of a serpentine scan. */
async function record(blocks: [first: number, count: number][]): Promise<string> {
  const store = new SessionStore({ root, version: 'test' });
  const scan = {
    id: 'one',
    name: 'one',
    shape: [ROWS, COLUMNS] as [number, number],
    channels: CHANNELS,
    energy,
    dtype: 'u8' as const,
  };
  const session = await store.open({ scan, order: 'serpentine', pass: 0 }, 'a test');
  const recorded = await RecordedScan.begin(session, 0, { report: () => {} });
  for (const [first, count] of blocks)
    await recorded.record({
      first,
      count,
      core: Uint8Array.from({ length: count * CHANNELS }, (_, i) => CHANNELS * first + i + 1),
      signals: first === 0 ? [['HAADF', Float32Array.from({ length: count }, (_, i) => i)]] : [],
    });
  await recorded.end('complete');
  await recorded.close();
  return session.folder;
}

async function journal(
  folder: string,
  arrivals: [time: number, pixels: JournalContent<'arrivals'>['pixels']][],
) {
  const writer = await JournalWriter.open(join(folder, 'journal.mcap'));
  for (const [time, pixels] of arrivals) await writer.write('arrivals', { pass: 0, pixels }, time);
  await writer.close();
}

async function replayed(folder: string, options: ReplayOptions = {}) {
  const events: SourceEvent[] = [];
  const waits: number[] = [];
  const pause = async (ms: number) => {
    waits.push(ms);
  };
  const source = sessionSource(folder, { pause, ...options });
  for await (const event of source.events(new AbortController().signal)) events.push(event);
  const measured = events.flatMap((event) => (event.type === 'measured' ? [[event.first, event.count]] : []));
  return { events, waits, measured };
}

describe('a recorded session', () => {
  it('is replayed whole, as fast as it goes', async () => {
    const folder = await record([
      [0, 6],
      [6, 6],
    ]);
    const { events, measured } = await replayed(folder);
    expect(measured).toEqual([[0, PIXELS]]);
    expect(events.map(({ type }) => type)).toEqual(['scan', 'measured', 'channel', 'end']);
    // The second row was acquired from right to left.
    const { NaN: none } = Number;
    expect(events.find(({ type }) => type === 'channel')).toMatchObject({
      name: 'HAADF',
      first: 0,
      values: Float32Array.of(0, 1, 2, 3, none, none, 5, 4, none, none, none, none),
    });
    expect(events.at(-1)).toEqual({ type: 'end', status: 'complete' });
  });

  it('is replayed in the order and at the times of its journal, divided by the speed', async () => {
    const folder = await record([[0, PIXELS]]);
    await journal(folder, [
      [1000, [[8, 10]]],
      [
        3000,
        [
          [0, 3],
          [9, 11],
        ],
      ],
      [3500, [[0, 4]]],
    ]);
    const { measured, waits } = await replayed(folder, { speed: 10 });
    // Each pixel once; what the journal does not know of comes last.
    expect(measured).toEqual([
      [8, 2],
      [0, 3],
      [10, 1],
      [3, 1],
      [4, 4],
      [11, 1],
    ]);
    expect(waits).toEqual([200, 50]);
  });

  it('leaves out what is damaged', async () => {
    const folder = await record([
      [0, 4],
      [8, 4],
    ]);
    await journal(folder, [[1000, [[0, PIXELS]]]]);
    const path = join(folder, 'core.raw');
    const bytes = readFileSync(path);
    bytes[3] ^= 1;
    writeFileSync(path, bytes);
    expect((await replayed(folder, { speed: 1 })).measured).toEqual([[8, 4]]);
  });

  it('is refused by name where there is none', async () => {
    await expect(replayed(root)).rejects.toThrow('session.json: expected in the folder of a session');
  });
});
