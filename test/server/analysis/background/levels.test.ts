import { describe, expect, it } from 'vitest';
import { FLAG } from '../../../../server/analysis/background/edge-signal.ts';
import { learnExponents } from '../../../../server/analysis/background/exponent-prior.ts';
import { findLevels } from '../../../../server/analysis/background/find-levels.ts';
import { PowerLawFitter } from '../../../../server/analysis/background/power-law.ts';
import { BACKGROUND_METHODS } from '../../../../server/analysis/windows/background-method.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';
import { poisson } from '../../../../server/microscope/poisson.ts';
import { RandomStream } from '../../../../server/microscope/random.ts';
import { detectorCounts } from '../../../support/detector-cube.ts';
import { LEVEL_EDGE, LEVELS, levelScan } from '../../../support/level-scan.ts';
import { netSignal } from '../../../support/net-signal.ts';

const FITTED = BACKGROUND_METHODS.filter((method) => method !== 'none');
const VACUUM = 120;

describe('vacuum beside a specimen', () => {
  it.each(FITTED.flatMap((method) => [300, 20].map((counts) => [method, counts] as const)))(
    '%s: a flat level of %d counts in six of twenty rows is no edge, and flagged',
    async (method, counts) => {
      const cube = levelScan({ level: () => counts, vacuumRows: 6, seed: 1 });
      const { present, flags, flagged } = await netSignal(detectorCounts(cube), cube, LEVEL_EDGE, method);
      const vacuum = present.subarray(0, VACUUM).reduce((sum, flag) => sum + flag, 0);
      expect(vacuum).toBeLessThanOrEqual(0.02 * VACUUM);
      expect(present.subarray(VACUUM).every((flag) => flag === 1)).toBe(true);
      const named = flags.subarray(0, VACUUM).filter((bits) => bits & (FLAG.level | FLAG.clamped));
      expect(named.length).toBeGreaterThanOrEqual(0.98 * VACUUM - vacuum);
      expect(flags.subarray(VACUUM).every((bits) => bits === 0)).toBe(true);
      expect(flagged.level).toBeGreaterThan(0.9 * VACUUM);
    },
  );

  it.each(Object.keys(LEVELS))('is no edge %s, in a column and in most of the scan', async (name) => {
    for (const [counts, vacuumRows, gain] of [
      [15, 2, 1],
      [500, 1, 900],
      [60, 17, 6],
    ]) {
      const level = LEVELS[name](counts);
      const smear = gain === 1 ? [1] : [0.05, 0.2, 0.5, 0.2, 0.05];
      const cube = levelScan({ level, vacuumRows, gain, smear, seed: 2 });
      const { present } = await netSignal(detectorCounts(cube), cube, LEVEL_EDGE);
      const pixels = vacuumRows * cube.shape[1];
      const vacuum = present.subarray(0, pixels).reduce((sum, flag) => sum + flag, 0);
      expect(vacuum, `${counts} counts, ${vacuumRows} rows`).toBeLessThanOrEqual(Math.ceil(0.02 * pixels));
      expect(present.subarray(pixels).every((flag) => flag === 1)).toBe(true);
    }
  });

  it.each([300, 20])('whose level of %d counts is taken off as dark is no edge', async (counts) => {
    for (const off of [0.98, 1, 1.02]) {
      const cube = levelScan({ level: () => counts, vacuumRows: 6, seed: 3 });
      const spectra = detectorCounts(cube).map((value) => value - off * counts);
      const { present } = await netSignal(spectra, cube, LEVEL_EDGE);
      expect(present.subarray(0, VACUUM).reduce((sum, flag) => sum + flag, 0)).toBeLessThanOrEqual(3);
      expect(present.subarray(VACUUM).every((flag) => flag === 1)).toBe(true);
    }
  });

  it.each([50, 300])('of a single pixel with %d counts is no edge', async (counts) => {
    for (let seed = 10; seed < 15; seed++) {
      const cube = levelScan({ level: () => counts, vacuumRows: 1 / 20, seed });
      const { present, flags } = await netSignal(detectorCounts(cube), cube, LEVEL_EDGE);
      expect(present[0]).toBe(0);
      expect(flags[0] & FLAG.level).toBe(FLAG.level);
      expect(present.subarray(1).every((flag) => flag === 1)).toBe(true);
    }
  });

  it('alone shows no edge either', async () => {
    const cube = levelScan({ level: () => 300, vacuumRows: 20, seed: 4 });
    const { presentPixels, flagged } = await netSignal(detectorCounts(cube), cube, LEVEL_EDGE);
    expect(presentPixels).toBeLessThanOrEqual(8);
    expect(flagged.clamped).toBeGreaterThan(390);
  });
});

describe('levels of a detector', () => {
  const window = edgeWindow(LEVEL_EDGE, { offset: 60, dispersion: 0.3, units: 'eV' }, 600);
  const fitter = new PowerLawFitter(window);

  /** Y and Σ y·x of pixels: counts per channel and exponent of each. */
  function statistics(pixels: [counts: number, exponent: number][], seed: number) {
    const random = new RandomStream(0);
    const counts = new Float64Array(pixels.length);
    const weighted = new Float64Array(pixels.length);
    pixels.forEach(([dose, exponent], pixel) => {
      random.reset(seed, pixel);
      for (const i of fitter.channels) {
        const y = poisson(dose * Math.exp(-exponent * fitter.x[i]), random);
        counts[pixel] += y;
        weighted[pixel] += y * fitter.x[i];
      }
    });
    return [counts, weighted] as const;
  }
  const many = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));

  it('are found by counts and exponent together, and the scan keeps the exponents of the specimen', () => {
    const specimen = many(100, (i): [number, number] => [400 + i, 3]);
    const vacuum = many(900, (): [number, number] => [6, 0.2]);
    const [counts, weighted] = statistics([...specimen, ...vacuum], 5);
    const exponents = learnExponents(fitter, counts, weighted, 1);
    expect(exponents?.mean).toBeCloseTo(3, 1);
    expect(exponents?.variance).toBeLessThan(0.01);
    const [level, ...others] = exponents?.levels ?? [];
    expect(others).toEqual([]);
    expect(level.mean).toBeGreaterThan(0);
    expect(level.mean).toBeLessThan(0.4);
    expect(counts.filter((y) => y >= level.from && y < level.to)).toHaveLength(900);
  });

  it.each<[string, [number, number][]]>([
    ['one phase of any thickness', many(400, (i) => [2 * 1.02 ** i, 3])],
    ['thick silicon and thin carbon', many(400, (i) => (i % 2 ? [800, 3.5] : [90, 2.4]))],
    ['a specimen on the tail of an edge', many(400, (i) => (i % 2 ? [800, 0.9] : [60, 0.2]))],
    ['vacuum alone', many(400, (i) => [20 + i / 10, 0])],
  ])('are none in %s', (_, pixels) => {
    for (let seed = 0; seed < 20; seed++)
      expect(findLevels(fitter, ...statistics(pixels, seed), 1)).toEqual([]);
  });
});
