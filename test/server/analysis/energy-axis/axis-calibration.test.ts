import { describe, expect, it } from 'vitest';
import { type EnergyAxis, energyOf, parseEdges } from '../../../../protocol/index.ts';
import { type AxisInput, calibrateAxis } from '../../../../server/analysis/energy-axis/axis-calibration.ts';
import { binnedSpectrum } from '../../../../server/analysis/energy-axis/axis-spectrum.ts';
import { TABLE } from '../../../../server/analysis/energy-axis/edge-features.ts';
import { onsetCurves } from '../../../../server/analysis/energy-axis/onset-curves.ts';
import { findOnsets } from '../../../../server/analysis/energy-axis/onset-search.ts';
import { SHAPES } from '../../../../server/analysis/energy-axis/onset-shapes.ts';
import { RandomStream } from '../../../../server/microscope/random.ts';
import { type AxisPhantom, axisErrors, axisPhantom } from '../../../support/axis-phantom.ts';

const axis = (offset: number, dispersion: number): EnergyAxis => ({ offset, dispersion, units: 'eV' });

const OXIDE: AxisPhantom = {
  edges: [
    { name: 'Ti-L', snr: 90 },
    { name: 'O-K', snr: 60 },
  ],
  look: 'white lines',
  filed: axis(400, 0.3),
  channels: 1024,
  shift: 0,
  stretch: 0,
  counts: 2e5,
  exponent: 3,
  gain: 6,
  smear: [0.2, 0.6, 0.2],
  seed: 4,
};

const input = (phantom: AxisPhantom, edges: string): AxisInput => ({
  counts: axisPhantom(phantom),
  energy: phantom.filed,
  edges: parseEdges(edges),
  gain: phantom.gain,
  bad: new Uint8Array(phantom.channels),
});
const calibrate = (phantom: AxisPhantom, edges: string) => calibrateAxis(input(phantom, edges));

describe('significance of onsets', () => {
  const powerLaw = (ev: number) => 1e5 * (ev / 450) ** -3;
  const energy = axis(380, 0.3);
  const spectrum = (at: (ev: number) => number, variance: (mean: number) => number) => {
    const values = Float64Array.from({ length: 600 }, (_, i) => at(energyOf(energy, i)));
    return { energy, values, variances: values.map(variance) };
  };

  it('gives back the height of a step on a power law', () => {
    const bin = 250;
    const onset = energyOf(energy, bin);
    const made = spectrum(
      (ev) => powerLaw(ev) + 0.1 * powerLaw(onset) * SHAPES.step.at(ev - onset),
      () => 1,
    );
    const { curves, jump } = onsetCurves(made);
    const most = curves.step.indexOf(curves.step.reduce((a, b) => Math.max(a, b)));
    expect(most).toBe(bin);
    // In units of the background in the half of the window before the onset, which is higher by its slope.
    expect(jump[bin]).toBeGreaterThan(0.09);
    expect(jump[bin]).toBeLessThan(0.1);
  });

  it('is a standard normal figure where there is noise alone', () => {
    const random = new RandomStream(8, 1, 1);
    let [sum, squares, n] = [0, 0, 0];
    for (let round = 0; round < 40; round++) {
      const made = spectrum(
        (ev) => powerLaw(ev) + Math.sqrt(powerLaw(ev)) * random.normal(),
        (mean) => mean,
      );
      const { curves } = onsetCurves(made);
      for (const bin of [150, 350, 500])
        for (const shape of ['step', 'broad line', 'maximum'] as const) {
          sum += curves[shape][bin];
          squares += curves[shape][bin] ** 2;
          n++;
        }
    }
    expect(Math.abs(sum / n)).toBeLessThan(0.25);
    // The misfit of the whole, which is never taken for less than the noise, makes it a little smaller.
    expect(Math.sqrt(squares / n)).toBeGreaterThan(0.8);
    expect(Math.sqrt(squares / n)).toBeLessThan(1.15);
  });

  it('finds nothing in noise', () => {
    const nothing = { ...OXIDE, edges: [] };
    for (let seed = 0; seed < 20; seed++)
      expect(findOnsets(binnedSpectrum(input({ ...nothing, seed }, 'Ti-L')))).toEqual([]);
  });
});

describe('the energy axis by the edges', () => {
  it('leaves an axis alone that the edges fit, in the same words at every seed', () => {
    for (let seed = 0; seed < 10; seed++) {
      const { verdict, proposed, evidence } = calibrate({ ...OXIDE, seed }, 'Ti-L,O-K');
      expect(verdict).toBe('as filed');
      expect(proposed).toBeUndefined();
      expect(evidence.filter(({ asked }) => asked).map(({ edge }) => edge)).toEqual(['Ti-L', 'O-K']);
    }
  });

  it.each([
    [21, 0.02],
    [-18, -0.025],
    [-9, 0.01],
    [12.5, 0],
  ])('finds an offset of %s eV and a stretch of %s', (shift, stretch) => {
    const phantom = { ...OXIDE, shift, stretch };
    const { verdict, proposed } = calibrate(phantom, 'Ti-L,O-K');
    expect(verdict).toBe('proposed');
    const edges = parseEdges('Ti-L,O-K');
    for (const error of axisErrors(phantom, proposed as EnergyAxis & { sigma: number }, edges))
      expect(Math.abs(error)).toBeLessThan(0.5);
  });

  it('finds an offset alone by one edge', () => {
    const phantom = { ...OXIDE, edges: [{ name: 'Fe-L', snr: 80 }], filed: axis(620, 0.3), shift: 13 };
    const { proposed } = calibrate(phantom, 'Fe-L');
    expect(proposed?.dispersion).toBe(0.3);
    expect(proposed?.offset).toBeGreaterThan(632.5);
    expect(proposed?.offset).toBeLessThan(633.5);
  });

  it('is not misled by an edge that is missing, nor by one that was not asked for', () => {
    const edges = [
      { name: 'Fe-L', snr: 120 },
      { name: 'Co-L', snr: 60 },
    ];
    const phantom = { ...OXIDE, edges, filed: axis(620, 0.25), shift: -14, stretch: 0.012 };
    const { proposed, evidence } = calibrate(phantom, 'Co-L,Ni-L');
    const [error] = axisErrors(phantom, proposed ?? axis(0, 1), parseEdges('Co-L'));
    expect(Math.abs(error)).toBeLessThan(0.5);
    expect(evidence.map(({ edge }) => edge)).toEqual(['Co-L']);
  });

  it('says that it does not know where an edge of another element explains as much', () => {
    // La-M as filed, or Ni-L on an axis that is 23 eV off.
    const phantom = { ...OXIDE, edges: [{ name: 'La-M', snr: 100 }], filed: axis(760, 0.25) };
    const { verdict, proposed } = calibrate(phantom, 'Ni-L');
    expect(verdict).toBe('unknown');
    expect(proposed).toBeUndefined();
  });

  it('does not depend on the unit of the counts', () => {
    const one = input({ ...OXIDE, shift: 15 }, 'Ti-L,O-K');
    const factor = 2 ** -30;
    const scaled = { ...one, counts: one.counts.map((value) => value * factor), gain: one.gain * factor };
    const [a, b] = [calibrateAxis(one), calibrateAxis(scaled)];
    expect(b.proposed?.offset).toBeCloseTo(a.proposed?.offset ?? 0, 6);
    expect(b.gain).toBeCloseTo(a.gain, 6);
  });

  it('does without a gain, and without bad channels', () => {
    const one = input({ ...OXIDE, shift: 15, seed: 9 }, 'Ti-L,O-K');
    const bad = one.bad.slice();
    const counts = one.counts.slice();
    for (const channel of [150, 151, 400]) {
      bad[channel] = 1;
      counts[channel] = channel === 400 ? 0 : 1e9;
    }
    const { proposed } = calibrateAxis({ ...one, counts, bad, gain: 0 });
    expect(Math.abs((proposed?.offset ?? 0) - 415)).toBeLessThan(1);
  });

  it('has nothing to say of zeros', () => {
    const counts = new Float64Array(500);
    const nothing = {
      counts,
      energy: axis(200, 0.5),
      edges: parseEdges('C-K'),
      gain: 1,
      bad: new Uint8Array(500),
    };
    expect(calibrateAxis(nothing)).toEqual({ verdict: 'unknown', evidence: [], gain: 0, lead: 0 });
  });
});

describe('the table of features', () => {
  it('holds every onset and every usual line within its range', () => {
    for (const { name, onsetEv, onset, line } of TABLE) {
      expect(onsetEv, name).toBeGreaterThanOrEqual(onset[0]);
      expect(onsetEv, name).toBeLessThanOrEqual(onset[1]);
      expect(line.usual, name).toBeGreaterThanOrEqual(line.range[0]);
      expect(line.usual, name).toBeLessThanOrEqual(line.range[1]);
    }
  });
});
