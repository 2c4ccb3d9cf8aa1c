import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelOf, energyOf } from '../../../protocol/index.ts';
import { PHASES, SCATTERING } from '../../../server/microscope/cross-sections.ts';
import { scatteringTerms, termProbabilities } from '../../../server/microscope/plural-scattering.ts';
import { CORE_LOSS, LOW_LOSS } from '../../../server/microscope/spectrometer.ts';
import { opticalThickness, SpectrumModel, transmission } from '../../../server/microscope/spectrum.ts';

const model = new SpectrumModel();
const core = (thickness: number[], shiftEv = 0): Float64Array => {
  const out = new Float64Array(CORE_LOSS.channels);
  model.coreLoss(thickness, shiftEv, out);
  return out;
};
const lowLoss = (thickness: number[], shiftEv = 0): Float64Array => {
  const out = new Float64Array(LOW_LOSS.channels);
  model.lowLossSpectrum(thickness, shiftEv, out);
  return out;
};
const only = (phase: string, nm = 50): number[] => PHASES.map((name) => (name === phase ? nm : 0));
const sum = (values: Float64Array): number => values.reduce((a, b) => a + b);
const between = (spectrum: Float64Array, from: number, to: number): number =>
  sum(spectrum.filter((_, i) => energyOf(CORE_LOSS.energy, i) >= from && energyOf(CORE_LOSS.energy, i) < to));
const thicknesses = fc.tuple(...PHASES.map(() => fc.double({ min: 0, max: 60, noNaN: true })));

describe('the core loss', () => {
  it.each(PHASES.map((phase) => [phase]))('of %s is its power law before the first edge', (phase) => {
    const { at97, exponent } = SCATTERING[phase].background;
    const spectrum = core(only(phase));
    for (const energy of [62, 75, 90, 95]) {
      const channel = Math.round(channelOf(CORE_LOSS.energy, energy));
      const e = energyOf(CORE_LOSS.energy, channel);
      const expected =
        50 * at97 * (e / 97) ** -exponent * CORE_LOSS.energy.dispersion * transmission(only(phase));
      expect(spectrum[channel] / expected).toBeCloseTo(1, 3);
    }
  });

  it('far behind an edge falls like a power law again', () => {
    const spectrum = core(only('a-C'));
    const log = (energy: number) =>
      Math.log(spectrum[Math.round(channelOf(CORE_LOSS.energy, energy))] as number);
    const slope = (from: number, to: number) => (log(from) - log(to)) / Math.log(to / from);
    expect(slope(480, 500)).toBeCloseTo(slope(560, 580), 0);
    expect(slope(460, 520)).toBeGreaterThan(2);
    expect(slope(460, 520)).toBeLessThan(4);
  });

  it.each([
    ['Si-L', 'Si', 95, 99, 101.5],
    ['Si-L', 'SiC', 96, 100, 104.5],
    ['Si-L', 'SiO2', 99, 103.5, 108.2],
    ['C-K', 'a-C', 272, 281, 292],
    ['C-K', 'SiC', 272, 281, 293],
    ['O-K', 'SiO2', 515, 532, 540],
  ])('has %s of %s where it belongs', (_edge, phase, before, onset, peak) => {
    const spectrum = core(only(phase));
    const at = (energy: number) => spectrum[Math.round(channelOf(CORE_LOSS.energy, energy))];
    // A power law through the two energies before the edge, continued to its peak.
    const exponent = Math.log(at(before) / at(onset)) / Math.log(onset / before);
    expect(at(peak)).toBeGreaterThan(1.1 * at(onset) * (peak / onset) ** -exponent);
  });

  it('gives the phases of an edge shapes of their own', () => {
    const shape = (phase: string) => {
      const spectrum = core(only(phase));
      const background = (e: number) => (e / 97) ** -SCATTERING[phase as 'Si'].background.exponent;
      const scale =
        between(spectrum, 85, 97) /
        between(
          spectrum.map((_, i) => background(energyOf(CORE_LOSS.energy, i))),
          85,
          97,
        );
      return spectrum
        .map((value, i) => value - scale * background(energyOf(CORE_LOSS.energy, i)))
        .filter((_, i) => energyOf(CORE_LOSS.energy, i) > 98 && energyOf(CORE_LOSS.energy, i) < 123);
    };
    const [si, sio2, sic] = ['Si', 'SiO2', 'SiC'].map(shape) as [Float64Array, Float64Array, Float64Array];
    for (const [a, b] of [
      [si, sio2],
      [si, sic],
      [sio2, sic],
    ] as const)
      expect(correlation(a, b)).toBeLessThan(0.9);
  });

  it('moves with the drift of the axis', () => {
    const still = core(only('SiO2'));
    const moved = core(only('SiO2'), 2 * CORE_LOSS.energy.dispersion);
    for (let i = 10; i < 1000; i += 7) expect(moved[i] / still[i - 2]).toBeCloseTo(1, 9);
    const half = core(only('SiO2'), 0.3);
    const edge = Math.round(channelOf(CORE_LOSS.energy, 105.2));
    expect(half[edge]).toBeLessThan(still[edge]);
  });

  it('is the sum that coreSums finds, edges included', () => {
    const weight = Float64Array.from({ length: CORE_LOSS.channels }, (_, i) => Math.sin(i / 50) + 2);
    const sums = model.coreSums([weight]);
    fc.assert(
      fc.property(thicknesses, (thickness) => {
        const spectrum = core(thickness);
        const { totals, ofEdges } = sums(thickness);
        const expected = sum(spectrum.map((value, i) => value * weight[i]));
        expect(totals[0]).toBeCloseTo(expected, 3 - Math.log10(Math.max(expected, 1e-9)));
        for (const part of ofEdges) expect(part[0]).toBeLessThanOrEqual(totals[0]);
      }),
      { numRuns: 30 },
    );
  });

  it('loses contrast at an edge to plural scattering', () => {
    const jump = (nm: number) => {
      const spectrum = core(only('SiO2', nm));
      return between(spectrum, 106, 110) / between(spectrum, 98, 102);
    };
    expect(jump(120)).toBeLessThan(0.95 * jump(10));
  });
});

describe('the low loss', () => {
  it('holds every electron that passes the aperture', () => {
    fc.assert(
      fc.property(thicknesses, (thickness) => {
        const spectrum = lowLoss(thickness);
        // A few per cent of the losses lie beyond the axis in thick places.
        const lost = 1 - sum(spectrum) / transmission(thickness);
        expect(lost).toBeGreaterThan(-0.002);
        expect(lost).toBeLessThan(0.006 + 0.02 * opticalThickness(thickness) ** 2);
      }),
      { numRuns: 30 },
    );
  });

  it('tells the thickness by the log ratio within 2 %', () => {
    const zero = Math.ceil(channelOf(LOW_LOSS.energy, 2.5));
    for (const phase of PHASES)
      for (const nm of [20, 50, 100, 150]) {
        const spectrum = lowLoss(only(phase, nm), 0.17);
        const ratio = Math.log(sum(spectrum) / sum(spectrum.subarray(0, zero)));
        expect(ratio / opticalThickness(only(phase, nm))).toBeGreaterThan(0.98);
        expect(ratio / opticalThickness(only(phase, nm))).toBeLessThan(1.02);
      }
  });

  it.each([
    ['Si', 16.9],
    ['SiC', 22],
    ['SiO2', 22.5],
    ['a-C', 24],
  ])('peaks at the plasmon of %s', (phase, energy) => {
    const spectrum = lowLoss(only(phase));
    const from = Math.ceil(channelOf(LOW_LOSS.energy, 10));
    const highest = spectrum
      .subarray(from)
      .reduce((best, value, i, all) => (value > all[best] ? i : best), 0);
    expect(Math.abs(energyOf(LOW_LOSS.energy, from + highest) - energy)).toBeLessThan(2.2);
  });

  it('loses twice the energy in twice the thickness, in plural losses', () => {
    const meanLoss = (nm: number) => {
      const spectrum = lowLoss(only('Si', nm));
      return (
        spectrum.reduce((total, value, i) => total + value * energyOf(LOW_LOSS.energy, i), 0) / sum(spectrum)
      );
    };
    expect(meanLoss(50) / meanLoss(25)).toBeCloseTo(2, 1);
    expect(meanLoss(200) / meanLoss(50)).toBeGreaterThan(3.8);
    const at = (spectrum: Float64Array, energy: number) =>
      spectrum[Math.round(channelOf(LOW_LOSS.energy, energy))];
    const thick = lowLoss(only('Si', 150));
    for (const order of [2, 3])
      expect(at(thick, 16.9 * order)).toBeGreaterThan(1.2 * at(thick, 16.9 * order - 7));
  });

  it('drifts with the core loss', () => {
    const spectrum = lowLoss(only('Si'), 0.5);
    const zero = spectrum.slice(0, Math.ceil(channelOf(LOW_LOSS.energy, 2.5)));
    const centre =
      zero.reduce((total, value, i) => total + value * energyOf(LOW_LOSS.energy, i), 0) / sum(zero);
    expect(centre).toBeCloseTo(0.5, 1);
  });
});

describe('plural scattering', () => {
  it('has probabilities that add up to 1 and are those of Poisson', () => {
    const terms = scatteringTerms(2, 5);
    const probabilities = new Float64Array(terms.length);
    termProbabilities(terms, [0.3, 0.5], probabilities);
    expect(sum(probabilities)).toBeCloseTo(1, 12);
    const once = terms.map((term, i) => (term.order === 1 ? probabilities[i] : 0)).reduce((a, b) => a + b);
    expect(once).toBeCloseTo(0.8 * Math.exp(-0.8), 12);
    const mixed = terms.findIndex(
      ({ order, parent, last }) => order === 2 && last === 1 && terms[parent].last === 0,
    );
    expect(probabilities[mixed]).toBeCloseTo(0.3 * 0.5 * Math.exp(-0.8), 12);
  });

  it('counts every multiset once', () => {
    // (n + k − 1 choose k) multisets of k out of 4: 1 + 4 + 10 + 20 up to order 3.
    expect(scatteringTerms(4, 3)).toHaveLength(35);
    expect(scatteringTerms(4, 6)).toHaveLength(210);
  });
});

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => sum(values) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = (x: Float64Array, mx: number, y: Float64Array, my: number) =>
    x.reduce((total, value, i) => total + (value - mx) * (y[i] - my), 0);
  return covariance(a, ma, b, mb) / Math.sqrt(covariance(a, ma, a, ma) * covariance(b, mb, b, mb));
}
