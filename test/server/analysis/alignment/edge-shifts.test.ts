import { describe, expect, it } from 'vitest';
import { agreementOf, explainedBy } from '../../../../server/analysis/alignment/shift-agreement.ts';
import { smoothDerivative, smoothSpectrum } from '../../../../server/analysis/alignment/shift-filter.ts';
import { RandomStream } from '../../../../server/microscope/random.ts';
import { SimulatedScan } from '../../../../server/microscope/scan.ts';
import { detectorCounts, edgeShape } from '../../../support/detector-cube.ts';
import { shiftsOf } from '../../../support/shift-spectra.ts';

const SIDE = 64;

function normals(count: number, seed: number): Float64Array {
  const random = new RandomStream(seed, 31, 4);
  return Float64Array.from({ length: count }, () => random.normal());
}

const meanOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

/** Residuals of the shifts of all pixels against the simulated drift, eV, and what is stated of them. */
function followed(seed: number, driftEv: number, dead = true) {
  const scan = new SimulatedScan({
    shape: [SIDE, SIDE],
    seed,
    driftEv,
    lowLoss: false,
  });
  const { channels, energy } = scan.model.core;
  const spectra = new Float32Array(SIDE * SIDE * channels);
  for (let row = 0; row < SIDE; row++) spectra.set(scan.row(row).core, row * SIDE * channels);
  const { found, edges } = shiftsOf(spectra, [SIDE, SIDE], energy, 'Si-L,C-K,O-K', dead ? [437] : []);
  const residual = found.shifts.map((shift, pixel) => shift * energy.dispersion - scan.driftAt(pixel));
  const mean = meanOf(residual);
  const centred = residual.map((value) => value - mean);
  return {
    edges,
    origin: found.origin,
    rms: Math.sqrt(meanOf(centred.map((x) => x * x))),
    worst: centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    uncertainty: found.uncertainty * energy.dispersion,
    range: (Math.max(...found.shifts) - Math.min(...found.shifts)) * energy.dispersion,
  };
}

describe('the drift of a scan without a low loss', () => {
  it.each([1, 2, 3, 4])('is followed over 4 eV to a tenth of an eV, two at most (seed %d)', (seed) => {
    const { edges, rms, worst, uncertainty } = followed(seed, 4);
    console.log(
      `by ${edges}: rms ${rms.toFixed(3)}, worst ${worst.toFixed(3)}, stated ${uncertainty.toFixed(3)} eV`,
    );
    // The silicon phases shift their onset by 5 eV and would be followed astray.
    expect(edges).not.toContain('Si-L');
    expect(rms).toBeLessThanOrEqual(0.1);
    expect(worst).toBeLessThanOrEqual(0.2);
    expect(uncertainty / rms).toBeGreaterThan(0.7);
    expect(uncertainty / rms).toBeLessThan(3);
  });

  it('is not made of the specimen where there is none', () => {
    const { range, uncertainty, origin } = followed(2, 0);
    expect(origin).not.toBe('instrument');
    expect(range).toBeLessThan(4 * Math.max(uncertainty, 0.05));
  });
});

describe('shifts of single pixels', () => {
  const energy = { offset: 380, dispersion: 0.3, units: 'eV' } as const;
  const one = { energy, channels: 1024, shape: [24, 24] as [number, number] };
  const mean = (ti: (pixel: number) => number, o: (pixel: number) => number) => (ev: number, pixel: number) =>
    4000 * (ev / 380) ** -3 +
    400 * edgeShape(ev - ti(pixel), 456, 2, 1.2) +
    60 * edgeShape(ev - o(pixel), 532, 1, 2);

  it.each([
    [0, 1],
    [0.01, 1],
    [0.01, 30],
  ])('are known as exactly as stated (pattern %d, gain %d)', (pattern, gain) => {
    const truth = normals(576, 5).map((x) => 0.2 * x);
    const at = (pixel: number) => truth[pixel];
    const spectra = detectorCounts({
      ...one,
      mean: mean(at, at),
      pattern,
      gain,
      seed: 8,
    });
    const { shifts, found } = shiftsOf(spectra, one.shape, energy, 'Ti-L,O-K');
    expect(found.origin).toBe('instrument');
    for (const e of [0, 1]) {
      const z = Array.from(
        shifts.shift[e],
        (x, p) => (x * 0.3 - truth[p]) / Math.sqrt(shifts.variance[e][p]) / 0.3,
      ).filter(Number.isFinite);
      const middle = meanOf(z);
      const inside = z.filter((x) => Math.abs(x - middle) < 2).length / z.length;
      expect(z.length).toBeGreaterThan(500);
      expect(inside).toBeGreaterThan(0.9);
      expect(inside).toBeLessThan(0.995);
    }
  });

  it('of one edge are not taken for those of another', () => {
    const truth = normals(576, 6).map((x) => 0.2 * x);
    const spectra = detectorCounts({
      ...one,
      mean: mean(
        (p) => truth[p],
        () => 0,
      ),
      seed: 9,
    });
    const { found } = shiftsOf(spectra, one.shape, energy, 'Ti-L,O-K');
    expect(found.origin).toBe('none');
  });
});

describe('the numerics of shifts', () => {
  it('smooth parabolas to themselves, and have their derivative', () => {
    const parabola = Float64Array.from({ length: 30 }, (_, i) => 3 + 2 * i - 0.1 * i * i);
    const smooth = smoothSpectrum(parabola);
    const slope = smoothDerivative(parabola);
    for (let i = 3; i < 27; i++) {
      expect(smooth[i]).toBeCloseTo(parabola[i], 9);
      expect(slope[i]).toBeCloseTo(2 - 0.2 * i, 9);
    }
  });

  it('take for shared what two series share, and no more', () => {
    const [shared, a, b] = [1, 2, 3].map((seed) => normals(4000, seed));
    const noise = [new Float64Array(4000).fill(0.25), new Float64Array(4000).fill(1)] as const;
    const x = shared.map((s, i) => 0.5 * s + 0.5 * a[i]);
    const y = shared.map((s, i) => 0.5 * s + b[i]);
    const both = agreementOf(x, y, noise);
    expect(both?.common).toBeCloseTo(0.25, 1);
    expect(both?.concordance).toBeGreaterThan(0.85);
    expect(both?.significance).toBeGreaterThan(10);
    const alone = agreementOf(x, b, noise);
    expect(Math.abs(alone?.significance ?? 9)).toBeLessThan(3.2);
    expect(alone?.denied).toBe(true);
  });

  it('explain a line by its terms and nothing by chance', () => {
    const terms = Array.from({ length: 200 }, (_, i) => [i, i * i]);
    const line = Float64Array.from(terms, ([a, b]) => 2 * a - 0.01 * b);
    expect(explainedBy(line, terms)).toBeCloseTo(1, 9);
    expect(explainedBy(normals(200, 4), terms)).toBeLessThan(0.05);
  });
});
