import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchComponents } from '../../../../server/analysis/decomposition/component-match.ts';
import { CovarianceAccumulator } from '../../../../server/analysis/decomposition/covariance.ts';
import { gavishDonoho, principalComponents } from '../../../../server/analysis/decomposition/pca.ts';
import { oracle } from '../../../support/oracle.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const fixture = oracle<{
  moments: { rows: number[][]; mean: number[]; covariance: number[] };
  poisson: { rows: number[][]; columnWeights: number[]; ratios: number[] };
  gavishDonoho: { rows: number; eigenvalues: number[]; kept: number }[];
}>('pca');

const { rows } = fixture.moments;
const p = rows[0].length;
const scale = Math.max(...fixture.moments.covariance);

/** Largest deviation from numpy's batch result, relative to the largest variance and to the mean. */
function deviation(moments: CovarianceAccumulator): number {
  const covariance = moments.covariance().map((value, i) => (value - fixture.moments.covariance[i]) / scale);
  const mean = moments.mean.map((value, i) => value / fixture.moments.mean[i] - 1);
  return Math.max(...[...covariance, ...mean].map(Math.abs));
}

/** The rows in some order, cut into batches. */
function streamed(
  order: number[],
  cuts: number[],
  of: (values: number[]) => Float32Array | Float64Array = (values) => Float64Array.from(values),
) {
  const moments = new CovarianceAccumulator(p);
  for (let at = 0, c = 0; at < order.length; c++) {
    const batch = order.slice(at, at + (cuts[c] ?? order.length));
    moments.add(of(batch.flatMap((row) => rows[row])), batch.length);
    at += batch.length;
  }
  return moments;
}

const anyOrder = fc.shuffledSubarray(
  rows.map((_, i) => i),
  { minLength: rows.length },
);
const anyCuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 });

describe('streamed mean and covariance', () => {
  it('take a row of weight n for n rows, in any batches and parts', () => {
    const weights = rows.map((_, i) => 1 + (i % 3));
    const repeated = new CovarianceAccumulator(p);
    for (const [i, row] of rows.entries())
      for (let n = 0; n < weights[i]; n++) repeated.add(Float64Array.from(row), 1);
    fc.assert(
      fc.property(anyOrder, anyCuts, (order, cuts) => {
        const weighted = new CovarianceAccumulator(p);
        for (let at = 0, c = 0; at < order.length; c++) {
          const batch = order.slice(at, at + (cuts[c] ?? order.length));
          const part = new CovarianceAccumulator(p);
          part.add(
            Float64Array.from(batch.flatMap((row) => rows[row])),
            batch.length,
            batch.map((row) => weights[row]),
          );
          // Some are merged, as blocks of a fit are, others added in place.
          if (c % 2) weighted.merge(part.drain());
          else
            weighted.add(
              Float64Array.from(batch.flatMap((row) => rows[row])),
              batch.length,
              batch.map((row) => weights[row]),
            );
          at += batch.length;
        }
        expect(weighted.count).toBe(rows.length);
        // Divisors: n − 1 of the rows there are, and of the repeated ones.
        const [n, all] = [rows.length, repeated.count];
        const [own, other] = [weighted.covariance(), repeated.covariance()];
        const apart = own.map((value, i) => (value * (n - 1)) / n - (other[i] * (all - 1)) / all);
        expect(Math.max(...apart.map(Math.abs)) / scale).toBeLessThan(1e-9);
        weighted.mean.forEach((value, i) => {
          expect(value).toBeCloseTo(repeated.mean[i], 9);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('have the bytes of unweighted rows where all weights are 1, but for what a square root of 1 does', () => {
    const [plain, weighted] = [new CovarianceAccumulator(p), new CovarianceAccumulator(p)];
    const data = Float64Array.from(rows.flat());
    plain.add(data, rows.length);
    weighted.add(
      data,
      rows.length,
      rows.map(() => 1),
    );
    expect(weighted.covariance()).toEqual(plain.covariance());
  });

  it('equal numpy in float64 to 1e-9, for any order and blocks', () => {
    fc.assert(
      fc.property(anyOrder, anyCuts, (order, cuts) => {
        expect(deviation(streamed(order, cuts))).toBeLessThan(1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it('equal numpy to 1e-4 when the rows come as float32', () => {
    // Samples of 10⁴ with a spread of 3 keep four digits of the spread in float32.
    const narrow = (values: number[]) => Float32Array.from(values);
    expect(deviation(streamed([...rows.keys()], [17, 5], narrow))).toBeLessThan(1e-4);
  });

  it('equal numpy when blocks of rows are handed over and merged, and begin afresh after that', () => {
    fc.assert(
      fc.property(anyOrder, anyCuts, fc.array(fc.nat(rows.length), { maxLength: 6 }), (order, cuts, ends) => {
        const whole = new CovarianceAccumulator(p);
        const bounds = [0, ...ends.sort((a, b) => a - b), rows.length];
        for (let block = 1; block < bounds.length; block++) {
          const part = streamed(order.slice(bounds[block - 1], bounds[block]), cuts);
          whole.merge(part.drain());
          expect(part.count).toBe(0);
          whole.merge(part.drain());
        }
        expect(whole.count).toBe(rows.length);
        expect(deviation(whole)).toBeLessThan(1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it('forget rows that are removed or replaced', () => {
    const normal = normals(3);
    fc.assert(
      fc.property(anyOrder, anyCuts, fc.integer({ min: 1, max: 60 }), (order, cuts, foreign) => {
        const moments = streamed(order.slice(0, 50), cuts);
        // Ten times as wide as the rows that stay: what cancels must not leave its rounding behind.
        const wrong = Float64Array.from({ length: foreign * p }, () => 1e4 + 30 * normal());
        moments.add(wrong, foreign);
        moments.add(Float64Array.from(order.slice(50).flatMap((row) => rows[row])), rows.length - 50);
        moments.remove(wrong, foreign);
        expect(moments.count).toBe(rows.length);
        expect(deviation(moments)).toBeLessThan(1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it('can be emptied, and not below nothing', () => {
    const moments = new CovarianceAccumulator(p);
    moments.add(Float64Array.from(rows[0]), 1);
    expect(() => moments.remove(Float64Array.from(rows.flat()), 2)).toThrow(RangeError);
    moments.remove(Float64Array.from(rows[0]), 1);
    expect(moments.count).toBe(0);
    moments.add(Float64Array.from(rows.flat()), rows.length);
    expect(deviation(moments)).toBeLessThan(1e-9);
  });
});

describe('weights for counting noise', () => {
  it('are those of HyperSpy, and so are the variances of what they weight', () => {
    const { poisson } = fixture;
    const channels = poisson.columnWeights.length;
    const moments = new CovarianceAccumulator(channels);
    moments.add(Float64Array.from(poisson.rows.flat()), poisson.rows.length);
    const factor = poisson.columnWeights[0] / moments.mean[0];
    poisson.columnWeights.forEach((weight, i) => {
      expect(weight / (factor * moments.mean[i])).toBeCloseTo(1, 12);
    });
    const noise = new Float64Array(channels * channels);
    for (let i = 0; i < channels; i++) noise[i * channels + i] = moments.mean[i];
    const { explained } = principalComponents(moments, noise, { fewest: 4 });
    explained.forEach((ratio, k) => {
      expect(Math.abs(ratio / poisson.ratios[k] - 1)).toBeLessThan(1e-9);
    });
  });
});

describe('the hard threshold', () => {
  it.each(fixture.gavishDonoho)('keeps as many components as numpy does of $rows rows', (one) => {
    expect(gavishDonoho(one.eigenvalues, one.rows)).toBe(one.kept);
  });
});

describe('components of a refit', () => {
  const normal = normals(8);
  const channels = 16;
  const shapes = [0, 1, 2].map((s) =>
    Array.from({ length: channels }, (_, i) => Math.sin((s + 1) * (i + 1))),
  );
  const identity = Float64Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) ? 0 : 1));
  const fitted = (strengths: number[]) => {
    const moments = new CovarianceAccumulator(channels);
    for (let row = 0; row < 300; row++) {
      const scores = strengths.map((strength) => strength * normal());
      const data = Float64Array.from({ length: channels }, (_, i) =>
        scores.reduce((sum, score, s) => sum + score * shapes[s][i], normal()),
      );
      moments.add(data, 1);
    }
    return principalComponents(moments, identity, { fewest: 3 });
  };
  const spectrumOf = (basis: ReturnType<typeof fitted>, k: number) =>
    basis.componentSpectra.subarray(k * channels, (k + 1) * channels);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

  it('keep their places and signs', () => {
    const before = fitted([6, 4, 2]);
    const swapped = fitted([4, 6, 2]);
    for (let i = 0; i < channels; i++) swapped.componentSpectra[2 * channels + i] *= -1;
    for (let i = 0; i < channels; i++) swapped.projection[2 * channels + i] *= -1;
    const after = matchComponents(swapped, before);
    for (let k = 0; k < 3; k++) expect(dot(spectrumOf(before, k), spectrumOf(after, k))).toBeGreaterThan(0.9);
    expect(after.explained[1]).toBeGreaterThan(after.explained[0]);
    expect([...after.explained].sort()).toEqual([...swapped.explained].sort());
  });

  it('of the same strength, whose directions chance turns, are turned back; of different strength they are not', () => {
    const before = fitted([6, 4, 2]);
    const mixed = (explained: number[]) => {
      const [c, s] = [Math.cos(0.75), Math.sin(0.75)];
      const turned = { ...before, explained };
      for (const rows of ['projection', 'componentSpectra'] as const) {
        turned[rows] = before[rows].slice();
        for (let i = 0; i < channels; i++) {
          const [a, b] = [before[rows][i], before[rows][channels + i]];
          turned[rows][i] = s * a - c * b;
          turned[rows][channels + i] = -c * a - s * b;
        }
      }
      return matchComponents(turned, before);
    };
    const cosines = (after: typeof before) =>
      [0, 1, 2].map((k) => dot(spectrumOf(before, k), spectrumOf(after, k)));
    for (const cosine of cosines(mixed([0.41, 0.4, 0.1]))) expect(cosine).toBeGreaterThan(0.999);
    expect(mixed([0.41, 0.4, 0.1]).explained[0]).toBeCloseTo(0.405, 2);
    expect(Math.min(...cosines(mixed([0.6, 0.3, 0.1])))).toBeLessThan(0.9);
  });

  it('are as many as before at least', () => {
    const moments = new CovarianceAccumulator(channels);
    for (let row = 0; row < 300; row++)
      moments.add(
        Float64Array.from(shapes[0], (value) => 6 * value * (row % 2) + normal()),
        1,
      );
    expect(principalComponents(moments, identity).components).toBe(2);
    expect(principalComponents(moments, identity, { fewest: 4 }).components).toBe(4);
    expect(principalComponents(moments, identity, { fewest: 4 }).significant).toBe(1);
  });

  it('span what they spanned', () => {
    const before = fitted([6, 4, 2]);
    const plain = fitted([5, 5, 1]);
    const after = matchComponents(plain, before);
    const norm = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
    expect(norm(after.projection)).toBeCloseTo(norm(plain.projection), 9);
    for (let k = 0; k < 3; k++)
      expect(
        dot(after.projection.subarray(k * channels, (k + 1) * channels), spectrumOf(after, k)),
      ).toBeCloseTo(1, 9);
  });
});
