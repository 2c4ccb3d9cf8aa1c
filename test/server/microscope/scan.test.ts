import { describe, expect, it } from 'vitest';
import { channelOf } from '../../../protocol/index.ts';
import type { ScanRow } from '../../../server/microscope/acquirable.ts';
import { PHASES } from '../../../server/microscope/cross-sections.ts';
import { pointSpread, QUIET, recordSpectrum } from '../../../server/microscope/noise.ts';
import { RandomStream } from '../../../server/microscope/random.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import {
  DOSE_ENERGIES_EV,
  DOSES,
  type SimulationOptions,
} from '../../../server/microscope/simulation-options.ts';
import { CORE_LOSS } from '../../../server/microscope/spectrometer.ts';
import { totalThickness } from '../../../server/microscope/spectrum.ts';

const CHANNELS = CORE_LOSS.channels;
const quiet = { deadChannels: [], spikeRate: 0, dark: 0 };
const scanOf = (options: SimulationOptions = {}) =>
  new SimulatedScan({ shape: [24, 24], seed: 3, ...options });

const bytesOf = ({ core, lowLoss, haadf }: ScanRow): Buffer =>
  Buffer.concat(
    [core, lowLoss ?? new Uint8Array(), haadf].map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
    ),
  );

/** `count` recordings of one expected spectrum. */
function record(expected: number[], noise: Partial<typeof QUIET>, count: number): Float64Array[] {
  const mean = Float64Array.from(expected);
  const work = new Float64Array(mean.length);
  return Array.from({ length: count }, (_, i) => {
    const out = new Float64Array(mean.length);
    recordSpectrum(mean, { ...QUIET, ...noise }, new RandomStream(1, i), work, 'f64', out, 0);
    return out;
  });
}

describe('a simulated scan', () => {
  it('gives a row again, in any order, and another one for another seed', () => {
    const forwards = scanOf();
    const rows = Array.from({ length: 24 }, (_, row) => forwards.row(row));
    const backwards = scanOf();
    for (let row = 23; row >= 0; row--)
      expect(bytesOf(backwards.row(row)).equals(bytesOf(rows[row]))).toBe(true);
    expect(bytesOf(forwards.row(5)).equals(bytesOf(rows[5]))).toBe(true);
    expect(bytesOf(scanOf({ seed: 4 }).row(5)).equals(bytesOf(rows[5]))).toBe(false);
  });

  it('scatters about its expectation as counting does', () => {
    const scan = scanOf({ noise: quiet, passes: 400, dose: 620 * 400, driftEv: 0, lowLoss: true });
    const row = 11;
    const core = new Float64Array(24 * CHANNELS);
    const squares = new Float64Array(24 * CHANNELS);
    const low = new Float64Array(24 * scan.model.lowLoss.channels);
    for (let pass = 0; pass < scan.passes; pass++) {
      const recorded = scan.row(row, pass);
      recorded.core.forEach((count, i) => {
        core[i] += count;
        squares[i] += count * count;
      });
      recorded.lowLoss?.forEach((count, i) => {
        low[i] += count;
      });
    }
    let chi2 = 0;
    let lowChi2 = 0;
    let dispersion = 0;
    let channels = 0;
    let lowChannels = 0;
    for (let column = 0; column < 24; column++) {
      const expected = scan.expectedCoreLoss(row * 24 + column);
      for (let i = 0; i < CHANNELS; i++) {
        if (expected[i] < 0.05) continue;
        const mean = core[column * CHANNELS + i] / 400;
        chi2 += ((mean - expected[i]) ** 2 * 400) / expected[i];
        dispersion += (squares[column * CHANNELS + i] / 400 - mean * mean) / expected[i];
        channels++;
      }
      const expectedLow = scan.expectedLowLoss(row * 24 + column);
      for (let i = 0; i < expectedLow.length; i++) {
        if (expectedLow[i] < 0.05) continue;
        lowChi2 +=
          ((low[column * expectedLow.length + i] / 400 - expectedLow[i]) ** 2 * 400) / expectedLow[i];
        lowChannels++;
      }
    }
    expect(channels).toBeGreaterThan(10_000);
    expect(Math.abs(chi2 / channels - 1)).toBeLessThan(5 * Math.sqrt(2 / channels));
    expect(Math.abs(lowChi2 / lowChannels - 1)).toBeLessThan(5 * Math.sqrt(2 / lowChannels));
    expect(Math.abs(dispersion / channels - 399 / 400)).toBeLessThan(0.01);
  });

  it.each(Object.keys(DOSES) as (keyof typeof DOSES)[])(
    'meets the %s dose, each of its figures to 15 per cent',
    (dose) => {
      const scan = new SimulatedScan({ shape: [128, 128], seed: 1, dose });
      const sums = new Float64Array(DOSE_ENERGIES_EV.length);
      let count = 0;
      for (let pixel = 0; pixel < 128 * 128; pixel += 3) {
        if (scan.isVacuum(pixel)) continue;
        const expected = scan.expectedCoreLoss(pixel);
        DOSE_ENERGIES_EV.forEach((energy, i) => {
          sums[i] += expected[Math.round(channelOf(CORE_LOSS.energy, energy))];
        });
        count++;
      }
      sums.forEach((sum, i) => {
        expect(Math.abs(Math.log(sum / count / DOSES[dose][i]))).toBeLessThan(Math.log(1.15));
      });
    },
  );

  it('shares its dose among the passes', () => {
    expect(scanOf({ passes: 4 }).electrons).toBeCloseTo(scanOf().electrons / 4, 3);
    const twice = scanOf({ passes: 2 });
    expect(bytesOf(twice.row(3, 0)).equals(bytesOf(twice.row(3, 1)))).toBe(false);
  });

  it('scans odd rows backwards when serpentine, with other noise in the fly-back', () => {
    const options = { noise: quiet, driftEv: 0 };
    const raster = scanOf({ ...options, flybackColumns: 2 });
    const serpentine = scanOf({ ...options, order: 'serpentine' });
    const spectra = (scan: SimulatedScan, row: number) => {
      const { core } = scan.row(row);
      return Array.from({ length: core.length / CHANNELS }, (_, i) =>
        core.slice(i * CHANNELS, (i + 1) * CHANNELS),
      );
    };
    expect(spectra(raster, 6)).toHaveLength(26);
    expect(spectra(serpentine, 6)).toEqual(spectra(raster, 6).slice(0, 24));
    expect(spectra(serpentine, 7)).toEqual(spectra(raster, 7).slice(0, 24).reverse());
    expect(raster.row(6).haadf).toHaveLength(26);
  });

  it('drifts slowly, by about what was asked for, about zero', () => {
    const scan = scanOf({ driftEv: 0.5 });
    const drift = Array.from({ length: 576 }, (_, pixel) => scan.driftAt(pixel));
    expect(Math.max(...drift) - Math.min(...drift)).toBeGreaterThan(0.4);
    expect(Math.max(...drift) - Math.min(...drift)).toBeLessThan(0.65);
    expect(Math.abs(drift.reduce((a, b) => a + b) / 576)).toBeLessThan(0.06);
    expect(Math.max(...drift.slice(1).map((value, i) => Math.abs(value - drift[i])))).toBeLessThan(0.004);
    expect(Math.abs(scanOf({ driftEv: 0 }).driftAt(100))).toBe(0);
  });

  it('sees heavier and thicker places brighter in the dark field', () => {
    const scan = scanOf({ shape: [64, 64], lowLoss: false });
    const values = Array.from({ length: 64 }, (_, row) => [...scan.row(row).haadf]).flat();
    const mean = (phase: (typeof PHASES)[number]) => {
      const p = PHASES.indexOf(phase);
      const pure = values.filter((_, pixel) => {
        const thickness = scan.thickness(pixel);
        return thickness[p] > 0.9 * totalThickness(thickness) && thickness[p] > 30;
      });
      return pure.reduce((a, b) => a + b) / pure.length;
    };
    expect(mean('SiC')).toBeGreaterThan(mean('Si'));
    expect(mean('Si')).toBeGreaterThan(mean('SiO2'));
    expect(mean('SiO2')).toBeGreaterThan(mean('a-C'));
  });

  it('is recorded in the sample type asked for, within its limits', () => {
    expect(scanOf({ dtype: 'f32', noise: { gain: 0.5 } }).row(4).core).toBeInstanceOf(Float32Array);
    const bright = scanOf({ dtype: 'u8', dose: 'high', noise: quiet }).row(12).core;
    expect(Math.max(...bright)).toBe(255);
    expect(Math.min(...bright)).toBe(0);
  });
});

describe('options out of range', () => {
  it.each<[SimulationOptions, string]>([
    [{ shape: [0, 5] }, 'shape'],
    [{ dose: 'huge' as 'high' }, 'dose'],
    [{ dose: -1 }, 'dose'],
    [{ seed: 1.5 }, 'seed'],
    [{ passes: 0 }, 'passes'],
    [{ noise: { gain: 0 } }, 'gain'],
    [{ noise: { correlation: 0.7 } }, 'correlation'],
  ])('are named: %j', (options, field) => {
    expect(() => scanOf(options)).toThrow(`simulate: ${field}: expected`);
  });
});

describe('the simulated detector', () => {
  it.each([1, 4, 17])('with gain %d has variance over mean of as much', (gain) => {
    const recorded = record(new Array(100).fill(200), { gain }, 800);
    const values = recorded.flatMap((spectrum) => [...spectrum]);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean / 200).toBeCloseTo(1, 2);
    expect(variance / mean / gain).toBeGreaterThan(0.97);
    expect(variance / mean / gain).toBeLessThan(1.03);
  });

  it.each([0, 0.2, 0.5])('correlates neighbours by %d', (correlation) => {
    const recorded = record(new Array(200).fill(100), { correlation }, 400);
    let product = 0;
    let square = 0;
    for (const spectrum of recorded)
      for (let i = 2; i < 198; i++) {
        product += (spectrum[i] - 100) * (spectrum[i + 1] - 100);
        square += (spectrum[i] - 100) ** 2;
      }
    expect(product / square).toBeCloseTo(correlation, 1);
    const c = pointSpread(correlation);
    expect((2 * c * (1 - 2 * c)) / ((1 - 2 * c) ** 2 + 2 * c * c)).toBeCloseTo(correlation, 10);
  });

  it('adds readout noise and dark counts', () => {
    const recorded = record(new Array(50).fill(0), { readNoise: 3, dark: 2 }, 2000).flatMap((s) => [...s]);
    const mean = recorded.reduce((a, b) => a + b) / recorded.length;
    const variance = recorded.reduce((sum, value) => sum + (value - mean) ** 2, 0) / recorded.length;
    expect(mean).toBeCloseTo(2, 1);
    expect(Math.abs(variance - 11)).toBeLessThan(0.3);
  });

  it('has dead channels and rare spikes', () => {
    const recorded = record(new Array(300).fill(5), { deadChannels: [7, 9999], spikeRate: 0.1 }, 3000);
    expect(recorded.every((spectrum) => spectrum[7] === 0)).toBe(true);
    const spiked = recorded.filter((spectrum) => Math.max(...spectrum) > 300).length;
    expect(spiked).toBeGreaterThan(200);
    expect(spiked).toBeLessThan(380);
  });

  it('refuses a correlation that no point spread gives', () => {
    expect(() => pointSpread(0.8)).toThrow(RangeError);
  });
});
