import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { channelOf } from '../../../../protocol/index.ts';
import {
  findZeroLoss,
  logRatioThickness,
  saturatedZeroLoss,
  thicknessDeviation,
  zeroLossPosition,
} from '../../../../server/analysis/low-loss/thickness.ts';
import { parseMsa } from '../../../../server/formats/text/msa.ts';
import { QUIET, recordSpectrum } from '../../../../server/microscope/noise.ts';
import { RandomStream } from '../../../../server/microscope/random.ts';
import { SimulatedScan } from '../../../../server/microscope/scan.ts';
import { LowLossSurvey } from '../../../../server/pipeline/survey/low-loss-survey.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';
import { oracle } from '../../../support/oracle.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const FILE = 'silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa';

describeMeasured('thickness of the measured silicon low loss', [FILE], () => {
  const { endEv, cases } = oracle<{ endEv: number; cases: { threshold: number; thickness: number }[] }>(
    'thickness',
  );
  const load = () => {
    const { energy, values } = parseMsa(readFileSync(measuredData(FILE) as string, 'latin1'), FILE);
    return { energy, spectrum: Float32Array.from(values.slice(0, Math.round(channelOf(energy, endEv)))) };
  };

  it('equals HyperSpy for the same threshold', () => {
    const { energy, spectrum } = load();
    const peak = spectrum.indexOf(Math.max(...spectrum));
    for (const { threshold, thickness } of cases) {
      const reach = Math.round(channelOf(energy, threshold)) - peak;
      expect(logRatioThickness(spectrum, { peak, reach }, energy)).toBeCloseTo(thickness, 5);
    }
  });

  it('finds the zero-loss peak and its end by itself', () => {
    const { energy, spectrum } = load();
    const zeroLoss = findZeroLoss(Float64Array.from(spectrum), energy);
    if (!zeroLoss) throw new Error('no zero-loss peak');
    expect(Math.abs(energy.offset + energy.dispersion * zeroLoss.peak)).toBeLessThan(0.5);
    const t = logRatioThickness(spectrum, zeroLoss, energy);
    expect(t).toBeGreaterThan(0.36);
    expect(t).toBeLessThan(0.45);
  });

  it('is 0.42 ± 0.03 with all that was recorded', () => {
    const { energy, values } = parseMsa(readFileSync(measuredData(FILE) as string, 'latin1'), FILE);
    const zeroLoss = findZeroLoss(Float64Array.from(values), energy);
    if (!zeroLoss) throw new Error('no zero-loss peak');
    const t = logRatioThickness(values, zeroLoss, energy);
    console.log(`t/λ of the measured silicon: ${t.toFixed(4)}`);
    expect(Math.abs(t - 0.42)).toBeLessThanOrEqual(0.03);
  });
});

describe('the zero-loss peak of the simulated scan', () => {
  const scan = new SimulatedScan({ shape: [40, 20], seed: 4, driftEv: 0 });
  const { energy, channels } = scan.model.lowLoss;
  const random = new RandomStream(9);
  const expected = new Float64Array(channels);
  const work = new Float64Array(channels);
  const pixels = 40 * 20;
  /** 2 eV over the scan, and a step of 1 eV in the middle. */
  const drift = (pixel: number) => 2 * (pixel / pixels) - 1 + (pixel >= pixels / 2 ? 1 : 0);
  const record = (pixel: number, shift: number): Float32Array => {
    scan.model.lowLossSpectrum(scan.thickness(pixel), shift, expected);
    const counts = new Float32Array(channels);
    recordSpectrum(
      expected.map((p) => 150_000 * p),
      QUIET,
      random,
      work,
      'f32',
      counts,
      0,
    );
    return counts;
  };

  it('is followed through a drift of 2 eV and a step of 1 eV to a tenth of an eV', () => {
    const spectra = Array.from({ length: pixels }, (_, pixel) => record(pixel, drift(pixel)));
    const sum = new Float64Array(channels);
    for (const spectrum of spectra) for (let i = 0; i < channels; i++) sum[i] += spectrum[i];
    const zeroLoss = findZeroLoss(sum, energy);
    if (!zeroLoss) throw new Error('no zero-loss peak');
    const residual = spectra.map((spectrum, p) => zeroLossPosition(spectrum, zeroLoss, energy) - drift(p));
    const worst = Math.max(...residual.map(Math.abs));
    console.log(`largest residual of the zero-loss position: ${worst.toFixed(4)} eV`);
    expect(worst).toBeLessThanOrEqual(0.1);
  });

  it('gives t/λ the spread that is stated', () => {
    const pixel = pixels / 2 + 9;
    const spectra = Array.from({ length: 400 }, () => record(pixel, 0));
    const zeroLoss = findZeroLoss(Float64Array.from(spectra[0]), energy);
    if (!zeroLoss) throw new Error('no zero-loss peak');
    const values = spectra.map((spectrum) => logRatioThickness(spectrum, zeroLoss, energy));
    const mean = values.reduce((a, b) => a + b) / 400;
    const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 399);
    const stated = thicknessDeviation(mean, 150_000);
    expect(spread / stated).toBeGreaterThan(0.85);
    expect(spread / stated).toBeLessThan(1.2);
  });
});

describe('a zero-loss peak that is cut off', () => {
  const axis = { offset: -10, dispersion: 0.25, units: 'eV' } as const;
  const peak = (clip: number, height = 50_000) =>
    Float32Array.from({ length: 200 }, (_, i) => {
      const e = axis.offset + axis.dispersion * i;
      return Math.round(
        Math.min(clip, height * Math.exp(-0.5 * (e / 0.5) ** 2) + 40 * Math.exp(-(((e - 17) / 4) ** 2))),
      );
    });
  const zeroLoss = findZeroLoss(Float64Array.from(peak(1e9)), axis);
  if (!zeroLoss) throw new Error('no zero-loss peak');

  it('is known by the limit of its type, or by its flat top', () => {
    expect(saturatedZeroLoss(peak(1e9), zeroLoss, axis, 65_535)).toBe(false);
    expect(saturatedZeroLoss(peak(65_535, 2e5), zeroLoss, axis, 65_535)).toBe(true);
    expect(saturatedZeroLoss(peak(30_000), zeroLoss, axis)).toBe(true);
    expect(saturatedZeroLoss(peak(1e9, 3), zeroLoss, axis)).toBe(false);
  });

  it('makes t/λ too large, so that it is an upper bound', () => {
    const whole = logRatioThickness(peak(1e9), zeroLoss, axis);
    expect(logRatioThickness(peak(20_000), zeroLoss, axis)).toBeGreaterThan(1.1 * whole);
  });
});

describe('the survey of the low loss', () => {
  const lowLoss = {
    channels: 200,
    energy: { offset: -10, dispersion: 0.25, units: 'eV' },
    dtype: 'u16',
  } as const;
  const shape: [number, number] = [1, 400];
  const core = { offset: 60, dispersion: 0.6, units: 'eV' } as const;
  const scan = { id: 's', name: 's', shape, channels: 10, energy: core, lowLoss };
  const layout = {
    paths: ['x'],
    byteOffset: 0,
    dtype: 'u16',
    littleEndian: true,
    recordBy: 'vector',
    shape,
    channels: 200,
    order: 'raster',
    flybackColumns: 0,
  } as const;

  it('states deviations for the gain of the detector, and flags cut-off peaks', () => {
    const maps = {
      counts: new Float32Array(new SharedArrayBuffer(1600)),
      thickness: new Float32Array(new SharedArrayBuffer(1600)),
      zeroLossSaturated: new Uint8Array(new SharedArrayBuffer(400)),
      faults: new Uint8Array(new SharedArrayBuffer(400)),
      shifts: new Float32Array(new SharedArrayBuffer(1600)),
      dwell: new Float32Array(new SharedArrayBuffer(1600)),
    };
    const survey = new LowLossSurvey(scan as never, { layout: { ...layout, paths: ['x'] } }, maps);
    const normal = normals(5);
    const spectra = new Float32Array(400 * 200);
    for (let p = 0; p < 400; p++)
      for (let i = 0; i < 200; i++) {
        const e = -10 + 0.25 * i;
        const expected =
          (p < 7 ? 90_000 : 20_000) * Math.exp(-0.5 * (e / 0.5) ** 2) + 60 * Math.exp(-(((e - 17) / 6) ** 2));
        // Gain 9.
        spectra[200 * p + i] = Math.min(65_535, Math.max(0, expected + 3 * Math.sqrt(expected) * normal()));
      }
    const all = new Uint8Array(400).fill(1);
    survey.add(spectra, 0, 400, all);
    survey.judge(spectra, 0, 400, all);
    survey.settle();
    survey.writeShifts();
    expect([...maps.zeroLossSaturated]).toEqual(Array.from({ length: 400 }, (_, p) => (p < 7 ? 1 : 0)));
    const figures = survey.figures(9);
    expect(figures.saturatedZeroLoss).toBe(7);
    const spread = (values: Float32Array) => {
      const own = [...values].slice(7);
      const mean = own.reduce((a, b) => a + b) / own.length;
      return Math.sqrt(own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length);
    };
    expect((figures.thicknessDeviation ?? 0) / spread(maps.thickness)).toBeGreaterThan(0.8);
    expect((figures.thicknessDeviation ?? 0) / spread(maps.thickness)).toBeLessThan(1.25);
    expect((figures.drift?.uncertainty ?? 0) / spread(maps.shifts)).toBeGreaterThan(0.7);
    expect((figures.drift?.uncertainty ?? 0) / spread(maps.shifts)).toBeLessThan(1.4);
    expect(survey.drifts(9)).toBe(false);
  });
});

it('has no zero loss on an axis without 0 eV', () => {
  const spectrum = Float64Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(findZeroLoss(spectrum, { offset: 60, dispersion: 0.6, units: 'eV' })).toBeUndefined();
});
