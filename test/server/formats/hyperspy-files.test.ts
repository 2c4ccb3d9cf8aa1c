import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openWholeScan, unpackAll } from '../../../server/formats/unpacking/unpack-all.ts';
import { contentOf, HYPERSPY_FILES, writeHyperspyFile } from '../../support/hyperspy-files.ts';
import { wholeCube } from '../../support/whole-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-hyperspy-'));
});
afterAll(() => rm(folder, { recursive: true }));

const { files, refused } = HYPERSPY_FILES;

async function expectAsHyperspy(path: string, name: string): Promise<void> {
  const expected = files[name];
  const file = await openScanFile(path, { scratch: folder });
  const { scan, core } = file;
  expect(scan).toMatchObject({ shape: expected.shape, channels: expected.channels });
  expect(scan.energy.offset).toBeCloseTo(expected.offset, 9);
  expect(scan.energy.dispersion).toBeCloseTo(expected.dispersion, 9);
  for (const field of ['beamKv', 'convergenceMrad', 'collectionMrad', 'dwellSeconds'] as const)
    expect(scan[field] ?? null, field).toBe(expected[field]);
  // All were written with 1.5 nm, some as 0.0015 µm.
  if (expected.shape[1] > 1) expect(scan.pixelSizeNm).toBeCloseTo(1.5, 9);
  expect(await unpackAll(file)).toEqual([]);
  expect([...(await wholeCube(core))]).toEqual(expected.values);
}

describe('files as HyperSpy writes them', () => {
  it.each(Object.keys(files))('%s is read as HyperSpy reads it', async (name) => {
    await expectAsHyperspy(await writeHyperspyFile(folder, name), name);
  });

  it.each(Object.keys(files).filter((name) => files[name].folder))(
    '%s is read as a zip file',
    async (name) => {
      const path = join(folder, `zipped-${name}`);
      await writeFile(path, contentOf(files[name].file));
      await expectAsHyperspy(path, name);
    },
  );

  it('takes the largest of several signals, the one with 0 eV for its low loss, and says what is left out', async () => {
    const file = await openScanFile(await writeHyperspyFile(folder, 'several.hspy'), { scratch: folder });
    const { lowLoss } = files['several.hspy'];
    expect(file.scan.lowLoss).toEqual({
      channels: 8,
      dtype: 'u16',
      energy: { offset: -1, dispersion: 0.5, units: 'eV' },
    });
    expect(await unpackAll(file)).toEqual([]);
    expect([...(await wholeCube(file.lowLoss!))]).toEqual(lowLoss?.values);
    expect(file.faults?.map(({ message }) => message)).toEqual([
      expect.stringContaining('left out: 3 "small" (EELS) of 2 × 2 × 12'),
    ]);
    const small = await openScanFile(join(folder, 'several.hspy'), { scratch: folder, image: 3 });
    expect(small.scan).toMatchObject({ shape: [2, 2], channels: 12 });
    expect(small.faults).toEqual([]);
  });

  it('keeps counts in the types they have, 64 bits held against 32', async () => {
    const types: Record<string, string> = {};
    for (const name of Object.keys(files))
      types[name] = (
        await openScanFile(await writeHyperspyFile(folder, name), { scratch: folder })
      ).scan.dtype;
    expect(types).toMatchObject({
      'image.hspy': 'u16',
      'line.hspy': 'i32',
      'counts64.hspy': 'i32',
      'plain.hspy': 'f32',
    });
  });

  it('puts the axis that the operator gives in place of the one in the file', async () => {
    const energy = { offset: 1, dispersion: 2, units: 'eV' as const };
    const { scan } = await openScanFile(await writeHyperspyFile(folder, 'image.hspy'), {
      energy,
      scratch: folder,
    });
    expect(scan.energy).toEqual(energy);
  });
});

describe('files that hold no EELS spectra, or none that can be read', () => {
  it.each([
    [
      'xrays.hspy',
      'signal: expected EELS spectra with an axis in eV, found "made" (EDS_TEM) of 2 × 3 × 12 in nm, keV',
    ],
    ['picture.hspy', 'signal: expected EELS spectra with an axis in eV, found'],
    ['complex.hspy', 'Experiments/made/data: expected real numbers (u8,'],
    ['lzf.hspy', 'found samples compressed by lzf'],
    ['uneven.hspy', 'Experiments/made/axis-2: expected energies at equal distances'],
    ['five.hspy', 'expected energy and at most two axes of pixels, found 5 axes'],
    ['huge.hspy', 'shape: expected 1 to 16777216 pixels, found 1048576 × 1048576'],
    ['elsewhere.hspy', 'found links to samples of other files'],
    ['other.hdf5', 'layout: expected that of HyperSpy, NeXus, EMD or Nion Swift, found measurement'],
  ])('%s is refused', async (name, message) => {
    const path = join(folder, name);
    await writeFile(path, contentOf(refused[name]));
    const opened = openScanFile(path, { scratch: folder });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toThrow(path);
  });

  it('follows no link to another file', async () => {
    await writeHyperspyFile(folder, 'plain.hspy');
    const path = join(folder, 'linked.hspy');
    await writeFile(path, contentOf(refused['linked.hspy']));
    await expect(openScanFile(path, { scratch: folder })).rejects.toThrow('found no signal');
  });

  it('names a count that does not fit into 32 bits, and leaves its pixels out', async () => {
    const path = join(folder, 'overflow.hspy');
    await writeFile(path, contentOf(refused['overflow.hspy']));
    const faults = await unpackAll(await openScanFile(path, { scratch: folder }));
    expect(faults.map(({ message }) => message)).toEqual([
      `${path}: Experiments/overflow/data: expected counts from -2147483648 to 2147483647, found 1099511627776`,
    ]);
  });

  it('is refused as a whole scan where a chunk is missing', async () => {
    const path = await writeHyperspyFile(folder, 'spectra-in-chunks.zspy');
    expect((await openWholeScan(path, { scratch: folder })).scan.shape).toEqual([4, 6]);
    await rm(join(path, 'Experiments/made/data/1/1/0'));
    await expect(openWholeScan(path, { scratch: folder })).rejects.toThrow(
      `${path}: Experiments/made/data: expected 24 spectra, found 18 that are complete`,
    );
  });

  it('reads or refuses by name what has wrong bytes or is cut off', async () => {
    const path = join(folder, 'wrong.hspy');
    const whole = contentOf(files['image.hspy'].file);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: whole.length }),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        async (length, changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          // Every other one is whole: what is cut is mostly known by its size alone.
          await writeFile(path, bytes.subarray(0, number++ % 2 ? whole.length : length));
          try {
            const file = await openScanFile(path, { scratch: folder });
            for (const fault of await unpackAll(file)) expect(fault).toBeInstanceOf(InputError);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 200 },
    );
    await expectAsHyperspy(await writeHyperspyFile(folder, 'image.hspy'), 'image.hspy');
  });

  it('reads a file that could not be read before, once it is written to its end, and leaves no file open', async () => {
    const path = join(folder, 'late.hspy');
    const whole = contentOf(files['image.hspy'].file);
    await writeFile(path, whole.subarray(0, 20_000));
    const openFiles = () =>
      readdir('/proc/self/fd').then(
        ({ length }) => length,
        () => 0,
      );
    await expect(openScanFile(path, { scratch: folder })).rejects.toThrow(
      'expected a complete HDF5 file (truncated',
    );
    const before = await openFiles();
    for (let index = 0; index < 20; index++)
      await expect(openScanFile(path, { scratch: folder })).rejects.toThrow(InputError);
    expect((await openFiles()) - before).toBeLessThan(10);
    await appendFile(path, whole.subarray(20_000));
    await expectAsHyperspy(path, 'image.hspy');
  });

  it('refuses what was cut off, of another kind, or empty', async () => {
    const whole = contentOf(files['image.hspy'].file);
    for (const [name, bytes] of [
      ['cut.hspy', whole.subarray(0, whole.length / 2)],
      ['empty.hspy', Buffer.alloc(0)],
      ['text.hspy', Buffer.from('not HDF5 at all')],
      ['cut.zspy', contentOf(files['image.zspy'].file).subarray(0, 900)],
      ['empty.zspy', Buffer.alloc(0)],
    ] as const) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const opened = openScanFile(path, { scratch: folder });
      await expect(opened, name).rejects.toThrow(InputError);
      await expect(opened, name).rejects.toThrow(`${path}: file: expected`);
    }
  });
});
