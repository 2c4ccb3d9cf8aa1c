import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatRippleHeader, type RippleHeader } from '../../../../server/formats/text/ripple-header.ts';
import { holdsCounts, type SessionDescription } from '../../../../server/sessions/session-description.ts';
import { SessionStore } from '../../../../server/sessions/session-store.ts';
import { FileRecorder } from '../../../../server/sources/file-sessions/file-recorder.ts';
import { sessionSource } from '../../../../server/sources/file-sessions/session-source.ts';
import type { SourceEvent } from '../../../../server/sources/source.ts';
import { Watched } from '../../../support/watched.ts';

const [ROWS, COLUMNS, CHANNELS] = [4, 5, 6];
const PIXELS = ROWS * COLUMNS;
const BYTES = 2 * CHANNELS;
const HEADER: RippleHeader = {
  shape: [ROWS, COLUMNS],
  channels: CHANNELS,
  dtype: 'u16',
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
};

let root: string;
let data: string;
let raw: string;
let store: SessionStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-rewritten-'));
  data = join(root, 'data');
  raw = join(data, 'one.raw');
  mkdirSync(data);
  store = new SessionStore({ root: join(root, 'sessions'), version: 'test' });
});
afterEach(() => rmSync(root, { recursive: true }));

/** The first `pixels` spectra of a scan, every sample of which tells its number. */
const spectra = (scan: number, pixels: number): Buffer =>
  Buffer.from(Uint16Array.from({ length: pixels * CHANNELS }, (_, i) => 10 * scan + (i % 7)).buffer);

const watch = (copies: boolean) =>
  new Watched(data, {}, (source) => new FileRecorder(source, { store, options: {}, copies }));

const countsOf = (folder: string): Buffer =>
  existsSync(join(folder, 'core.raw')) ? readFileSync(join(folder, 'core.raw')) : Buffer.alloc(0);

/** Until the scan is complete and its session as well. */
async function completed(watched: Watched): Promise<void> {
  await watched.until(() => watched.scan.ends.includes('complete'));
  for (let left = 400; left > 0; left--) {
    if ((await store.list()).some(({ description }) => description.status === 'complete')) break;
    await wait(5);
  }
  await watched.stop();
}

/** The sessions in the order in which they began, each with the numbers of the scans whose spectra it holds. */
async function sessions(): Promise<{ folder: string; description: SessionDescription; holds: number[] }[]> {
  const stored = (await store.list()).map(({ folder, description }) => ({
    folder,
    description,
    holds: holdsCounts(description)
      ? [
          ...new Set(
            countsOf(folder)
              .filter((sample) => sample > 0)
              .map((sample) => Math.floor(sample / 10)),
          ),
        ]
      : [],
  }));
  return stored.sort((a, b) => a.description.scan.id.localeCompare(b.description.scan.id));
}

/** Ways in which another scan comes into a file that holds 8 spectra of the first. */
const WAYS: [string, (scan: number) => void][] = [
  ['in place, to the same size', (scan) => writeFileSync(raw, spectra(scan, 8), { flag: 'r+' })],
  ['in place, to a larger size', (scan) => writeFileSync(raw, spectra(scan, 13), { flag: 'r+' })],
  ['cut, and written again to a smaller size', (scan) => writeFileSync(raw, spectra(scan, 3))],
  ['cut, and written again to a larger size', (scan) => writeFileSync(raw, spectra(scan, 17))],
  [
    'by another file that is renamed over it',
    (scan) => {
      writeFileSync(`${raw}.part`, spectra(scan, 8));
      renameSync(`${raw}.part`, raw);
    },
  ],
];

describe.each([
  ['whose counts are copied', true],
  ['that is recorded by reference', false],
])('a scan %s', (_, copies) => {
  it.each(WAYS)(
    'ends where its file is rewritten %s, and the next has a session of its own',
    async (__, rewrite) => {
      writeFileSync(raw, spectra(1, 8));
      writeFileSync(join(data, 'one.rpl'), formatRippleHeader(HEADER));
      const watched = watch(copies);
      await watched.until(() => watched.pixels === 8);
      // Twice in a row.
      for (const scan of [2, 3]) {
        const before = watched.scans.length;
        rewrite(scan);
        await watched.until(() => watched.scans.length > before && watched.pixels > 0);
      }
      writeFileSync(raw, spectra(3, PIXELS));
      await completed(watched);
      const found = await sessions();
      expect(found.map(({ description: { status, rewritten } }) => [status, rewritten])).toEqual([
        ['aborted', true],
        ['aborted', true],
        ['complete', undefined],
      ]);
      expect(new Set(watched.scans.map(({ opening }) => opening.session)).size).toBe(3);
      const ends = watched.events.filter(
        (event): event is Extract<SourceEvent, { type: 'end' }> => event.type === 'end' && !!event.rewritten,
      );
      expect(ends.map(({ rewritten }) => rewritten)).toEqual(
        copies ? ['copied', 'copied'] : ['lost', 'lost'],
      );
      expect([...watched.alerts.values()]).toEqual([]);
      if (!copies) return;
      for (const [index, { holds }] of found.entries()) expect([[], [index + 1]]).toContainEqual(holds);
      expect(found[2].holds).toEqual([3]);
      expect(readFileSync(join(found[2].folder, 'core.raw'))).toEqual(spectra(3, PIXELS));
    },
  );
});

it('a copy keeps the spectra of the scan that its file no longer holds', async () => {
  writeFileSync(raw, spectra(1, 8));
  writeFileSync(join(data, 'one.rpl'), formatRippleHeader(HEADER));
  const watched = watch(true);
  await watched.until(() => watched.pixels === 8);
  const first = spectra(1, 8);
  while (
    !countsOf(watched.scan.opening.session ?? '')
      .subarray(0, first.length)
      .equals(first)
  )
    await wait(5);
  truncateSync(raw, 0);
  writeFileSync(raw, spectra(2, PIXELS));
  await completed(watched);
  const [old, next] = await sessions();
  expect(readFileSync(join(old.folder, 'core.raw')).subarray(0, 8 * BYTES)).toEqual(spectra(1, 8));
  const measured: number[] = [];
  for await (const event of sessionSource(old.folder).events(new AbortController().signal))
    if (event.type === 'measured') measured.push(event.count);
  expect(measured).toEqual([8]);
  expect(next.holds).toEqual([2]);
});

it('a session by reference names the file as it was, so that the next scan is not taken for it', async () => {
  writeFileSync(raw, spectra(1, 8));
  writeFileSync(join(data, 'one.rpl'), formatRippleHeader(HEADER));
  const watched = watch(false);
  await watched.until(() => watched.pixels === 8);
  let [before] = await sessions();
  while (before.description.files?.acquired[0] !== 8) {
    await wait(5);
    [before] = await sessions();
  }
  writeFileSync(raw, spectra(2, PIXELS));
  await completed(watched);
  const [old, next] = await sessions();
  expect(old.description.files).toEqual(before.description.files);
  expect(next.description.files?.acquired).toEqual([PIXELS]);
  await expect(
    (async () => {
      for await (const _ of sessionSource(old.folder).events(new AbortController().signal));
    })(),
  ).rejects.toThrow('checksum: expected that of the recording, found other bytes');
});
