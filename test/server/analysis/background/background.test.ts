import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type EnergyAxis, edgeAt, energyOf, pixelCount } from '../../../../protocol/index.ts';
import { backgroundEstimator } from '../../../../server/analysis/background/background.ts';
import { backgroundDoubt } from '../../../../server/analysis/background/background-doubt.ts';
import { FLAG, SignalExtractor } from '../../../../server/analysis/background/edge-signal.ts';
import { TwoPowerLaws } from '../../../../server/analysis/background/lcpl.ts';
import { COUNTING_NOISE } from '../../../../server/analysis/detector/detector-noise.ts';
import { BACKGROUND_METHODS } from '../../../../server/analysis/windows/background-method.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { parseMsa } from '../../../../server/formats/text/msa.ts';
import { backgroundPerNet } from '../../../../server/pipeline/fit/class-spectra.ts';
import { calibrationOfStudy, EDGES, shapes, studyBackground } from '../../../support/background-study.ts';
import { readHyperspyLine } from '../../../support/hyperspy-line.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';
import { oracle } from '../../../support/oracle.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const AXIS: EnergyAxis = { offset: 60, dispersion: 0.6, units: 'eV' };
const window = edgeWindow(edgeAt('Si-L', 99), AXIS, 1024);
const span = window.endChannel - window.firstChannel;
const law = (r: number, a: number) =>
  Float32Array.from(window.logEnergy, (x) => a * Math.exp(-r * (x - 4.5)));
const sum = (values: ArrayLike<number>, from = 0) =>
  Array.from(values)
    .slice(from)
    .reduce((total, value) => total + value, 0);
const FITTED = BACKGROUND_METHODS.filter((method) => method !== 'none');

describe('every estimator', () => {
  it.each(
    FITTED.flatMap((method) => [1.7, 3, 4.6].map((r): [(typeof FITTED)[number], number] => [method, r])),
  )('%s continues an exact law with exponent %d', (method, r) => {
    const spectrum = law(r, 1e6);
    const out = new Float64Array(span);
    // LCPL holds the laws in whose span the scan's exponents lie.
    const prior = method === 'lcpl' ? { mean: r, variance: 1e-4 } : undefined;
    const fit = backgroundEstimator(method, window, undefined, prior).fit(spectrum, 0, 1, out);
    // The two-area formula is an approximation by itself.
    const tolerance = method === 'two-area' ? 0.01 : 1e-3;
    expect(Math.abs((fit?.exponent ?? 0) - r)).toBeLessThan(tolerance);
    expect(Math.abs(sum(out, window.signalStart) / sum(spectrum, window.signalStart) - 1)).toBeLessThan(
      tolerance / 2,
    );
    expect(fit?.clamped).toBe(false);
  });

  it.each(FITTED)('%s never gives an impossible background', (method) => {
    const out = new Float64Array(span);
    const estimator = backgroundEstimator(method, window);
    expect(estimator.fit(new Float32Array(span), 0, 1, out)).toBeUndefined();
    const normal = normals(4);
    for (let n = 0; n < 300; n++) {
      const noisy = Float32Array.from({ length: span }, () => 2 * normal() + 1);
      const fit = estimator.fit(noisy, 0, 1, out);
      if (fit) expect(out.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    }
    // Rising counts are no power law that falls.
    const fit = estimator.fit(law(-5, 1000), 0, 1, out);
    expect(fit?.clamped).toBe(true);
  });
});

describe('LCPL', () => {
  it('finds the weights of two laws', () => {
    const both = new TwoPowerLaws(window, undefined, { mean: 3, variance: 0.25 });
    const [low, high] = both.exponents;
    expect(high - low).toBeCloseTo(2 * 1.645 * 0.5, 9);
    const spectrum = law(low, 3e5).map((value, i) => value + law(high, 7e5)[i]);
    const out = new Float64Array(span);
    both.fit(spectrum, 0, 1, out);
    for (let i = 0; i < span; i++) expect(out[i] / spectrum[i]).toBeCloseTo(1, 4);
  });
});

describe('bias of the extrapolated background on 10⁴ spectra without an edge', () => {
  it.each(
    Object.keys(EDGES).flatMap((name) => [1, 2, 5, 10, 50].map((dose): [string, number] => [name, dose])),
  )('%s at %d counts per channel: median and mean within one per cent', (name, dose) => {
    const study = { edge: edgeAt(name, EDGES[name]), dose, spectra: 10_000, seed: 2 };
    const { poisson } = studyBackground({
      ...study,
      density: shapes(name)['exponents 2.7–3.3'],
      methods: ['poisson'],
    });
    expect(Math.abs(poisson.median)).toBeLessThan(1);
    // What pooling is for: alone, spectra of 1 count per channel have a mean bias of 7 % (Si-L).
    expect(Math.abs(poisson.mean)).toBeLessThan(1.2);
  });

  it.each(
    Object.keys(EDGES).flatMap((name) =>
      Object.keys(shapes(name))
        .filter((shape) => !shape.startsWith('plasmon'))
        .map((shape): [string, string] => [name, shape]),
    ),
  )('%s stays within 1 % where backgrounds bend: %s', (name, shape) => {
    const study = { edge: edgeAt(name, EDGES[name]), dose: 50, spectra: 10_000, seed: 3 };
    const { poisson } = studyBackground({ ...study, density: shapes(name)[shape], methods: ['poisson'] });
    expect(Math.abs(poisson.median)).toBeLessThan(1);
  });
});

describe('the curvature of a scan', () => {
  const calibrated = (
    name: string,
    shape: string,
    dose: number,
    spectra: number,
    gain = 1,
    correlation = 0,
  ) => {
    const study = { edge: edgeAt(name, EDGES[name]), density: shapes(name)[shape], dose, spectra, seed: 11 };
    return calibrationOfStudy({ ...study, gain, correlation, methods: [] });
  };
  const learned = (...of: Parameters<typeof calibrated>) => calibrated(...of).curvature;

  it('is found where losses after plasmons lie on the tail, whatever the spread of exponents', () => {
    // 0.80 fits the fit window without noise best.
    const found = learned('Si-L', 'plural scattering, t/λ = 1', 200, 4000);
    expect(found?.value).toBeGreaterThan(0.5);
    expect(found?.value).toBeLessThan(1.1);
  });

  it.each<[number, number, number]>([
    [1, 1, 0],
    [50, 1, 0],
    [600, 1, 0],
    [2000, 17, 0.43],
  ])('is none in power laws of different exponents at %d counts, gain %d', (dose, gain, correlation) => {
    for (const name of Object.keys(EDGES)) {
      const found = learned(name, 'exponents 2.7–3.3', dose, 3000, gain, correlation);
      expect(found?.value, name).toBe(0);
      expect(Math.abs(found?.found ?? Infinity), name).toBeLessThan(4 * (found?.deviation ?? 0));
    }
  });

  it('is not followed downwards: plasmon multiples are no background to continue, and are told of', () => {
    const plasmons = calibrated('Si-L', 'plasmon multiples, thick Si', 50, 4000);
    expect(plasmons.curvature?.value).toBe(0);
    expect(backgroundDoubt(window, plasmons)).toBeGreaterThan(0.2);
    expect(backgroundDoubt(window, calibrated('Si-L', 'power law', 50, 4000))).toBe(0);
  });

  it('is held against the net counts of all classes', () => {
    const { signalStart } = window;
    const flat = (value: number) => new Array<number>(span).fill(value);
    // Two pixels of 3 net counts and one of 4 in each channel; 20 counts of the classes' sums, less the net ones, are background.
    const sums = { counts: [2, 1], exposures: [2, 1], mean: [flat(3), flat(4)], raw: [flat(13), flat(7)] };
    expect(signalStart).toBeLessThan(span);
    expect(backgroundPerNet(sums, window)).toBeCloseTo((13 - 6 + 7 - 4) / (6 + 4), 12);
  });

  it('makes a doubt of what the bend would take off the background, were it to go on', () => {
    const [c, r] = [-2, 3];
    const x = window.logEnergy;
    const { fitChannels, signalStart } = window;
    const pivot = x.subarray(0, fitChannels).reduce((sum, value) => sum + value, 0) / fitChannels;
    /** Σ over the signal window per count in the fit window, and the mean of x in the fit window. */
    const law = (exponent: number, bend: number) => {
      let [fit, mean, signal] = [0, 0, 0];
      x.forEach((value, i) => {
        const y = Math.exp(-exponent * (value - pivot) + bend * (value - pivot) ** 2);
        if (i < fitChannels) {
          fit += y;
          mean += y * (value - pivot);
        } else if (i >= signalStart) signal += y;
      });
      return { signal: signal / fit, mean: mean / fit };
    };
    // The exponent under the bend that leaves the mean where it was, by bisection.
    let [low, high] = [0.6, 6.9];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (law(middle, c).mean > law(r, 0).mean) low = middle;
      else high = middle;
    }
    const bad = new Uint8Array(x.length);
    const calibration = {
      bad,
      exponents: { mean: r, variance: 0.01 },
      curvature: { value: 0, found: c, deviation: 0.1 },
    };
    const expected = 1 - law(low, c).signal / law(r, 0).signal;
    expect(backgroundDoubt(window, calibration)).toBeCloseTo(expected, 5);
  });
});

describe('presence on pure background', () => {
  /** P(z ≥ 3) */
  const NOMINAL = 1.35e-3;
  const SPECTRA = 30_000;

  it.each([
    ['Si-L', 10, 1, 0],
    ['C-K', 10, 1, 0],
    // A camera with 17 counts per electron that shares charge between channels.
    ['Si-L', 2000, 17, 0.43],
    ['C-K', 2000, 17, 0.43],
  ])(
    '%s at %d counts per channel, gain %d, correlation %d: as often as nominal',
    (...[name, dose, gain, correlation]) => {
      const { poisson } = studyBackground({
        edge: edgeAt(name, EDGES[name]),
        density: shapes(name)['exponents 2.7–3.3'],
        dose,
        spectra: SPECTRA,
        seed: 5,
        methods: ['poisson'],
        gain,
        correlation,
      });
      const found = poisson.falsePresence * SPECTRA;
      const least = (NOMINAL / 1.5) * SPECTRA;
      const most = NOMINAL * 1.5 * SPECTRA;
      console.log(`${name}, gain ${gain}: ${found} of ${SPECTRA}, nominal ${NOMINAL * SPECTRA}`);
      // A factor of 1.5 and three deviations of a count of that size; 2·10⁵ spectra: npm run science.
      expect(found).toBeGreaterThanOrEqual(least - 3 * Math.sqrt(least));
      expect(found).toBeLessThanOrEqual(most + 3 * Math.sqrt(most));
    },
  );
});

describe('flags', () => {
  const normalised = new Float32Array(window.features);
  const flagsOf = (spectrum: Float32Array, exponents?: { mean: number; variance: number }) =>
    new SignalExtractor(window, {
      bad: new Uint8Array(span),
      noise: COUNTING_NOISE,
      ...(exponents && { exponents }),
    }).extract(spectrum, 0, normalised, 0).flags;

  it('tell no signal, a clamped exponent and a background that is too high', () => {
    expect(flagsOf(law(3, 1000))).toBe(0);
    expect(flagsOf(new Float32Array(span))).toBe(FLAG.noSignal);
    expect(flagsOf(law(-5, 1000)) & FLAG.clamped).toBe(FLAG.clamped);
    const falls = law(3, 1e4).map((value, i) => (i >= window.signalStart ? 0.7 * value : value));
    expect(flagsOf(falls, { mean: 3, variance: 0.001 })).toBe(FLAG.overSubtracted);
  });
});

describe('data with the background taken elsewhere', () => {
  const calibration = {
    bad: new Uint8Array(span),
    noise: COUNTING_NOISE,
    background: 'none' as const,
  };

  it('are normalised to their net counts and judged by their own noise', () => {
    const normal = normals(8);
    const shape = Float64Array.from({ length: span }, (_, i) =>
      i < window.signalStart ? 0 : 1 + 0.5 * Math.sin((i - window.signalStart) / 9),
    );
    const normalised = new Float32Array(window.features);
    const extractor = new SignalExtractor(window, calibration);
    let absent = 0;
    const snr: number[] = [];
    for (let n = 0; n < 2000; n++) {
      const net = shape.map((value) => (n % 2) * 20 * value + 10 * normal());
      const seen = extractor.extract(Float32Array.from(net), 0, normalised, 0);
      if (n % 2) {
        expect(sum(normalised)).toBeCloseTo(1, 4);
        snr.push(seen.snr);
      } else if (!(seen.snr >= 3)) absent++;
    }
    const expected = (20 * sum(shape)) / (10 * Math.sqrt(span - window.signalStart));
    expect(sum(snr) / snr.length / expected).toBeCloseTo(1, 1);
    expect(absent).toBeGreaterThanOrEqual(990);
  });

  it('need no energies before the edge', () => {
    const axis: EnergyAxis = { offset: 98, dispersion: 0.2, units: 'eV' };
    expect(() => edgeWindow(edgeAt('Si-L', 99), axis, 200)).toThrow(/fit window/);
    const bare = edgeWindow(edgeAt('Si-L', 99), axis, 200, 'none');
    expect(bare.fitChannels).toBe(0);
    expect(bare.features).toBe(125);
  });
});

interface Case {
  edge: string;
  file: string;
  fitWindow: [number, number];
  signalWindow: [number, number];
  hyperspy: { exponent: number; background: number; net: number };
  poissonExponent: number;
}
const { cases } = oracle<{ cases: Case[] }>('background');

describeMeasured(
  'background of measured spectra',
  cases.map(({ file }) => file),
  () => {
    /** A single spectrum, or the sum over the pixels of a scan. */
    async function load(file: string): Promise<{ energy: EnergyAxis; values: Float32Array }> {
      const path = measuredData(file) as string;
      if (file.endsWith('.msa')) return parseMsa(readFileSync(path, 'latin1'), file);
      if (file.endsWith('.hdf5')) {
        const { energy, channels, samples } = await readHyperspyLine(path);
        return { energy, values: total(samples, channels) };
      }
      const { scan, core } = await openScanFile(path);
      const reader = await openCube(core);
      const values = new Float32Array(pixelCount(scan) * scan.channels);
      await reader.read(0, pixelCount(scan), 0, scan.channels, values);
      await reader.close();
      return { energy: scan.energy, values: total(values, scan.channels) };
    }
    const total = (samples: Float32Array, channels: number) =>
      Float32Array.from({ length: channels }, (_, i) => {
        let counts = 0;
        for (let at = i; at < samples.length; at += channels) counts += samples[at];
        return counts;
      });

    it.each(cases)(
      '$edge of $file: two areas as HyperSpy, exponent by likelihood as SciPy',
      async (expected) => {
        const { edge, file, fitWindow, signalWindow, hyperspy, poissonExponent } = expected;
        const { energy, values } = await load(file);
        const measured = edgeWindow(
          { name: edge, onsetEv: 0, fitWindow, signalWindow },
          energy,
          values.length,
        );
        const spectrum = values.slice(measured.firstChannel, measured.endChannel);
        expect(energyOf(energy, measured.firstChannel)).toBeGreaterThanOrEqual(fitWindow[0] - 1e-6);
        const out = new Float64Array(spectrum.length);
        const two = backgroundEstimator('two-area', measured).fit(spectrum, 0, 1, out);
        const counts = sum(spectrum, measured.signalStart);
        const under = sum(out, measured.signalStart);
        expect(Math.abs(under / hyperspy.background - 1)).toBeLessThan(0.02);
        // Where the counts before the edge are a power law and the edge is more than a fifth of its background. Elsewhere the
        // borders of the two areas matter: HyperSpy integrates by Simpson's rule and counts a channel less.
        const clear =
          Math.abs(hyperspy.exponent - poissonExponent) < 0.1 && hyperspy.net > hyperspy.background / 5;
        if (clear) {
          // Science allows 0.05 and 2 %.
          expect(Math.abs((two?.exponent ?? 0) - hyperspy.exponent)).toBeLessThan(0.05);
          expect(Math.abs((counts - under) / hyperspy.net - 1)).toBeLessThan(0.02);
        }
        const likely = backgroundEstimator('poisson', measured).fit(spectrum, 0, 1, out);
        expect(likely?.exponent).toBeCloseTo(poissonExponent, 4);
        const difference = (counts - sum(out, measured.signalStart)) / hyperspy.net - 1;
        console.log(
          `${file} ${edge}: exponent ${likely?.exponent.toFixed(3)} (HyperSpy ${hyperspy.exponent.toFixed(3)}), net counts ${(100 * difference).toFixed(2)} % from HyperSpy's`,
        );
        if (clear) expect(Math.abs(difference)).toBeLessThan(0.1);
      },
    );
  },
);
