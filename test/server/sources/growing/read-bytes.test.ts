import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBytes, readPieces } from '../../../../server/sources/growing/read-bytes.ts';
import { FailingFiles } from '../../../support/failing-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-bytes-'));
  await writeFile(join(folder, 'ten'), '0123456789');
});
afterAll(() => rm(folder, { recursive: true }));

it('reads what is there, whichever call fails once, and fails where all do', async () => {
  const path = join(folder, 'ten');
  for (let at = 1; at <= 3; at++) {
    const files = new FailingFiles((call) => (call === at ? 'EIO' : undefined));
    expect(String(await readBytes(path, 6, 100, files))).toBe('6789');
    expect(files.openNow).toBe(0);
    const lasting = new FailingFiles((call) => (call >= at ? 'EMFILE' : undefined));
    await expect(readBytes(path, 6, 100, lasting)).rejects.toMatchObject({ code: 'EMFILE' });
    expect(lasting.openNow).toBe(0);
  }
  expect(await readBytes(join(folder, 'none'), 0, 4)).toHaveLength(0);
});

it('reads several pieces with one opening, those that lie side by side at once', async () => {
  const files = new FailingFiles();
  const pieces = [
    { position: 2, count: 2 },
    { position: 4, count: 3 },
    { position: 8, count: 5 },
    { position: 0, count: 1 },
    { position: 20, count: 2 },
  ];
  const found = await readPieces(join(folder, 'ten'), pieces, files);
  expect(found.map(String)).toEqual(['23', '456', '89', '0', '']);
  expect(files.openNow).toBe(0);
  // Opening, a read each of 2–6 and of 0, two each of what the end of the file cuts, of which there is nothing at 20, and closing.
  expect(files.calls).toBeLessThanOrEqual(7);
});
