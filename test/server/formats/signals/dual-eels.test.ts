import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { createRippleWriter } from '../../../../server/formats/text/ripple-writer.ts';
import { dmFile } from '../../../support/dm-file.ts';
import { CORE_AXIS, dualImages, LOW_AXIS } from '../../../support/dual-eels.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, content: Uint8Array) => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const { low, core } = dualImages({ shape: [2, 3] });
const otherShape = dualImages({ shape: [3, 2] });

describe('two files', () => {
  it('of one acquisition are one scan, each axis its own', async () => {
    const lowLoss = await write('map (low-loss).dm4', dmFile(4, [low]));
    const path = await write('map (high-loss).dm4', dmFile(4, [core]));
    const file = await openScanFile(path, { energy: { ...CORE_AXIS, offset: 390 }, shape: [1, 6] });
    expect(file.scan).toMatchObject({
      name: 'map (high-loss)',
      shape: [1, 6],
      energy: { offset: 390 },
      lowLoss: { channels: 200, energy: LOW_AXIS, dtype: 'f32' },
    });
    expect(file.lowLossFile).toBe(lowLoss);
    expect(file.lowLoss).toMatchObject({ paths: [lowLoss], shape: [1, 6] });
    expect(file.faults ?? []).toEqual([]);
    // The other file alone is a scan of its own.
    const alone = await openScanFile(lowLoss);
    expect(alone.scan).toMatchObject({ name: 'map (low-loss)', energy: LOW_AXIS });
    expect(alone.lowLoss).toBeUndefined();
  });

  it.each([
    [
      'of another shape',
      dmFile(4, [otherShape.low]),
      'expected 2 × 3 pixels as the core loss has them, found 3 × 2',
    ],
    ['that is no EELS', dmFile(4, [{ ...low, signal: 'X-ray' }]), 'expected EELS spectra'],
    ['that ends early', dmFile(4, [low]).slice(0, 300), ''],
  ])('one %s is left out, and said so', async (_, content, message) => {
    const lowLoss = await write('map_LL.dm4', content);
    const file = await openScanFile(await write('map_HL.dm4', dmFile(4, [core])));
    expect(file.lowLoss).toBeUndefined();
    expect(file.scan.lowLoss).toBeUndefined();
    expect(file.faults?.map((fault) => fault.message)).toEqual([expect.stringContaining(lowLoss)]);
    expect(file.faults?.[0].message).toContain(message);
  });

  it('in Ripple are paired by their names too, unless a companion is there', async () => {
    const header = {
      shape: [2, 3] as [number, number],
      channels: 4,
      energy: CORE_AXIS,
      dtype: 'u16' as const,
    };
    const ripple = async (stem: string, change = {}) => {
      const writer = await createRippleWriter(join(folder, stem), { ...header, ...change });
      await writer.close();
    };
    await ripple('map low loss', { energy: LOW_AXIS });
    await ripple('map core loss');
    await ripple('fly low loss', { energy: LOW_AXIS, flybackColumns: 2 });
    await ripple('fly core loss');
    const file = await openScanFile(join(folder, 'map core loss.rpl'));
    expect(file.lowLoss?.paths).toEqual([join(folder, 'map low loss.raw')]);
    expect(file.growing).toEqual(['map core loss.raw', 'map low loss.raw'].map((name) => join(folder, name)));
    const flyback = await openScanFile(join(folder, 'fly core loss.rpl'));
    expect(flyback.lowLoss).toBeUndefined();
    expect(flyback.faults?.[0].message).toContain('found 2 × 3 pixels, fly-back 2');
    await ripple('map core loss.low-loss', { energy: LOW_AXIS });
    const companion = await openScanFile(join(folder, 'map core loss.rpl'));
    expect(companion.lowLoss?.paths).toEqual([join(folder, 'map core loss.low-loss.raw')]);
    expect(companion.lowLossFile).toBeUndefined();
  });
});

describe.each([3, 4] as const)('two images in one DM%i file', (version) => {
  it.each([
    ['the low loss first', [low, core]],
    ['the core loss first', [core, low]],
  ])('are one scan, %s', async (_, images) => {
    const path = await write('map.dm4', dmFile(version, images));
    const file = await openScanFile(path);
    expect(file.scan).toMatchObject({ energy: CORE_AXIS, channels: 400, lowLoss: { energy: LOW_AXIS } });
    expect(file.lowLossFile).toBeUndefined();
    // Each layout points at its own samples.
    for (const [layout, image] of [
      [file.core, core],
      [file.lowLoss, low],
    ] as const) {
      if (!layout) throw new Error('no low loss');
      const reader = await openCube(layout);
      const plane = new Float32Array(6);
      await reader.read(0, 6, 60, 61, plane);
      await reader.close();
      const samples = new Float32Array(image.data.buffer);
      expect([...plane]).toEqual([...samples.subarray(60 * 6, 61 * 6)]);
    }
  });

  it('are told by their names where neither axis, or both, hold 0 eV', async () => {
    const shifted = {
      ...low,
      dimensions: low.dimensions.map((axis) => (axis.units === 'eV' ? { ...axis, origin: -20 } : axis)),
    };
    const path = await write(
      'map.dm4',
      dmFile(version, [
        { ...shifted, name: 'SI (low-loss)' },
        { ...core, name: 'SI (high-loss)' },
      ]),
    );
    const file = await openScanFile(path);
    expect(file.scan.energy).toEqual(CORE_AXIS);
    expect(file.scan.lowLoss?.energy.offset).toBe(10);
    const unnamed = await openScanFile(await write('other.dm4', dmFile(version, [shifted, core])));
    expect(unnamed.lowLoss).toBeUndefined();
  });

  it('of other shapes are not, and said so', async () => {
    const path = await write('map.dm4', dmFile(version, [otherShape.low, core]));
    const file = await openScanFile(path);
    expect(file.scan.energy).toEqual(CORE_AXIS);
    expect(file.lowLoss).toBeUndefined();
    expect(file.faults?.[0].message).toContain('found 3 × 2 pixels');
  });
});

describe.each([3, 4] as const)('several images in one DM%i file', (version) => {
  const small = dualImages({ shape: [1, 2] }).core;
  const plain = { ...core, dimensions: core.dimensions.slice(0, 2), data: new Uint8Array(24), signal: '' };
  const images = [
    { ...plain, name: 'survey' },
    { ...small, name: 'test line' },
    { ...core, name: 'SI' },
    { ...core, name: 'SI again' },
  ];
  const LEFT_OUT =
    /image: expected one scan, found several: 3 EELS of 3 × 2 × 400 .*\("SI"\) is read as the largest, left out: 2 EELS of 2 × 1 × 400 .*\("test line"\), 4 EELS of .*\("SI again"\); --image n opens another/;

  it('are read by the first of the largest, and the others are named', async () => {
    const file = await openScanFile(await write('map.dm4', dmFile(version, images)));
    expect(file.scan.shape).toEqual([2, 3]);
    expect(file.faults?.map(({ message }) => message)).toEqual([expect.stringMatching(LEFT_OUT)]);
    const again = await openScanFile(join(folder, 'map.dm4'), { image: 4 });
    expect(again.scan.shape).toEqual([2, 3]);
    expect(again.core.byteOffset).toBeGreaterThan(file.core.byteOffset);
    expect(again.faults).toEqual([]);
  });

  it('are read by the one that is chosen', async () => {
    const path = await write('map.dm4', dmFile(version, images));
    expect((await openScanFile(path, { image: 2 })).scan.shape).toEqual([1, 2]);
    await expect(openScanFile(path, { image: 1 })).rejects.toThrow('found a plain image of 3 × 2');
    await expect(openScanFile(path, { image: 5 })).rejects.toThrow(
      /image: expected 1 to 4, found --image 5: 1 a plain image of 3 × 2.*\("survey"\), 2 EELS/,
    );
  });

  it('are one scan beside a survey image, without a word', async () => {
    const file = await openScanFile(
      await write('map.dm4', dmFile(version, images.slice(0, 3).toSpliced(1, 1))),
    );
    expect(file.scan.shape).toEqual([2, 3]);
    expect(file.faults).toEqual([]);
  });

  it('may be a low loss that is chosen by itself', async () => {
    const path = await write('map.dm4', dmFile(version, [low, core]));
    const chosen = await openScanFile(path, { image: 1 });
    expect(chosen.scan).toMatchObject({ energy: LOW_AXIS });
    expect(chosen.scan.lowLoss).toBeUndefined();
    expect((await openScanFile(path, { image: 2 })).scan.lowLoss).toMatchObject({ energy: LOW_AXIS });
  });

  it('are no single spectrum, however long', async () => {
    const [, , axis] = core.dimensions;
    const data = new Uint8Array(4 * 4096);
    const spectrum = { ...core, dimensions: [{ ...axis, size: 4096 }], data };
    const file = await openScanFile(await write('map.dm4', dmFile(version, [spectrum, core])));
    expect(file.scan.shape).toEqual([2, 3]);
    expect(file.faults?.[0].message).toContain('left out: 1 EELS of 4096');
  });

  it('are read by the next where the largest cannot be, and that is said', async () => {
    const path = await write('map.dm4', dmFile(version, [{ ...core, dataType: 9 }, small]));
    const file = await openScanFile(path);
    expect(file.scan.shape).toEqual([1, 2]);
    expect(file.faults?.[0].message).toContain('ImageData.DataType');
  });
});

it('no image is chosen in a format that holds one scan', async () => {
  const path = await write('one.msa', Buffer.from('1,2\n3,4\n'));
  await expect(openScanFile(path, { image: 2 })).rejects.toThrow(
    'image: expected 1, all that this format holds',
  );
});
