import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { McapIndexedReader } from '@mcap/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../../../server/sessions/journal/journal-reader.ts';
import type { JournalRecord } from '../../../../server/sessions/journal/journal-records.ts';
import { JournalWriter } from '../../../../server/sessions/journal/journal-writer.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  path = join(folder, 'journal.mcap');
});
afterEach(() => rmSync(folder, { recursive: true }));

const record = fc.oneof(
  fc.record({
    topic: fc.constant('arrivals' as const),
    time: fc.nat().map((n) => 1.7e12 + n),
    content: fc.record({ pass: fc.nat(3), pixels: fc.array(fc.tuple(fc.nat(), fc.nat())) }),
  }),
  fc.record({
    topic: fc.constant('rescan' as const),
    time: fc.nat().map((n) => 1.7e12 + n),
    content: fc.record(
      {
        file: fc.constant('rescan-1'),
        id: fc.string(),
        state: fc.constantFrom('began' as const, 'goes on' as const, 'added' as const, 'refused' as const),
        region: fc.record({ y: fc.nat(), x: fc.nat(), height: fc.nat(), width: fc.nat() }),
        spectra: fc.nat(),
        plan: fc.record({ number: fc.nat(), region: fc.nat() }),
        rows: fc.array(fc.tuple(fc.nat(), fc.nat())),
        patches: fc.nat(),
        refused: fc.string({ minLength: 1 }),
      },
      { requiredKeys: ['file', 'id', 'state', 'region', 'spectra'] },
    ),
  }),
  fc.record({
    topic: fc.constant('alert' as const),
    time: fc.nat().map((n) => 1.7e12 + n),
    content: fc.record({
      id: fc.string(),
      state: fc.constantFrom('raised' as const, 'cleared' as const),
      message: fc.string({ unit: 'grapheme' }),
    }),
  }),
) as fc.Arbitrary<JournalRecord>;

async function write(records: readonly JournalRecord[], index: boolean): Promise<void> {
  const journal = await JournalWriter.open(path);
  for (const { topic, content, time } of records) await journal.write(topic, content as never, time);
  await journal.close({ index });
}

describe('a journal', () => {
  it('gives back what was written, closed or not, and is gone on with', async () => {
    const property = fc.asyncProperty(
      fc.array(record, { maxLength: 8 }),
      fc.array(record, { maxLength: 8 }),
      fc.boolean(),
      async (before, after, close) => {
        rmSync(path, { force: true });
        await write(before, close);
        expect(await readJournal(path)).toEqual({
          records: before,
          state: close ? 'closed' : 'unclosed',
        });
        await write(after, true);
        expect(await readJournal(path)).toEqual({ records: [...before, ...after], state: 'closed' });
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  const sample: JournalRecord[] = Array.from({ length: 12 }, (_, n) => ({
    topic: 'arrivals',
    time: 1.7e12 + n,
    content: { pass: 0, pixels: [[16 * n, 16 * (n + 1)]] },
  }));

  it('that is cut off anywhere gives back records from the start, and no others', async () => {
    await write(sample, true);
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length += 97) {
      writeFileSync(path, bytes.subarray(0, length));
      const { records, state } = await readJournal(path);
      expect(state).not.toBe('closed');
      expect(records).toEqual(sample.slice(0, records.length));
    }
  });

  it('with a flipped bit never gives back anything that was not written', async () => {
    await write(sample, false);
    const bytes = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const spoilt = Buffer.from(bytes);
        spoilt[at] ^= 1 << bit;
        writeFileSync(path, spoilt);
        const { records } = await readJournal(path);
        expect(records).toEqual(sample.slice(0, records.length));
      }),
      { numRuns: 2000 },
    );
  });

  it('is a file that the reader of its own format opens, with the schema of every topic', async () => {
    await write(sample, true);
    const file = await open(path);
    const size = BigInt((await file.stat()).size);
    const readable = {
      size: () => Promise.resolve(size),
      async read(offset: bigint, length: bigint) {
        const bytes = new Uint8Array(Number(length));
        await file.read(bytes, 0, bytes.length, Number(offset));
        return bytes;
      },
    };
    const reader = await McapIndexedReader.Initialize({ readable });
    await file.close();
    expect([...reader.channelsById.values()].map(({ topic }) => topic).sort()).toEqual([
      'action',
      'alert',
      'arrivals',
      'end',
      'message',
      'model',
      'pictures',
      'plan',
      'repeated',
      'rescan',
      'revision',
      'scan',
      'signal',
      'stalled',
    ]);
    for (const { encoding, data } of reader.schemasById.values()) {
      expect(encoding).toBe('jsonschema');
      expect(JSON.parse(new TextDecoder().decode(data))).toMatchObject({
        type: 'object',
        description: expect.any(String),
      });
    }
    expect(reader.statistics?.messageCount).toBe(12n);
  });

  it('says that the disk is full', async () => {
    symlinkSync('/dev/full', `${path}.new`);
    await expect(JournalWriter.open(path)).rejects.toThrow(/no space|ENOSPC/);
  });
});
