import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../protocol/index.ts';
import { openCube } from '../../../server/formats/cube-reader.ts';
import type { ScanFile } from '../../../server/formats/format.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

interface Described {
  refused?: string;
  shape: [number, number];
  channels: number;
  offset: number;
  dispersion: number;
  sha256: string;
  first: string;
  last: string;
  sum: number;
  beamKv?: number;
}

/** Made by test/oracle/formats.py with HyperSpy. */
const oracle: {
  measured: Record<string, Described>;
  ripple: { dtype: string; order: string; rpl: string; raw: string }[];
} = JSON.parse(readFileSync(new URL('../../oracle/formats.json', import.meta.url), 'utf8'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function wholeCube(file: ScanFile): Promise<Float32Array> {
  const { shape, channels } = file.scan;
  const pixels = shape[0] * shape[1];
  const out = new Float32Array(pixels * channels);
  const cube = await openCube(file.core);
  await cube.read(0, pixels, 0, channels, out);
  await cube.close();
  return out;
}

const base64 = (values: Float32Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

const names = Object.keys(oracle.measured);
describeMeasured('measured files', names, () => {
  it.each(names.filter((name) => !oracle.measured[name].refused))(
    '%s is read as HyperSpy reads it',
    async (name) => {
      const expected = oracle.measured[name];
      const file = await openScanFile(measuredData(name)!, { scratch: folder });
      expect(file.scan).toMatchObject({ shape: expected.shape, channels: expected.channels });
      expect(file.core).toMatchObject({ shape: expected.shape, channels: expected.channels });
      expect(file.scan.energy).toEqual({
        offset: expected.offset,
        dispersion: expected.dispersion,
        units: 'eV',
      });
      if (expected.beamKv) expect(file.scan.beamKv).toBe(expected.beamKv);
      const values = await wholeCube(file);
      expect(base64(values.subarray(0, 8))).toBe(expected.first);
      expect(base64(values.slice(-8))).toBe(expected.last);
      expect(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')).toBe(expected.sha256);
    },
  );

  it('has the conditions of the measurement', async () => {
    const image = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';
    const { scan } = await openScanFile(measuredData(image)!);
    expect(scan).toMatchObject({
      name: 'DMReader_SpectrumImage_SI-EELS',
      dtype: 'f32',
      beamKv: 200,
      dwellSeconds: 0.2,
      convergenceMrad: 30,
      collectionMrad: 33,
    });
    expect(scan.pixelSizeNm).toBeUndefined();
  });

  it('takes a beam energy of 200000 for 200 kV', async () => {
    const { scan } = await openScanFile(measuredData('silicon-and-carbon-edges/EELS_C_K-edge.msa')!, {
      scratch: folder,
    });
    expect(scan.beamKv).toBe(200);
  });

  it('reads a list of energies and counts without any header, which HyperSpy does not', async () => {
    const { scan, core } = await openScanFile(measuredData('msa-oddities/Ta2O5_amorphous.msa')!, {
      scratch: folder,
    });
    expect(scan).toMatchObject({ channels: 2998, energy: { offset: 150, dispersion: 1, units: 'eV' } });
    const out = new Float32Array(2);
    const cube = await openCube(core);
    await cube.read(0, 1, 2996, 2998, out);
    await cube.close();
    expect(out).toEqual(new Float32Array([624.85492, 609.57465]));
  });
});

describeMeasured(
  'measured files that are no EELS',
  [
    'perovskite-STO-LMO/DMReader_SI-HAADF.dm3',
    'perovskite-STO-LMO/DMReader_Image_SI-Survey.dm3',
    'perovskite-STO-LMO/EMDReader_SpectrumImage_Si__EDS-not-EELS.emd',
  ],
  () => {
    it.each([
      [
        'DMReader_SI-HAADF.dm3',
        'signal: expected EELS spectra with an axis in eV, found a plain image of 192 × 1568',
      ],
      ['DMReader_Image_SI-Survey.dm3', 'signal: expected EELS spectra'],
      ['EMDReader_SpectrumImage_Si__EDS-not-EELS.emd', 'suffix: expected one of .dm3'],
    ])('%s is refused', async (name, message) => {
      const path = measuredData(`perovskite-STO-LMO/${name}`)!;
      const opened = openScanFile(path);
      await expect(opened).rejects.toThrow(InputError);
      await expect(opened).rejects.toThrow(`${path}: ${message}`);
    });
  },
);

describe('Ripple files as HyperSpy writes them', () => {
  it.each(oracle.ripple)('$dtype in $order order', async ({ dtype, order, rpl, raw }) => {
    const stem = join(folder, `${order}-${oracle.ripple.findIndex((other) => other.dtype === dtype)}`);
    // HyperSpy's own encoding, in which µ is not valid UTF-8.
    await writeFile(`${stem}.rpl`, rpl, 'latin1');
    await writeFile(`${stem}.raw`, Buffer.from(raw, 'base64'));
    const file = await openScanFile(`${stem}.rpl`);
    expect(file.scan).toMatchObject({
      shape: [2, 3],
      channels: 4,
      energy: { offset: 350.5, dispersion: 0.25, units: 'eV' },
      pixelSizeNm: 1500,
      beamKv: 200,
    });
    const values = await wholeCube(file);
    expect([...values]).toEqual(Array.from({ length: 24 }, (_, index) => (index * 7) % 251));
  });
});
