import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { discardHdf5, isDiscarded, loadHdf5 } from '../../../../server/formats/hdf5/hdf5-library.ts';
import { openWholeScan } from '../../../../server/formats/unpacking/unpack-all.ts';
import { writeStoredScan } from '../../../support/stored-scan.ts';

describe('the HDF5 library, given up for a damaged file', () => {
  let folder: string;
  let path: string;
  const values = Array.from({ length: 64 * 64 * 512 }, (_, n) => (n * 7) % 251);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-library-'));
    path = join(folder, 'good.hspy');
    await writeStoredScan(path, { axis: {}, signalType: 'EELS', shape: [64, 64, 512], values });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads good files again, also those that need more memory than it begins with', async () => {
    for (let time = 0; time < 2; time++) {
      const library = await loadHdf5();
      discardHdf5(library);
      expect(isDiscarded(library)).toBe(true);
      const { core } = await openWholeScan(path, { scratch: folder });
      const counts = await readFile(core.paths[0]);
      expect(counts.equals(Uint8Array.from(values))).toBe(true);
      await rm(core.paths[0]);
    }
  });

  it('is the same to everybody, before and after, with another memory', async () => {
    const before = await loadHdf5();
    const memory = before.Module.HEAPU8.buffer;
    discardHdf5(before);
    const [one, other] = await Promise.all([loadHdf5(), loadHdf5()]);
    expect(one).toBe(before);
    expect(other).toBe(before);
    expect(one.Module.HEAPU8.buffer).not.toBe(memory);
    await expect(openScanFile(path, { scratch: folder })).resolves.toMatchObject({
      scan: { shape: [64, 64] },
    });
  });
});
