import { describe, expect, it } from 'vitest';
import type { EnergyAxis } from '../../../../protocol/index.ts';
import {
  findZeroLoss,
  logRatioThickness,
  type ZeroLoss,
  zeroLossTop,
} from '../../../../server/analysis/low-loss/thickness.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { lowLossAt } from '../../../support/dual-eels.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';
import { oracle } from '../../../support/oracle.ts';
import { normals } from '../../../support/synthetic-cube.ts';

async function spectraOf(file: string) {
  const { scan, core } = await openScanFile(measuredData(file) as string);
  const { channels, energy, shape } = scan;
  const pixels = shape[0] * shape[1];
  const spectra = new Float32Array(pixels * channels);
  const reader = await openCube(core);
  await reader.read(0, pixels, 0, channels, spectra);
  await reader.close();
  const sum = new Float64Array(channels);
  for (const [at, value] of spectra.entries()) sum[at % channels] += value;
  const own = (pixel: number) => spectra.subarray(pixel * channels, (pixel + 1) * channels);
  return { energy, sum, pixels, own };
}

const cases = oracle<{ file: string; reach: number; thickness: number[] }[]>('own-thickness');

describeMeasured(
  'measured spectra with the zero-loss peak on their own axis',
  cases.map(({ file }) => file),
  () => {
    it.each(cases)('$file: t/λ equals HyperSpy, to the end of the peak that is found', async (one) => {
      const { energy, sum, pixels, own } = await spectraOf(one.file);
      const zeroLoss = findZeroLoss(sum, energy);
      if (!zeroLoss) throw new Error('no zero-loss peak');
      expect(zeroLoss.reach).toBe(one.reach);
      expect(pixels).toBe(one.thickness.length);
      for (const [pixel, thickness] of one.thickness.entries())
        expect(logRatioThickness(own(pixel), zeroLoss, energy)).toBeCloseTo(thickness, 4);
    });
  },
);

const WITHOUT = [
  // Filed from 0 eV on, which is about 82 eV; a spectrum of noise; zero loss cut off; no 0 eV.
  'eelsdb/a_SiO2_Si_L3_S_Schamm_64__Dspec.56469.1.msa',
  'formats/digitalmicrograph/test-EELS_spectrum.dm3',
  'eelsdb/BN_EELS-Low-Loss_Stephan_Odile_224__Dspecuw17U0_converted.msa',
  'nmc-cathode/TM+O EELS Spectrum Image.dm3',
];

describeMeasured('measured spectra without a zero-loss peak', WITHOUT, () => {
  it.each(WITHOUT)('%s has none', async (file) => {
    const { energy, sum } = await spectraOf(file);
    expect(findZeroLoss(sum, energy)).toBeUndefined();
  });
});

describe('a zero-loss peak', () => {
  const axis = (offset: number, dispersion: number): EnergyAxis => ({ offset, dispersion, units: 'eV' });
  /** Counts of the spectrum `expected(energy)` with the noise of a detector of that gain, over a dark level of its own noise. */
  function recorded(to: EnergyAxis, channels: number, expected: (e: number) => number, seed: number) {
    const normal = normals(seed);
    return Float64Array.from({ length: channels }, (_, i) => {
      const mean = expected(to.offset + to.dispersion * i);
      return mean + Math.sqrt(mean + 4) * normal();
    });
  }

  it('is found where it is, whatever the axis, the thickness and the dose', () => {
    let seed = 0;
    for (const dispersion of [0.05, 0.3, 1])
      for (const off of [-14, -6.3, -0.4, 0, 3, 9, 15])
        for (const t of [0.1, 0.8, 2])
          for (const height of [300, 1e6]) {
            const to = axis(-30, dispersion);
            const sum = recorded(to, 90 / dispersion, (e) => lowLossAt(e - off, t, height), ++seed);
            const found = findZeroLoss(sum, to);
            const name = `${dispersion} eV, off by ${off}, t/λ ${t}, height ${height}`;
            expect(found, name).toBeDefined();
            const top = zeroLossTop(sum, found as ZeroLoss, to);
            expect(Math.abs(top - off), name).toBeLessThan(height > 1e3 ? 0.25 * dispersion + 0.02 : 0.5);
          }
  });

  it('is found where the axis begins shortly below it', () => {
    const to = axis(-1.5, 0.1);
    expect(
      findZeroLoss(
        recorded(to, 500, (e) => lowLossAt(e, 0.5, 1e4), 1),
        to,
      )?.peak,
    ).toBeCloseTo(15, -1);
  });

  it('is not seen in noise, backgrounds, edges or plasmons', () => {
    const shapes: Record<string, (e: number) => number> = {
      noise: () => 0,
      'a flat level': () => 200,
      'a falling background': (e) => 3e4 * Math.exp(-(e + 30) / 30),
      'a power law filed too low': (e) => 3e4 * ((e + 90) / 60) ** -3,
      'an edge': (e) => 100 + 1000 / (1 + Math.exp(-e / 0.6)),
      'a broad plasmon whose zero loss was cut off': (e) => 5000 * Math.exp(-0.5 * ((e - 17) / 4) ** 2),
      'a plasmon of Si whose zero loss was cut off': (e) => 5000 / (1 + ((e - 16.7) / 2) ** 2),
      'a plasmon of Al whose zero loss was cut off': (e) =>
        5000 / (1 + ((e - 15) / 0.8) ** 2) + 700 / (1 + ((e - 10) / 1) ** 2),
    };
    for (const [name, shape] of Object.entries(shapes))
      for (const offset of [-30, -2, 0])
        for (let seed = 0; seed < 20; seed++) {
          const to = axis(offset, 0.3);
          expect(
            findZeroLoss(recorded(to, 300, shape, seed), to),
            `${name} from ${offset} eV`,
          ).toBeUndefined();
        }
  });

  it('of which the top is told, not the centroid of a peak that leans', () => {
    const to = axis(-10, 0.1);
    const leaning = Float64Array.from({ length: 300 }, (_, i) => {
      const e = to.offset + to.dispersion * i - 1;
      return e < 0 ? Math.exp(-0.5 * (e / 0.3) ** 2) : 1 / (1 + (e / 0.4) ** 2);
    });
    const found = findZeroLoss(leaning, to);
    expect(Math.abs(zeroLossTop(leaning, found as ZeroLoss, to) - 1)).toBeLessThan(0.06);
  });
});
