import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { type DmImage, dmFile } from '../../../support/dm-file.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-dm-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function opened(bytes: Uint8Array, suffix = 'dm4') {
  const path = join(folder, `${files++}.${suffix}`);
  await writeFile(path, bytes);
  return openScanFile(path);
}

/** Opens, or fails with an InputError: anything else fails the test. */
async function openedOrRefused(bytes: Uint8Array): Promise<'opened' | 'refused'> {
  try {
    await opened(bytes);
    return 'opened';
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return 'refused';
  }
}

const SPECTRUM_IMAGE: DmImage = {
  dimensions: [
    { size: 3, origin: 0, scale: 0.5, units: 'µm' },
    { size: 2, origin: 0, scale: 0.5, units: 'µm' },
    { size: 4, origin: -700, scale: 0.5, units: 'eV' },
  ],
  dataType: 1,
  data: new Uint8Array(new Int16Array(24).map((_, index) => index - 5).buffer),
  signal: 'EELS',
};
const EDS: DmImage = { ...SPECTRUM_IMAGE, signal: 'X-ray' };

describe.each([3, 4] as const)('DM%i', (version) => {
  const suffix = `dm${version}`;

  it('holds energy planes, with the axis at (i − origin)·scale', async () => {
    const { scan, core } = await opened(dmFile(version, [SPECTRUM_IMAGE]), suffix);
    expect(scan).toMatchObject({
      shape: [2, 3],
      channels: 4,
      dtype: 'i16',
      energy: { offset: 350, dispersion: 0.5, units: 'eV' },
      pixelSizeNm: 500,
      beamKv: 200,
    });
    const cube = await openCube(core);
    const out = new Float32Array(8);
    await cube.read(1, 2, 0, 4, out);
    await cube.close();
    expect([...out]).toEqual([-4, 2, 8, 14, -3, 3, 9, 15]);
  });

  it('is found behind thumbnails and other images', async () => {
    const image: DmImage = {
      ...SPECTRUM_IMAGE,
      dimensions: SPECTRUM_IMAGE.dimensions.slice(0, 2),
      signal: '',
    };
    const plain = { ...image, data: new Uint8Array(12) };
    const { scan } = await opened(dmFile(version, [SPECTRUM_IMAGE, plain, SPECTRUM_IMAGE], [0]), suffix);
    expect(scan.shape).toEqual([2, 3]);
    await expect(opened(dmFile(version, [SPECTRUM_IMAGE, plain], [0]), suffix)).rejects.toThrow(
      'signal: expected EELS spectra with an axis in eV, found a plain image of 3 × 2',
    );
  });

  it('with the energy axis first is a line of spectra', async () => {
    const [pixels, , energy] = SPECTRUM_IMAGE.dimensions;
    const line = { ...SPECTRUM_IMAGE, dimensions: [energy, pixels], data: SPECTRUM_IMAGE.data.slice(0, 24) };
    const { scan, core } = await opened(dmFile(version, [line]), suffix);
    expect(scan).toMatchObject({ shape: [1, 3], channels: 4 });
    expect(core.recordBy).toBe('vector');
  });

  it('is refused for X-rays, for sizes that do not fit, for absurd sizes and a bad axis', async () => {
    const refused = async (image: DmImage, message: string) => {
      await expect(opened(dmFile(version, [image]), suffix)).rejects.toThrow(InputError);
      await expect(opened(dmFile(version, [image]), suffix)).rejects.toThrow(message);
    };
    const [x, y, energy] = SPECTRUM_IMAGE.dimensions;
    const withDimensions = (...dimensions: DmImage['dimensions']) => ({ ...SPECTRUM_IMAGE, dimensions });
    await refused(EDS, 'signal: expected EELS spectra with an axis in eV, found X-ray of 3 × 2 × 4');
    await refused(
      { ...SPECTRUM_IMAGE, data: new Uint8Array(46) },
      'expected 48 bytes (3 × 2 × 4 of i16), found 46',
    );
    await refused({ ...SPECTRUM_IMAGE, dataType: 9 }, 'ImageData.DataType: expected real numbers');
    await refused(
      withDimensions({ ...x, size: 2 ** 31 }, { ...y, size: 2 ** 31 }, energy),
      'shape: expected 1 to',
    );
    await refused(withDimensions({ ...x, size: 0 }, y, energy), 'shape: expected 1 to');
    await refused(withDimensions(x, y, { ...energy, size: 2 ** 31 }), 'channels: expected 1 to');
    await refused(withDimensions(x, y, { ...energy, scale: Number.NaN }), 'dispersion above 0');
    await refused(withDimensions(x, y, { ...energy, scale: -1 }), 'dispersion above 0');
    await refused(withDimensions(x, energy, y), 'expected the energy axis to be the first or the last one');
  });

  it('never fails but with a clear error, however bytes are changed', async () => {
    const good = dmFile(version, [SPECTRUM_IMAGE]);
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        await openedOrRefused(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

const MEASURED = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';
describeMeasured('a measured DM3, cut short', [MEASURED], () => {
  it('is refused at each of its first 4096 bytes', async () => {
    const whole = await readFile(measuredData(MEASURED)!);
    const path = join(folder, 'cut.dm3');
    for (let end = 0; end < 4096; end++) {
      await writeFile(path, whole.subarray(0, end));
      await expect(openScanFile(path), `cut at ${end}`).rejects.toThrow(InputError);
    }
  });

  it('is refused or whole at 200 cuts anywhere', async () => {
    const whole = await readFile(measuredData(MEASURED)!);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (end) => {
        const result = await openedOrRefused(whole.subarray(0, end));
        // The file ends with eight bytes that say nothing.
        expect(result).toBe(end >= whole.length - 8 ? 'opened' : 'refused');
      }),
      { numRuns: 200 },
    );
  });
});
