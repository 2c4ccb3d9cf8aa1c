import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CovarianceAccumulator } from '../../../../server/analysis/decomposition/covariance.ts';
import {
  gavishDonoho,
  principalComponents,
  project,
  reconstruct,
} from '../../../../server/analysis/decomposition/pca.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { oracle } from '../../../support/oracle.ts';

const fixture = oracle<{
  pca: { rows: number[][]; mean: number[]; variances: number[]; ratios: number[]; components: number[][] };
}>('analysis').pca;
const p = fixture.rows[0].length;

function moments(rows: number[][], batches: number[]): CovarianceAccumulator {
  const accumulator = new CovarianceAccumulator(rows[0].length);
  let at = 0;
  for (const batch of [...batches, rows.length]) {
    const part = rows.slice(at, at + batch);
    accumulator.add(Float32Array.from(part.flat()), part.length);
    at += batch;
  }
  return accumulator;
}

const identity = (size: number) =>
  Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));

describe('principal components', () => {
  it('equal scikit-learn for white noise', () => {
    const basis = principalComponents(moments(fixture.rows, []), identity(p), { fewest: 3 });
    fixture.mean.forEach((value, i) => {
      expect(basis.mean[i]).toBeCloseTo(value, 5);
    });
    basis.explained.forEach((share, k) => {
      expect(share).toBeCloseTo(fixture.ratios[k], 5);
    });
    fixture.components.slice(0, 3).forEach((component, k) => {
      const cosine = component.reduce((sum, value, i) => sum + value * basis.projection[k * p + i], 0);
      expect(Math.abs(cosine)).toBeCloseTo(1, 5);
    });
  });

  it('do not depend on how the rows were cut into batches', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }), (batches) => {
        const whole = moments(fixture.rows, []).covariance();
        const cut = moments(fixture.rows, batches).covariance();
        whole.forEach((value, i) => {
          expect(Math.abs(cut[i] - value)).toBeLessThan(1e-9 * 30);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('are none where noise is that of the divisor, or not the same in all rows', () => {
    const random = createRandom(3);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const [size, n] = [100, 800];
    const even = { variances: Float64Array.of(1), pixels: Float64Array.of(n), scale: new Float64Array(size) };
    // What all channels share, with three times the variance of a channel in its own direction.
    const scale = Float64Array.from({ length: size }, () => Math.sqrt(3 / size));
    const divided = Array.from({ length: n }, () => {
      const common = normal();
      return Array.from(scale, (share) => normal() + share * common);
    });
    const found = (rows: number[][], spread = even) =>
      principalComponents(moments(rows, []), identity(size), { spread }).significant;
    expect(found(divided)).toBe(1);
    expect(found(divided, { ...even, scale })).toBe(0);
    // One row in eight has 50 times the noise of the others.
    const uneven = Array.from({ length: n }, (_, row) => {
      const deviation = row % 8 === 0 ? Math.sqrt(7) : Math.sqrt(0.14);
      return Array.from({ length: size }, () => deviation * normal());
    });
    const spread = {
      ...even,
      variances: Float64Array.of(0.14, 7),
      pixels: Float64Array.of((7 * n) / 8, n / 8),
    };
    expect(found(uneven)).toBeGreaterThan(0);
    expect(found(uneven, spread)).toBe(0);
    // A component of its own stays one.
    const signal = uneven.map((row, p) => row.map((value, i) => value + (p % 2) * (i % 2)));
    expect(found(signal, spread)).toBeGreaterThan(0);
  });

  it('see through correlated noise', () => {
    // Pure noise with correlation 0.6 between neighbours: no component stands out once it is made white.
    const size = 30;
    const noise = Float64Array.from(
      { length: size * size },
      (_, i) => 0.6 ** Math.abs(Math.floor(i / size) - (i % size)),
    );
    let state = 1;
    const normal = () => {
      let sum = -6;
      for (let i = 0; i < 12; i++) {
        state = (state * 16807) % 2147483647;
        sum += state / 2147483647;
      }
      return sum;
    };
    const rows = Array.from({ length: 600 }, () => {
      const row = [normal()];
      while (row.length < size) row.push(0.6 * (row.at(-1) as number) + 0.8 * normal());
      return row;
    });
    const naive = principalComponents(moments(rows, []), identity(size));
    const white = principalComponents(moments(rows, []), noise);
    expect(naive.components).toBeGreaterThan(4);
    expect(white.components).toBe(2);
  });

  it('reconstruct what they can represent', () => {
    const basis = principalComponents(moments(fixture.rows, []), identity(p), { fewest: 12 });
    const scores = new Float32Array(12);
    const row = Float32Array.from(fixture.rows[5]);
    project(basis, row, 0, scores, 0);
    const back = reconstruct(basis, scores, 0);
    const error = row.reduce((sum, value, i) => sum + (value - back[i]) ** 2, 0) / p;
    expect(Math.sqrt(error)).toBeLessThan(1);
  });
});

describe('gavishDonoho', () => {
  it('keeps what stands clear of the bulk', () => {
    const eigenvalues = [400, 100, 25, ...Array.from({ length: 37 }, (_, i) => 1.4 - 0.02 * i)];
    expect(gavishDonoho(eigenvalues, 2000)).toBe(3);
  });
});
