import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCube } from '../../../server/formats/cube-reader.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { createRippleWriter } from '../../../server/formats/ripple-writer.ts';
import { dmFile } from '../../support/dm-file.ts';
import { CORE_AXIS, dualImages, LOW_AXIS } from '../../support/dual-eels.ts';

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
