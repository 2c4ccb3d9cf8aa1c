import { copyFile, mkdtemp, open, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { GrowingFile } from '../../../../server/sources/growing/growing-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-growing-'));
  path = join(folder, 'scan.raw');
});
afterEach(() => rm(folder, { recursive: true }));

const RECORD = 512;
const RECORDS = 20_000;
const times = { shrinkMs: 1000, quietMs: 1500, verifyMs: 30_000 };
const growing = () =>
  new GrowingFile(
    { path, byteOffset: 64, recordBytes: RECORD, recordsPerRow: 100, records: RECORDS, sampleBytes: 2 },
    times,
    false,
  );
const content = (records: number, seed = 1) => {
  const random = createRandom(seed);
  return Buffer.from(Uint8Array.from({ length: 64 + records * RECORD }, () => 1 + 250 * random()));
};
/** Bytes in place of others, at the same time as before. */
async function overwrite(position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position);
  await file.close();
  await utimes(path, 1_700_000_000, 1_700_000_000);
}

it('finds a middle that was written anew at the same size and time within 30 s, while it grows and when it is whole', async () => {
  for (const [records, at] of [
    [20_000, 0.5],
    [20_000, 0.02],
    [20_000, 0.9],
    [3000, 0.4],
    [300, 0.7],
  ]) {
    const file = growing();
    // In pieces, as it is written.
    const whole = content(records);
    for (let part = 1; part <= 5; part++) {
      await writeFile(path, whole.subarray(0, 64 + Math.floor((records * part) / 5) * RECORD));
      // Whole seconds are what can be set again.
      await utimes(path, 1_700_000_000, 1_700_000_000);
      expect(await file.look(part * 250)).toBe('changed');
    }
    expect(file.records).toBe(records);
    const length = Math.ceil((records * RECORD) / 50);
    await overwrite(Math.floor(64 + at * records * RECORD), new Uint8Array(length));
    expect(await file.look(30_000)).toBe('same');
    expect(await file.look(60_001)).toBe('rewritten');
  }
});

it('finds it at once where the time has changed, too', async () => {
  await writeFile(path, content(4000));
  const file = growing();
  await file.look(0);
  const other = await open(path, 'r+');
  await other.write(new Uint8Array(200_000), 0, 200_000, 900_000);
  await other.close();
  expect(await file.look(250)).toBe('rewritten');
});

it('goes on with a copy that was renamed over it, and not with another file', async () => {
  await writeFile(path, content(200));
  const file = growing();
  await file.look(0);
  await copyFile(path, `${path}.new`);
  await writeFile(`${path}.new`, content(260));
  await rename(`${path}.new`, path);
  expect(await file.look(250)).toBe('changed');
  expect(file.records).toBe(260);
  await writeFile(`${path}.new`, content(300, 2));
  await rename(`${path}.new`, path);
  expect(await file.look(500)).toBe('rewritten');
});

it('takes nothing back when its size is less for some looks, as on shares', async () => {
  await writeFile(path, content(200));
  const file = growing();
  await file.look(0);
  const bytes = await readFile(path);
  for (const [index, size] of [bytes.length - 700, 100, 0].entries()) {
    await truncate(path, size);
    expect(await file.look(250 * (index + 1))).toBe('same');
    expect(file.records).toBe(200);
  }
  await writeFile(path, bytes);
  expect(await file.look(1000)).not.toBe('rewritten');
  await truncate(path, 20_000);
  expect(await file.look(1250)).toBe('same');
  expect(await file.look(2250)).toBe('rewritten');
});
