import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { withHdf5 } from '../../../server/formats/hdf5/hdf5-file.ts';
import { unpackAll } from '../../../server/formats/unpacking/unpack-all.ts';
import { readReferenceFolder } from '../../../server/references/folder.ts';
import { contentOf, HYPERSPY_FILES, writeHyperspyFile, writePart } from '../../support/hyperspy-files.ts';
import { writeStoredScan } from '../../support/stored-scan.ts';

const MOST_MIB = 32;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-bounded-'));
  // Libraries take memory when they are loaded.
  for (const name of ['image.hspy', 'image.zspy'])
    await unpackAll(await openScanFile(await writeHyperspyFile(folder, name), { scratch: folder }));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is said of a file, read as far as it can be, which must not take much memory. */
async function refusal(path: string): Promise<string> {
  const before = process.resourceUsage().maxRSS;
  let said = '';
  try {
    const file = await openScanFile(path, { scratch: folder });
    said = (await unpackAll(file)).map(({ message }) => message).join();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    said = (error as Error).message;
  }
  expect((process.resourceUsage().maxRSS - before) / 1024, 'MiB').toBeLessThan(MOST_MIB);
  return said;
}

describe('chunks that unpack to gigabytes', () => {
  const zeros = Buffer.alloc(2 ** 26);
  const zstd = Buffer.alloc(32);
  zstd.writeUInt32LE(0xfd2fb528, 0);
  zstd[4] = 0xa0;
  zstd.writeUInt32LE(2 ** 30, 5);
  const lz4 = Buffer.alloc(32);
  lz4.writeUInt32LE(2 ** 30, 0);
  const blosc = Buffer.alloc(32);
  blosc.writeUInt32LE(2 ** 30, 4);
  blosc.writeUInt32LE(32, 12);

  it.each([
    ['gzip', gzipSync(zeros)],
    ['zlib', deflateSync(zeros)],
    ['zstd', zstd],
    ['lz4', lz4],
    ['blosc', blosc],
  ])('by %s in a zspy are not unpacked', async (id, chunk) => {
    const path = join(folder, `${id}.zspy`);
    await writeStoredScan(path, { axis: {}, signalType: 'EELS', shape: [2, 3, 4], values: [] });
    const array = {
      zarr_format: 2,
      shape: [2, 3, 4],
      chunks: [2, 3, 4],
      dtype: '|u1',
      fill_value: 0,
      order: 'C',
      filters: null,
    };
    const described = JSON.stringify({ ...array, compressor: { id, level: 5, acceleration: 1 } });
    await writePart(path, 'Experiments/made/data/.zarray', Buffer.from(described));
    await writePart(path, 'Experiments/made/data/0.0.0', chunk);
    expect(await refusal(path)).toMatch(
      /Experiments\/made\/data\/0.0.0: expected (a complete chunk|at most)/,
    );
  });

  it('in an HDF5 file are not unpacked', async () => {
    const path = join(folder, 'bomb.hspy');
    await writeFile(path, contentOf(HYPERSPY_FILES.refused['bomb.hspy']));
    expect(await refusal(path)).toContain(
      `${path}: file: expected a complete HDF5 file (filter returned failure`,
    );
  });
});

it('2^40 samples in a small HDF5 file are refused before anything is made for them', async () => {
  const path = join(folder, 'vast.hspy');
  await writeFile(path, contentOf(HYPERSPY_FILES.refused['vast.hspy']));
  expect(await refusal(path)).toContain('found 2199023255552 bytes of samples, which a file of');
});

it('2^40 samples in a folder are refused where there is no room for them', async () => {
  const path = await writeStoredScan(join(folder, 'vast.zspy'), {
    axis: {},
    signalType: 'EELS',
    shape: [2 ** 12, 2 ** 12, 2 ** 16],
    values: [],
  });
  expect(await refusal(path)).toMatch(/chunks of at most|of room in/);
});

it('a type of numbers with a name of 200 kB is refused without a search through all of it', async () => {
  const path = await writeStoredScan(join(folder, 'type.zspy'), {
    axis: {},
    signalType: 'EELS',
    shape: [2, 3, 4],
    values: [],
  });
  const dtype = `<${'9'.repeat(200_000)}x`;
  const array = { zarr_format: 2, shape: [2, 3, 4], chunks: [2, 3, 4], dtype };
  await writePart(path, 'Experiments/made/data/.zarray', Buffer.from(JSON.stringify(array)));
  const start = process.cpuUsage();
  expect(await refusal(path)).toMatch(/.zarray: expected a dtype of plain numbers, found "<9{58}$/);
  const { user, system } = process.cpuUsage(start);
  // It was 20 s.
  expect((user + system) / 1e6).toBeLessThan(1);
});

it.each(['msa', 'rpl', 'npy', 'dm3', 'dm4', 'hspy', 'nxs', 'emd', 'zspy'])(
  'a sparse .%s file of 2 TiB is refused',
  async (suffix) => {
    const path = join(folder, `sparse.${suffix}`);
    await writeFile(path, '');
    await truncate(path, 2 ** 41);
    expect(await refusal(path)).toContain('expected');
    await rm(path);
  },
);

it('a zip file that announces a list of entries of 4 GB is refused', async () => {
  const path = join(folder, 'list.zspy');
  const file = await open(path, 'w');
  await file.truncate(2 ** 41);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(60_000, 8);
  end.writeUInt16LE(60_000, 10);
  end.writeUInt32LE(0xfffffff0, 12);
  await file.write(end, 0, end.length, 2 ** 41);
  await file.close();
  expect(await refusal(path)).toContain('expected at most 33554432 bytes, found 4294967280');
  await rm(path);
});

it('a reference of 2 TiB is named as unusable', async () => {
  const references = await mkdtemp(join(folder, 'references-'));
  await writeFile(join(references, 'sparse.msa'), '');
  await truncate(join(references, 'sparse.msa'), 2 ** 41);
  const before = process.memoryUsage.rss();
  expect(readReferenceFolder(references).unusable).toEqual([
    { file: 'sparse.msa', reason: 'size: expected at most 8388608 bytes of text, found 2199023255552' },
  ]);
  expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(MOST_MIB);
});

it('a damaged HDF5 file that is written anew in its place is read, and leaves no descriptor open', async () => {
  const whole = contentOf(HYPERSPY_FILES.files['image.hspy'].file);
  const path = join(folder, 'again.hspy');
  for (let at = 200; at < whole.length; at += 1500) {
    const damaged = Buffer.from(whole);
    damaged.fill(0x7f, at, at + 8);
    await writeFile(path, damaged);
    await openScanFile(path, { scratch: folder }).catch((error) => expect(error).toBeInstanceOf(InputError));
    await writeFile(path, whole);
    expect((await openScanFile(path, { scratch: folder })).scan.channels, `damaged at ${at}`).toBe(12);
  }
});

it('an HDF5 library that was brought down in a call is replaced by a fresh one', async () => {
  const path = await writeHyperspyFile(folder, 'image.hspy');
  const endless = () => {
    for (;;);
  };
  const [ended, waiting] = await Promise.allSettled([
    withHdf5(path, endless),
    withHdf5(path, (file) => file.keys('')),
  ]);
  expect(ended).toMatchObject({
    reason: {
      message: `${path}: file: expected a complete HDF5 file (it is damaged: not read within 3000 ms)`,
    },
  });
  expect(waiting).toMatchObject({ value: ['Experiments'] });
  expect((await openScanFile(path, { scratch: folder })).scan.channels).toBe(12);
});
