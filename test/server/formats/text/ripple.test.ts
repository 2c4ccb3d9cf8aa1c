import { mkdir, mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { formatRippleHeader, type RippleHeader } from '../../../../server/formats/text/ripple-header.ts';

let folder: string;
let stem: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-ripple-'));
  stem = join(folder, 'scan');
});
afterEach(() => rm(folder, { recursive: true }));

const HEADER: RippleHeader = {
  shape: [3, 4],
  channels: 5,
  dtype: 'u16',
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
};
const RECORD = 10;
const FULL = 3 * 4 * RECORD;

async function write(path: string, header: RippleHeader, bytes: number): Promise<void> {
  await writeFile(`${path}.rpl`, formatRippleHeader(header));
  await writeFile(`${path}.raw`, new Uint8Array(bytes).fill(1));
}

it('opens a scan that has only just begun, with the final shape', async () => {
  await write(stem, { ...HEADER, simulated: true, title: 'Anode', dwellSeconds: 0.01, pixelSizeNm: 2 }, 0);
  const file = await openScanFile(`${stem}.rpl`);
  expect(file.scan).toEqual({
    id: 'scan',
    name: 'Anode',
    shape: [3, 4],
    channels: 5,
    dtype: 'u16',
    energy: HEADER.energy,
    simulated: true,
    dwellSeconds: 0.01,
    pixelSizeNm: 2,
  });
  expect(file.growing).toEqual([`${stem}.raw`]);
  expect(file.faults).toEqual([]);
});

it('finds the low loss and scalar channels beside it, and leaves out those that do not fit', async () => {
  await write(stem, HEADER, FULL);
  await write(`${stem}.low-loss`, { ...HEADER, channels: 7, dtype: 'f32' }, 0);
  await write(`${stem}.haadf`, { shape: [3, 4], channels: 1, dtype: 'f32' }, 8);
  await write(`${stem}.current`, { shape: [4, 3], channels: 1, dtype: 'f32' }, 8);
  await write(`${stem}.other`, HEADER, 0);
  await write(`${stem}2.adf`, { shape: [3, 4], channels: 1, dtype: 'f32' }, 0);
  const file = await openScanFile(`${stem}.rpl`);
  expect(file.scan.lowLoss).toEqual({ channels: 7, energy: HEADER.energy, dtype: 'f32' });
  expect(file.lowLoss).toMatchObject({ paths: [`${stem}.low-loss.raw`], channels: 7, shape: [3, 4] });
  expect(file.scalars.map(({ name, cube }) => [name, cube.paths, cube.channels])).toEqual([
    ['HAADF', [`${stem}.haadf.raw`], 1],
  ]);
  expect(file.growing).toEqual([`${stem}.raw`, `${stem}.haadf.raw`, `${stem}.low-loss.raw`]);
  expect(file.faults?.map(({ message }) => message)).toEqual([
    `${stem}.current.rpl: shape: expected 3 × 4 raster, fly-back 0, passes 1 as its scan has it, ` +
      'found 4 × 3 raster, fly-back 0, passes 1',
  ]);
});

it('has a file for every pass, of which later ones need not exist yet', async () => {
  await write(stem, { ...HEADER, passes: 3, order: 'serpentine', flybackColumns: 2 }, 3 * 6 * RECORD);
  await writeFile(`${stem}.pass1.raw`, new Uint8Array(20).fill(2));
  const { core } = await openScanFile(`${stem}.rpl`);
  expect(core.paths).toEqual([`${stem}.raw`, `${stem}.pass1.raw`, `${stem}.pass2.raw`]);
  const cube = await openCube(core);
  const out = new Float32Array(3);
  await cube.read(1, 2, 0, 1, out.subarray(0, 2), Uint8Array.from([2, 2, 1, ...new Uint8Array(9)]));
  expect([...out.subarray(0, 2)]).toEqual([0x0101 + 0x0202, 0x0101]);
  await cube.close();
});

it('takes another energy axis and another arrangement from the operator', async () => {
  await write(stem, { ...HEADER, shape: [1, 12] }, FULL);
  const energy = { offset: 1, dispersion: 2, units: 'eV' as const };
  const file = await openScanFile(`${stem}.rpl`, { energy, shape: [3, 4] });
  expect(file.scan).toMatchObject({ energy, shape: [3, 4] });
  expect(file.core.shape).toEqual([3, 4]);
  await expect(openScanFile(`${stem}.rpl`, { shape: [5, 4] })).rejects.toThrow(
    `${stem}.rpl: shape: expected 12 pixels as the file has them, found 5 × 4`,
  );
});

describe('refused, naming file and both numbers', () => {
  it('samples beyond the shape', async () => {
    await write(stem, HEADER, FULL + 1);
    await expect(openScanFile(`${stem}.rpl`)).rejects.toThrow(
      `${stem}.raw: size: expected at most ${FULL} bytes (3 × 4 × 5 of u16) by scan.rpl, found ${FULL + 1}`,
    );
  });

  it('image order that is not complete', async () => {
    await write(stem, { ...HEADER, recordBy: 'image' }, FULL);
    await openScanFile(`${stem}.rpl`);
    await truncate(`${stem}.raw`, FULL - 1);
    await expect(openScanFile(`${stem}.rpl`)).rejects.toThrow(`expected ${FULL} bytes`);
    await expect(openScanFile(`${stem}.rpl`)).rejects.toThrow(`found ${FULL - 1}`);
  });

  it('a missing .raw, .rpl, energy axis, an image, a pipe of a name, a companion on its own', async () => {
    const refused = async (path: string, message: string) => {
      await expect(openScanFile(path)).rejects.toThrow(InputError);
      await expect(openScanFile(path)).rejects.toThrow(message);
    };
    await refused(`${stem}.rpl`, `${stem}.rpl: file: expected to exist`);
    await write(stem, HEADER, 0);
    await unlink(`${stem}.raw`);
    await refused(`${stem}.rpl`, `${stem}.raw: file: expected beside its .rpl, found none`);
    await write(stem, { shape: [3, 4], channels: 5, dtype: 'u16' }, 0);
    await refused(`${stem}.rpl`, 'depth-scale: expected an energy axis, found none');
    await write(stem, { shape: [3, 4], channels: 1, dtype: 'u16' }, 0);
    await refused(`${stem}.rpl`, 'depth: expected spectra, found a plain image');
    await write(`${stem}.low-loss`, HEADER, 0);
    await refused(`${stem}.low-loss.rpl`, 'found the low loss of scan.rpl: open that');
    await mkdir(join(folder, 'folder.rpl'));
    await refused(join(folder, 'folder.rpl'), 'expected a file');
    await writeFile(`${stem}.rpl`, 'x\t1\n'.repeat(100_000));
    await refused(`${stem}.rpl`, 'size: expected at most 65536 bytes of text, found 400000');
  });
});
