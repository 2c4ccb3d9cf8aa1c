import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import type { OpenOptions } from '../../../../server/formats/format.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { PlainImageError } from '../../../../server/formats/signals/plain-image.ts';
import { unpackAll } from '../../../../server/formats/unpacking/unpack-all.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';
import { TIA_FILES, tiaContent } from '../../../support/series-files.ts';
import { wholeCube } from '../../../support/whole-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-tia-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function opened(content: Uint8Array, options: OpenOptions = {}) {
  const path = join(folder, `${files++}.ser`);
  await writeFile(path, content);
  return openScanFile(path, { scratch: folder, ...options });
}

/** The file with other bytes at a place. */
function changed(name: string, at: number, bytes: number[]): Buffer {
  const content = tiaContent(name);
  content.set(bytes, at);
  return content;
}

describe('TIA series', () => {
  it.each(Object.keys(TIA_FILES))('%s is read as HyperSpy reads it', async (name) => {
    const { shape, channels, offset, dispersion, pixelSizeNm, values } = TIA_FILES[name];
    const file = await opened(tiaContent(name));
    expect(file.scan).toMatchObject({ shape, channels, energy: { offset, dispersion, units: 'eV' } });
    expect(file.scan.pixelSizeNm).toBeCloseTo(pixelSizeNm, 9);
    expect(await unpackAll(file)).toEqual([]);
    expect([...(await wholeCube(file.core))]).toEqual(values);
  });

  it('takes the axis and the shape that the operator gives', async () => {
    const energy = { offset: 400, dispersion: 0.1, units: 'eV' as const };
    const file = await opened(tiaContent('image'), { energy, shape: [3, 2] });
    expect(file.scan).toMatchObject({ shape: [3, 2], energy });
    expect(await unpackAll(file)).toEqual([]);
    expect([...(await wholeCube(file.core))]).toEqual(TIA_FILES['image'].values);
  });

  const double = (value: number) => [...new Uint8Array(Float64Array.of(value).buffer)];
  // Of "image": the header ends at 122, the first element follows two tables of 6 offsets.
  const ELEMENT = 0x7a + 48;
  it.each([
    ['another file', changed('image', 2, [0x98]), 'SeriesID: expected a TIA series'],
    [
      'another type of data',
      changed('image', 6, [0x23]),
      'DataTypeID: expected spectra (0x4120), found 0x4123',
    ],
    [
      'nothing acquired yet',
      changed('image', 18, [0]),
      'ValidNumberElements: expected 1 to 6 elements, found 0',
    ],
    ['more than it has room for', changed('image', 18, [7]), 'found 7'],
    ['other sizes', changed('image', 30, [4]), 'DimensionSize: expected sizes that make 6 elements, found 8'],
    ['offsets beyond the end', changed('image', 23, [255]), 'OffsetArrayOffset: expected 6 offsets'],
    [
      'complex numbers',
      changed('image', ELEMENT + 20, [9]),
      'DataType: expected real numbers (1 to 8), found 9',
    ],
    ['X-rays', changed('image', ELEMENT + 8, double(10)), 'found 10, as X-rays have; --energy'],
    [
      'no dispersion',
      changed('image', ELEMENT + 8, double(0)),
      'CalibrationDelta: expected a dispersion above 0',
    ],
    ['absurdly many channels', changed('image', ELEMENT + 22, [0, 0, 0, 16]), 'expected 1073741824 bytes'],
  ])('with %s is refused by field', async (_, content, message) => {
    await expect(opened(content)).rejects.toThrow(InputError);
    await expect(opened(content)).rejects.toThrow(message);
  });

  it('of images is a plain image', async () => {
    await expect(opened(changed('image', 6, [0x22]))).rejects.toThrow(PlainImageError);
  });

  it('leaves out an element that is not like the first, and says so', async () => {
    const content = tiaContent('image');
    content.writeUInt32LE(4, content.readUInt32LE(0x7a + 4 * 2) + 22);
    const file = await opened(content);
    const [fault] = await unpackAll(file);
    expect(fault.message).toContain('element 2: expected 5 channels of i32 from -20 eV');
    const found = [...(await wholeCube(file.core))];
    const expected = TIA_FILES['image'].values.map((value, n) => (n >= 10 && n < 15 ? 0 : value));
    expect(found).toEqual(expected);
  });

  it('leaves out an element whose offset leads nowhere', async () => {
    const content = tiaContent('image with long offsets');
    content.writeBigUInt64LE(2n ** 62n, 0x7e + 8 * 3);
    const [fault] = await unpackAll(await opened(content));
    expect(fault.message).toContain('element 3: expected 36 bytes at 46116860184');
  });

  it('cut or with other bytes anywhere is opened or refused by name', async () => {
    const names = ['image', 'image with long offsets', 'line of f8'];
    const path = join(folder, 'broken.ser');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.tuple(fc.nat(250), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        async (name, part, flips) => {
          const content = tiaContent(name);
          for (const [at, byte] of flips) content[at] = byte;
          await writeFile(path, content.subarray(0, Math.ceil(part * content.length)));
          try {
            const file = await openScanFile(path, { scratch: folder });
            if (file.scan.shape[0] * file.scan.shape[1] > 1000) return;
            const faults = await unpackAll(file);
            for (const fault of faults) expect(fault).toBeInstanceOf(InputError);
            await file.unpack?.core.remove();
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

const SAMPLES = ['16x16-spectrum_image-5x5x1024', '16x16-spectrum_image_5x5x4000-not_square'];
describeMeasured(
  'measured TIA series',
  SAMPLES.map((name) => `formats/tia/${name}_1.ser`),
  () => {
    it('has the beam energy that its .emi says, and needs none', async () => {
      const path = measuredData(`formats/tia/${SAMPLES[0]}_1.ser`)!;
      const { scan } = await openScanFile(path, { scratch: folder });
      expect(scan).toMatchObject({ beamKv: 300, energy: { offset: -20, dispersion: 0.2 } });
      expect(scan.pixelSizeNm).toBeCloseTo(0.12, 2);
      const alone = join(folder, basename(path));
      await copyFile(path, alone);
      expect((await openScanFile(alone, { scratch: folder })).scan.beamKv).toBeUndefined();
    });

    it('of X-rays is refused', async () => {
      const path = measuredData(`formats/tia/${SAMPLES[1]}_1.ser`)!;
      await expect(openScanFile(path)).rejects.toThrow('found 5, as X-rays have');
    });
  },
);
