import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { unpackAll } from '../../../server/formats/unpacking/unpack-all.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';
import { wholeCube } from '../../support/whole-cube.ts';

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
  /** Signals that are no EELS spectra; none where HyperSpy could not read the file. */
  others: Record<string, { signalType: string; shape: number[]; units: string[] }[]>;
  /** Arrays without an axis of energy; `values` are the first ones. */
  withEnergy: Record<string, { shape: [number, number]; channels: number; values: number[]; sum: number }>;
  ripple: { dtype: string; order: string; rpl: string; raw: string }[];
} = JSON.parse(readFileSync(new URL('../../oracle/formats.json', import.meta.url), 'utf8'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

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
      expect(await unpackAll(file)).toEqual([]);
      const values = await wholeCube(file.core);
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
      [
        'EMDReader_SpectrumImage_Si__EDS-not-EELS.emd',
        'signal: expected EELS spectra with an axis in eV, found "SpectrumStream" (EDS, X-rays)',
      ],
    ])('%s is refused', async (name, message) => {
      const path = measuredData(`perovskite-STO-LMO/${name}`)!;
      const opened = openScanFile(path);
      await expect(opened).rejects.toThrow(InputError);
      await expect(opened).rejects.toThrow(`${path}: ${message}`);
    });
  },
);

const others = Object.keys(oracle.others);
describeMeasured('measured files in the layouts of HyperSpy, NeXus and EMD', others, () => {
  const described = others.filter((name) => oracle.others[name].length > 0);

  it('are no EELS spectra to HyperSpy either', () => {
    const signals = described.flatMap((name) => oracle.others[name]);
    expect(
      signals.filter(({ signalType, units }) => /EELS/.test(signalType) || units.includes('eV')),
    ).toEqual([]);
  });

  it.each(others)('%s is refused by what it holds', async (name) => {
    const path = measuredData(name)!;
    const opened = openScanFile(path, { scratch: folder });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(
      `${path}: signal: expected EELS spectra with an axis in eV, found "`,
    );
  });

  it.each(Object.keys(oracle.withEnergy))('%s holds spectra once it is given an axis', async (name) => {
    const { shape, channels, values, sum } = oracle.withEnergy[name];
    const energy = { offset: 100, dispersion: 0.5, units: 'eV' as const };
    const file = await openScanFile(measuredData(name)!, { energy, scratch: folder });
    expect(file.scan).toMatchObject({ shape, channels, energy });
    expect(await unpackAll(file)).toEqual([]);
    const found = [...(await wholeCube(file.core))];
    expect(found.slice(0, values.length)).toEqual(values);
    expect(found.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 6);
  });
});

describeMeasured(
  'the measured line scan and its low loss in a file of its own',
  ['nist-linescans/LSMO_linescan.hdf5', 'nist-linescans/LSMO_linescan_low_loss.hdf5'],
  () => {
    it('are one scan', async () => {
      const file = await openScanFile(measuredData('nist-linescans/LSMO_linescan.hdf5')!, {
        scratch: folder,
      });
      expect(file.scan.pixelSizeNm).toBeCloseTo(3.219, 3);
      expect(file.scan.lowLoss).toEqual({
        channels: 1024,
        dtype: 'f32',
        energy: { offset: -50, dispersion: 0.5, units: 'eV' },
      });
      expect(await unpackAll(file)).toEqual([]);
      const { sum } = oracle.measured['nist-linescans/LSMO_linescan_low_loss.hdf5'];
      const total = (await wholeCube(file.lowLoss!)).reduce((all, value) => all + value, 0);
      expect(total / sum).toBeCloseTo(1, 9);
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
    const values = await wholeCube(file.core);
    expect([...values]).toEqual(Array.from({ length: 24 }, (_, index) => (index * 7) % 251));
  });
});
