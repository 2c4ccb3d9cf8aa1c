import { describe, expect, it } from 'vitest';
import {
  doseTrend,
  type ExposureSums,
  isDamaged,
  spectrumChange,
} from '../../../../server/analysis/scan/damage.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const CHANNELS = 120;
const bad = new Uint8Array(CHANNELS);
bad[50] = 1;

/** A background with an edge and its near-edge peak, `moved` channels upwards; Σ over pixels. */
const expected =
  (counts: number, peak: number, moved = 0) =>
  (i: number) => {
    const at = i - moved;
    const edge =
      at > 60 ? 0.4 + peak * Math.exp(-0.5 * ((at - 66) / 3) ** 2) : 0.4 / (1 + Math.exp(-(at - 60)));
    return counts * (1 + at / 60) ** -1.5 * (1 + edge);
  };

/** Noise of variance gain × mean, shared by neighbouring channels by the share ρ of it. */
function noisy(normal: () => number, mean: (i: number) => number, gain: number, rho: number): Float64Array {
  const white = Float64Array.from({ length: CHANNELS + 1 }, normal);
  const [a, b] = [Math.sqrt((1 + Math.sqrt(1 - 4 * rho * rho)) / 2), 0];
  const c = b + rho / a;
  return Float64Array.from(
    { length: CHANNELS },
    (_, i) => mean(i) + Math.sqrt(gain * mean(i)) * (a * white[i] + c * white[i + 1]),
  );
}

interface Case {
  counts: number;
  change?: number;
  factor?: number;
  moved?: number;
  gain?: number;
  rho?: number;
}

/** A first exposure, and one of twice the dwell, of the same pixels. */
function sums(
  seed: number,
  { counts, change = 0, factor = 1, moved = 0, gain = 1, rho = 0 }: Case,
): ExposureSums {
  const normal = normals(seed);
  const once = noisy(normal, expected(counts, 1), gain, rho);
  const later = noisy(normal, (i) => 2 * factor * expected(counts, 1 + change, moved)(i), gain, rho);
  return {
    later,
    first: once.map((value) => 2 * value),
    firstVariance: once.map((value) => 4 * Math.max(value, 0)),
  };
}

const changeOf = (of: ExposureSums, gain = 1, rho = 0) => {
  const found = spectrumChange(of, bad, { gain, correlation: rho === 0 ? [] : [rho] });
  if (!found) throw new Error('expected a comparison');
  return found;
};

describe('a class that is exposed twice', () => {
  it.each<[string, Case]>([
    ['of few counts', { counts: 60 }],
    ['of many counts', { counts: 5e5 }],
    ['with another beam current and a drift of the axis', { counts: 2e4, factor: 1.2, moved: 0.3 }],
    ['on a detector of gain 10', { counts: 2e4, gain: 10 }],
    ['on a detector whose channels share their noise', { counts: 2e4, gain: 4, rho: 0.4 }],
  ])('%s is not said to have changed, but for one in a hundred', (_, of) => {
    let alarms = 0;
    let mean = 0;
    for (let seed = 0; seed < 200; seed++) {
      const found = changeOf(sums(seed, of), of.gain, of.rho);
      mean += found.chiSquared / 200;
      if (isDamaged(found, 1)) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(3);
    expect(mean).toBeLessThan(1.15);
  });

  it('has its factor and its shift told apart from a change', () => {
    const { factor, shift } = changeOf(sums(1, { counts: 1e5, factor: 0.9, moved: 0.2 }));
    expect(factor).toBeCloseTo(0.9, 2);
    expect(Math.abs(shift - 0.2)).toBeLessThan(0.1);
  });

  it('is said to have changed where its near-edge peak has, and where', () => {
    let detected = 0;
    for (let seed = 0; seed < 50; seed++) {
      const found = changeOf(sums(seed, { counts: 1e4, change: -0.25 }));
      if (!isDamaged(found, 5)) continue;
      detected++;
      expect(Math.abs(found.channel - 66)).toBeLessThan(8);
      expect(found.relative).toBeLessThan(0);
      expect(found.relative).toBeGreaterThan(-0.2);
    }
    expect(detected).toBeGreaterThanOrEqual(48);
  });

  it('is not compared without counts', () => {
    const none = new Float64Array(CHANNELS);
    expect(
      spectrumChange({ later: none, first: none, firstVariance: none }, bad, { gain: 1, correlation: [] }),
    ).toBeUndefined();
  });
});

describe('the trend with dose', () => {
  it('is the weighted straight line', () => {
    const points = [0.5, 1.5, 2.5, 4].map((dose, i) => ({
      dose,
      signal: 1 - 0.03 * (dose - 0.5),
      sigma: 0.01 * (1 + i),
    }));
    const line = doseTrend(points);
    expect(line?.slope).toBeCloseTo(-0.03, 10);
    expect(line?.sigma).toBeGreaterThan(0);
  });

  it('needs two doses', () => {
    expect(doseTrend([{ dose: 1, signal: 1, sigma: 0.1 }])).toBeUndefined();
    expect(doseTrend([])).toBeUndefined();
  });
});
