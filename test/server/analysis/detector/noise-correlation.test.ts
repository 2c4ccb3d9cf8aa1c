import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import {
  correlationMatrix,
  correlationOf,
  smoothBasis,
  sumCorrelation,
  sumVariance,
  takeSmooth,
} from '../../../../server/analysis/detector/noise-correlation.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';

const KERNELS = [
  [0.15, 0.7, 0.15],
  [0.5, 0.3, 0.2],
  [0.05, 0.2, 0.5, 0.2, 0.05],
  new Array(9).fill(1 / 9),
  [0.4, 0.25, 0.15, 0.12, 0.08],
  // Neighbours that share noise with opposite signs, as sharpening leaves it.
  [-0.2, 1, -0.2],
];

/** Correlation of white noise that a kernel was applied to: Σ w_k·w_{k+l} / Σ w². */
function closedForm(kernel: number[]): number[] {
  const at = (lag: number) => kernel.reduce((sum, weight, k) => sum + weight * (kernel[k + lag] ?? 0), 0);
  return kernel.slice(1).map((_, i) => at(i + 1) / at(0));
}

const toeplitz = (r: number[], n: number) =>
  Matrix.from1DArray(
    n,
    n,
    Array.from({ length: n * n }, (_, i) => {
      const apart = Math.abs(Math.floor(i / n) - (i % n));
      return apart === 0 ? 1 : (r[apart - 1] ?? 0);
    }),
  );

const smallest = (matrix: Matrix) =>
  Math.min(...new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues);

describe('correlation of channels', () => {
  it.each(KERNELS)('is found without bias: mean products of residuals give %s, %s, %s …', (...kernel) => {
    const r = closedForm(kernel);
    const n = 36;
    const basis = smoothBasis(n, 2);
    // P·R·P by dense matrices: its diagonals are what products of residuals are on average.
    const project = Matrix.eye(n);
    for (const q of basis) project.sub(Matrix.columnVector([...q]).mmul(Matrix.rowVector([...q])));
    const mean = project.mmul(toeplitz(r, n)).mmul(project);
    const products = Float64Array.from({ length: 13 }, (_, lag) => {
      let sum = 0;
      for (let i = lag; i < n; i++) sum += mean.get(i, i - lag);
      return sum;
    });
    const found = correlationOf(products, basis, 1e9);
    expect(found.length).toBeGreaterThanOrEqual(r.findLastIndex((value) => Math.abs(value) > 0.01) + 1);
    // Below a hundredth, at the end, they are left out.
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(r[i] ?? 0, 9);
  });

  it.each(KERNELS)('is found in simulated noise over slopes that differ: %s, %s, %s …', (...kernel) => {
    const random = createRandom(11);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const [n, rows] = [60, 2000];
    const basis = smoothBasis(n, 2);
    const products = new Float64Array(13);
    for (let row = 0; row < rows; row++) {
      const raw = Float64Array.from({ length: n + kernel.length }, normal);
      const slope = 0.1 * normal();
      const values = Float64Array.from(
        { length: n },
        (_, i) => slope * i + kernel.reduce((sum, weight, k) => sum + weight * raw[i + k], 0),
      );
      takeSmooth(values, basis);
      for (let lag = 0; lag < products.length; lag++)
        for (let i = lag; i < n; i++) products[lag] += values[i] * values[i - lag];
    }
    const found = correlationOf(products, basis, n * rows);
    for (const [i, value] of closedForm(kernel).entries())
      expect(Math.abs((found[i] ?? 0) - value)).toBeLessThan(0.03);
    expect(found.length).toBeLessThanOrEqual(kernel.length + 1);
  });

  it('is none for independent channels', () => {
    const basis = smoothBasis(30, 0);
    // A constant taken from independent values leaves −1/n between all of them.
    const products = Float64Array.from({ length: 13 }, (_, lag) => (lag === 0 ? 29 : -(30 - lag) / 30));
    expect(correlationOf(products, basis, 1e9)).toEqual([]);
  });
});

describe('correlation matrix', () => {
  it.each(KERNELS.filter((kernel) => kernel.length === 3 && kernel[1] > 0.6))(
    'is that of the channels where every frequency has noise: %s, %s, %s',
    (...kernel) => {
      const r = closedForm(kernel);
      const matrix = correlationMatrix(r, 20);
      toeplitz(r, 20)
        .to1DArray()
        .forEach((value, i) => {
          expect(matrix[i]).toBeCloseTo(value, 12);
        });
    },
  );

  it.each([...KERNELS.map(closedForm), [0.9], [0.7, 0.1, -0.3], [-0.8]])(
    'is positive definite and states no less noise in any direction: %s, %s, %s …',
    (...r) => {
      const size = 50;
      const matrix = Matrix.from1DArray(size, size, [...correlationMatrix(r, size)]);
      expect(smallest(matrix)).toBeGreaterThanOrEqual(0.1 - 1e-9);
      expect(smallest(Matrix.sub(matrix, toeplitz(r, size)))).toBeGreaterThan(-1e-9);
    },
  );
});

it('variance and correlation of sums over channels are those of the matrix of channels', () => {
  for (const kernel of KERNELS)
    for (const width of [1, 2, 3, 8]) {
      const r = closedForm(kernel);
      const n = 5 * width;
      const add = Matrix.zeros(5, n);
      for (let i = 0; i < n; i++) add.set(Math.floor(i / width), i, 1);
      const sums = add.mmul(toeplitz(r, n)).mmul(add.transpose());
      const variance = sumVariance(r, width);
      expect(variance).toBeCloseTo(Math.max(sums.get(2, 2) / width, 0.1), 10);
      if (sums.get(2, 2) / width < 0.1) continue;
      const found = sumCorrelation(r, width);
      for (let apart = 1; apart <= 2; apart++)
        expect(found[apart - 1] ?? 0).toBeCloseTo(sums.get(2, 2 - apart) / sums.get(2, 2), 10);
    }
});
