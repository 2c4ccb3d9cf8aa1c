import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBytes } from '../../../server/sources/read-bytes.ts';
import { FailingFiles } from '../../support/failing-files.ts';

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
