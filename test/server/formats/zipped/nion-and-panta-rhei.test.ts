import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { PlainImageError } from '../../../../server/formats/signals/plain-image.ts';
import { openWholeScan, unpackAll } from '../../../../server/formats/unpacking/unpack-all.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';
import { contentNamed, NION_AND_PANTA_RHEI, writeNamed } from '../../../support/nion-and-panta-rhei.ts';
import { wholeCube } from '../../../support/whole-cube.ts';

const { files } = NION_AND_PANTA_RHEI;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-nion-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('files of Nion Swift and Panta Rhei', () => {
  it.each(Object.keys(files))('%s has the values and axes that were written', async (name) => {
    const expected = files[name];
    const { scan, core, lowLoss, faults } = await openWholeScan(await writeNamed(folder, name), {
      scratch: folder,
    });
    expect(faults).toEqual([]);
    expect(scan).toMatchObject({ shape: expected.shape, channels: expected.channels });
    expect(scan.energy.offset).toBeCloseTo(expected.offset, 9);
    expect(scan.energy.dispersion).toBeCloseTo(expected.dispersion, 12);
    for (const field of ['beamKv', 'convergenceMrad', 'collectionMrad', 'dwellSeconds'] as const)
      expect(scan[field]).toBeCloseTo(expected[field] as number, 9);
    if (expected.pixelNm === null) expect(scan.pixelSizeNm).toBeUndefined();
    else expect(scan.pixelSizeNm).toBeCloseTo(expected.pixelNm, 9);
    const cube = await wholeCube(core);
    if (expected.values) expect([...cube]).toEqual(expected.values);
    else expect(cube.findIndex((value, n) => value !== (7 * n) % 251)).toBe(-1);
    expect(lowLoss === undefined).toBe(expected.lowLoss === undefined);
    if (lowLoss && expected.lowLoss) {
      const { values: low, channels, offset, dispersion } = expected.lowLoss;
      expect(scan.lowLoss).toEqual({ channels, energy: { offset, dispersion, units: 'eV' }, dtype: 'u16' });
      expect([...(await wholeCube(lowLoss))]).toEqual(low);
    }
  });

  it('are read on the axis that the operator gives where they have none', async () => {
    const energy = { offset: 400, dispersion: 0.5, units: 'eV' as const };
    for (const [name, like] of [
      ['uncalibrated.h5', 'library.h5'],
      ['uncalibrated.prz', 'image.prz'],
    ]) {
      const { scan, core } = await openWholeScan(await writeNamed(folder, name), { energy, scratch: folder });
      expect(scan).toMatchObject({ energy, shape: files[like].shape });
      expect([...(await wholeCube(core))]).toEqual(files[like].values);
    }
  });

  it.each([
    [
      'sequence-of-images.h5',
      'data properties: expected spectra, found a sequence of 4 images or maps: in Nion',
    ],
    [
      'sequence-of-maps.h5',
      'data properties: expected spectra, found a sequence of 2 spectrum images: in Nion',
    ],
    [
      'frames.h5',
      'data properties: expected one spectrum per pixel, found frames of 4 × 12: in Nion Swift sum',
    ],
    [
      'kiloelectronvolts.h5',
      'expected EELS spectra with an axis in eV, found "made" of 3 × 5 × 12 in nm, keV',
    ],
    ['wavelengths.h5', 'expected EELS spectra with an axis in eV, found "made" (cl) of 3 × 5 × 12 in nm'],
    [
      'uncalibrated.h5',
      'data calibration 2: expected eV, the unit of an energy loss, found no unit; type --energy',
    ],
    [
      'no-offset.h5',
      'data calibration 2: expected a number, the energy of the first channel in eV, found none',
    ],
    [
      'contradiction.h5',
      'data properties: expected numbers of dimensions that add up to those of the array, 3',
    ],
    ['no-json.h5', 'data properties: expected an object in JSON'],
    ['complex.ndata', 'data.npy: expected real numbers (u8,'],
    ['no-metadata.ndata', 'metadata.json: expected an object in JSON, found none'],
    ['no-data.ndata', 'data.npy: expected this entry of the zip file, found none'],
    ['short.ndata', 'data.npy: expected 488 bytes for 3 × 5 × 12 of u16, found 486'],
    ['pickled.ndata', 'data.npy: expected real numbers (u8,'],
    ['vast.ndata', 'data.npy: expected 4398046511232 bytes for 4096 × 4096 × 65536 of f32'],
    ['bomb.ndata', 'data.npy: expected 488 bytes for 3 × 5 × 12 of u16, found 268435944'],
    ['text-bomb.ndata', 'metadata.json: expected at most 1048576 bytes, found 268435456'],
    ['filtered.prz', 'expected EELS spectra with an axis in eV, found "data" (EFTEM) of 3 × 5 × 12'],
    ['uncalibrated.prz', 'device.calib of axis 0: expected'],
    ['frames.prz', 'expected energy and at most two axes of pixels, found 4 axes'],
    ['camera.prz', 'found one of the signal: sum over it and save one spectrum per pixel'],
    ['contents.prz', 'content.types: expected the contents of 3 axes, found 2'],
    ['evil.prz', 'meta_data.npy: expected one dictionary, found something else; save the file again with'],
    ['program.prz', 'meta_data.npy: expected one dictionary, found something else'],
    [
      'set.prz',
      'meta_data.npy: pickle: expected plain values, which alone are read since pickles may hold programs',
    ],
    ['cut-pickle.prz', 'meta_data.npy: pickle: expected plain values'],
    ['no-metadata.prz', 'meta_data.npy: expected the metadata of Panta Rhei, found none'],
    ['bad-json.prz', 'meta_data_json.npy: text: expected JSON'],
  ])('%s is refused by name', async (name, message) => {
    const path = await writeNamed(folder, name);
    const opened = openScanFile(path, { scratch: folder });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toThrow(path);
    expect(existsSync('eelwatch-was-here')).toBe(false);
  });

  it.each(['picture.h5', 'picture.prz'])('%s is a plain image, with which nothing is wrong', async (name) => {
    await expect(openScanFile(await writeNamed(folder, name), { scratch: folder })).rejects.toThrow(
      PlainImageError,
    );
  });

  it('stop unpacking where more comes than was announced', async () => {
    const path = await writeNamed(folder, 'lying-bomb.ndata');
    const before = process.memoryUsage.rss();
    await expect(openScanFile(path, { scratch: folder })).rejects.toThrow(
      'expected a complete zip file (Error: decompressed size exceeds limit: 16384 > 488)',
    );
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(32);
  });

  const zipped = ['item.ndata', 'exported.ndata1', 'packed.prz', 'pickled.prz', 'protocol4.prz'];
  it.each(zipped)('%s is read, or refused by name, with wrong bytes or cut off', async (name) => {
    const whole = contentNamed(name);
    const path = join(folder, `wrong-${name}`);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length }),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
        async (length, changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          // Every fourth one is cut: that is mostly known by its size alone.
          await writeFile(path, bytes.subarray(0, number++ % 4 ? whole.length : length));
          try {
            for (const fault of await unpackAll(await openScanFile(path, { scratch: folder })))
              expect(fault).toBeInstanceOf(InputError);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 150 },
    );
    const { core } = await openWholeScan(await writeNamed(folder, name), { scratch: folder });
    expect([...(await wholeCube(core))]).toEqual(files[name].values);
  });

  it('are not held open', async () => {
    const openFiles = () =>
      readdir('/proc/self/fd').then(
        ({ length }) => length,
        () => 0,
      );
    const path = await writeNamed(folder, 'large.ndata');
    const before = await openFiles();
    for (let n = 0; n < 10; n++) await openWholeScan(path, { scratch: folder });
    expect((await openFiles()) - before).toBeLessThan(5);
  });
});

const SAMPLES = ['formats/pantarhei/panta_rhei_sample.prz', 'formats/pantarhei/panta_rhei_sample_legacy.prz'];
describeMeasured('real files of Panta Rhei', SAMPLES, () => {
  it.each(SAMPLES)('%s is known for the image that it is', async (name) => {
    const opened = openScanFile(measuredData(name) as string, { scratch: folder });
    await expect(opened).rejects.toThrow(PlainImageError);
    await expect(opened).rejects.toThrow('found "data" of 16 × 16 in m');
  });
});
