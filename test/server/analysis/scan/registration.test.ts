import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import {
  type RegisteredMaps,
  type Registration,
  register,
  shiftLimit,
} from '../../../../server/analysis/scan/registration.ts';
import { driftedRescans, FINE } from '../../../support/drifted-rescans.ts';
import { oracle } from '../../../support/oracle.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const maps = (shape: [number, number], values: ArrayLike<number>, noise = 1): RegisteredMaps => ({
  shape,
  bands: [values],
  noise: [noise],
});

/** Noise about a pattern, as a square of `size`. */
function pattern(size: number, seed: number, of: (y: number, x: number) => number, sigma = 1): Float64Array {
  const normal = normals(seed);
  return Float64Array.from(
    { length: size * size },
    (_, p) => of(Math.floor(p / size), p % size) + sigma * normal(),
  );
}

/** Spots at random places, wide ones, the same for a seed. */
function spots(seed: number): (y: number, x: number) => number {
  const random = createRandom(seed);
  const places = Array.from({ length: 40 }, () => [60 * random() - 10, 60 * random() - 10, 2 + 2 * random()]);
  return (y, x) =>
    places.reduce((sum, [v, u, w]) => sum + 20 * Math.exp(-((y - v) ** 2 + (x - u) ** 2) / (2 * w * w)), 0);
}

describe('the shift of a rescan', () => {
  it('is that of phase correlation (scikit-image)', () => {
    const cases =
      oracle<{ found: [number, number]; size: number; scan: number[]; rescan: number[] }[]>('registration');
    expect(cases.length).toBeGreaterThan(3);
    for (const { found, size, scan, rescan } of cases) {
      const own = register(maps([size, size], scan, 200), maps([size, size], rescan, 200), { y: 0, x: 0 });
      if (own.verdict !== 'registered') throw new Error(own.words);
      expect(Math.abs(own.y - found[0])).toBeLessThan(0.25);
      expect(Math.abs(own.x - found[1])).toBeLessThan(0.25);
      // By whole pixels, and not where it is less than half of one.
      for (const along of ['y', 'x'] as const) expect(own.applied[along]).toBe(Math.round(own[along]) + 0);
    }
  });

  it.each([0.25, 0.5])(
    'is found to 0.3 pixels at %f of the default dose, and known as exactly as it says',
    (dose) => {
      const { scan, rescan } = driftedRescans(40, 4, dose);
      const errors: number[] = [];
      const inSigmas: number[] = [];
      for (const [n, [dy, dx]] of [
        [0, 0],
        [1, -2],
        [4, 5],
        [-7, 3],
        [9, -9],
      ].entries()) {
        const [y, x] = [8 + n, 10 - n];
        const part = rescan(FINE * y + dy, FINE * x + dx, [20, 18]);
        const found = register(scan, part, { y, x });
        if (found.verdict !== 'registered') throw new Error(found.words);
        const own = [found.y - dy / FINE, found.x - dx / FINE];
        errors.push(...own);
        inSigmas.push(own[0] / found.sigmaY, own[1] / found.sigmaX);
      }
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.3);
      const rms = Math.sqrt(inSigmas.reduce((sum, z) => sum + z * z, 0) / inSigmas.length);
      expect(rms).toBeGreaterThan(0.4);
      expect(rms).toBeLessThan(2);
    },
    60_000,
  );

  it('does not depend on the unit of the samples, nor on how long the rescan was exposed', () => {
    const of = spots(2);
    const scan = pattern(40, 3, of);
    const rescan = pattern(20, 4, (y, x) => of(y + 11, x + 9));
    const found = register(maps([40, 40], scan), maps([20, 20], rescan), { y: 10, x: 10 });
    expect(found).toMatchObject({ verdict: 'registered', applied: { y: 1, x: -1 } });
    const scaled = register(
      maps(
        [40, 40],
        scan.map((value) => value * 2 ** -20),
        2 ** -40,
      ),
      maps(
        [20, 20],
        rescan.map((value) => value * 2 ** -18),
        2 ** -36,
      ),
      { y: 10, x: 10 },
    );
    expect(scaled).toMatchObject({ applied: { y: 1, x: -1 } });
  });

  it('is found where the scan has gaps, and where the rescan juts out over it', () => {
    const of = spots(5);
    const scan = pattern(40, 6, of);
    for (let column = 0; column < 40; column++) scan[14 * 40 + column] = Number.NaN;
    const rescan = pattern(20, 7, (y, x) => of(y + 7, x + 27));
    expect(register(maps([40, 40], scan), maps([20, 20], rescan), { y: 8, x: 26 })).toMatchObject({
      verdict: 'registered',
      applied: { y: -1, x: 1 },
    });
  });
});

describe('a small rescan of the simulated anode', () => {
  const SIZE = 40;
  const simulated = driftedRescans(SIZE, 11, 0.25);

  /** Rescans that have not drifted, at steps along the border, or inside. */
  function registrations(side: number, border: boolean): Registration[] {
    const last = SIZE - side;
    const steps = Array.from({ length: 9 }, (_, i) => Math.round((i * last) / 8));
    const isAtBorder = (y: number, x: number) => [0, last].includes(y) || [0, last].includes(x);
    return steps.flatMap((y) =>
      steps
        .filter((x) => isAtBorder(y, x) === border)
        .map((x) => register(simulated.scan, simulated.rescan(FINE * y, FINE * x, [side, side]), { y, x })),
    );
  }

  it.each([
    [7, 'at the border'],
    [8, 'at the border'],
    [10, 'at the border'],
    [7, 'inside'],
    [8, 'inside'],
  ])(
    'of %i pixels a side, %s, is neither moved nor refused where it has not drifted, 19 times of 20',
    (side, where) => {
      const found = registrations(side, where === 'at the border');
      expect(found.length).toBeGreaterThan(30);
      const isWrong = (one: Registration) =>
        one.verdict === 'refused' ||
        (one.verdict === 'registered' && (one.applied.y !== 0 || one.applied.x !== 0));
      expect(found.filter(isWrong).length).toBeLessThanOrEqual(found.length / 20);
    },
  );
});

describe('a rescan', () => {
  const of = spots(8);
  const scan = maps([40, 40], pattern(40, 9, of));
  const part = (y: number, x: number) =>
    maps(
      [20, 20],
      pattern(20, 10, (v, u) => of(v + y, u + x)),
    );

  it('is refused where it lies too far away', () => {
    expect(shiftLimit([20, 20])).toBe(5);
    const found = register(scan, part(16, 10), { y: 10, x: 10 });
    expect(found).toMatchObject({ verdict: 'refused' });
    expect(found).toHaveProperty(
      'words',
      expect.stringMatching(/6 pixels in y and 0 pixels in x .* at most 5/),
    );
  });

  it('is refused where it shows something else, or nothing is told of it, in 19 of 20 cases', () => {
    const verdicts = Array.from({ length: 20 }, (_, n) => {
      const other = maps([20, 20], pattern(20, 11, spots(100 + n)));
      return register(scan, other, { y: 10, x: 10 });
    });
    expect(verdicts.filter(({ verdict }) => verdict === 'registered').length).toBeLessThanOrEqual(1);
    expect(verdicts.filter(({ verdict }) => verdict === 'refused').length).toBeGreaterThan(5);
  });

  it('is refused where it fits in several places, and the one where it was said to lie is none of them', () => {
    const lattice = (y: number, x: number) =>
      20 * Math.sin((2 * Math.PI * y) / 6) * Math.sin((2 * Math.PI * x) / 6);
    const at = (x: number) =>
      register(maps([40, 40], pattern(40, 13, lattice)), maps([20, 20], pattern(20, 14, lattice)), {
        y: 12,
        x,
      });
    expect(at(13)).toMatchObject({
      verdict: 'refused',
      words: expect.stringContaining('equally well'),
    });
    // Where it was said to lie is as likely as the others, and nearer.
    expect(at(12).verdict).toBe('untold');
  });

  it('stays where it was said to lie in a specimen of layers, along which nothing tells a shift, in 20 of 20 cases', () => {
    for (let seed = 0; seed < 20; seed++) {
      const layers = (_: number, x: number) => (x < 18 ? 100 : 60);
      const found = register(
        maps([40, 40], pattern(40, 300 + seed, layers)),
        maps(
          [20, 20],
          pattern(20, 400 + seed, (y, x) => layers(y, x + 8)),
        ),
        { y: 8, x: 8 },
      );
      expect(found.verdict).not.toBe('refused');
      if (found.verdict === 'registered') expect(found.applied).toEqual({ y: 0, x: 0 });
    }
  });

  it('stays where it was said to lie when nothing tells more, in 40 of 40 cases', () => {
    for (let seed = 0; seed < 40; seed++) {
      const flat = () => 100;
      const found = register(
        maps([40, 40], pattern(40, 100 + seed, flat)),
        maps([20, 20], pattern(20, 200 + seed, flat)),
        { y: 8, x: 8 },
      );
      expect(found.verdict).toBe('untold');
    }
    expect(register(scan, maps([5, 20], new Float64Array(100)), { y: 0, x: 0 }).verdict).toBe('untold');
  });
});
