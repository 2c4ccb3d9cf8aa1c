import { Matrix, solve } from 'ml-matrix';

/** Least noise power at any frequency, as a share of the mean: the accuracy of the estimate. */
const LEAST_POWER = 0.1;
/** Least significant correlation, and its number of standard errors. */
const LEAST_CORRELATION = 0.01;
const STANDARD_ERRORS = 4;
/** A pixel compared with both neighbours counts twice: as many products are worth one independent one. */
const OVERLAP = 1.5;

/**
 * Correlation at distances 1, 2, … from products of residuals, up to the last distance at which it clearly exceeds its
 * standard error (Bartlett 1946). Unbiased for residuals P·x that polynomials were taken from: the products at distance l,
 * xᵀ·P·Sₗ·P·x, are on average Σₘ r(m) tr(P·Tₘ·P·Sₗ), with 1 at distance l in Sₗ and on both sides in Tₘ; solved for r.
 * @param products by distance, the one at distance 0 first, sums of as many as there are in a residual
 * @param samples products at distance 0 in all
 */
export function correlationOf(products: Float64Array, basis: SmoothBasis, samples: number): number[] {
  const reach = Math.min(products.length - 1, Math.floor(basis[0].length / 3));
  if (!(products[0] > 0) || reach < 1) return [];
  const solved = solve(
    productWeights(basis, reach),
    Matrix.columnVector([...products.subarray(0, reach + 1)]),
  );
  const [variance, ...covariances] = solved.to1DArray();
  const all = covariances.map((value) => value / variance);
  const squares = all.reduce((sum, r) => sum + r * r, 0);
  const error = Math.sqrt(((1 + 2 * squares) * OVERLAP) / Math.max(samples, 1));
  const least = Math.max(LEAST_CORRELATION, STANDARD_ERRORS * error);
  return all.slice(0, all.findLastIndex((r) => Math.abs(r) > least) + 1);
}

/** tr(P·Tₘ·P·Sₗ) in row l and column m, P = 1 − Σ q·qᵀ. */
function productWeights(basis: SmoothBasis, reach: number): Matrix {
  const n = basis[0].length;
  const dot = (a: Float64Array, b: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
  };
  const moved = Array.from({ length: reach + 1 }, (_, lag) =>
    basis.map((q) =>
      lag === 0 ? q : q.map((_, i) => (i >= lag ? q[i - lag] : 0) + (i + lag < n ? q[i + lag] : 0)),
    ),
  );
  const crossed = moved.map((own) => basis.map((q) => own.map((other) => dot(q, other))));
  const weights = Matrix.zeros(reach + 1, reach + 1);
  for (let l = 0; l <= reach; l++)
    for (let m = 0; m <= reach; m++) {
      // Sₗ is Tₗ / 2 for l > 0, and T₀ = S₀ = 1.
      let trace = l !== m ? 0 : l === 0 ? n : 2 * (n - l);
      for (let j = 0; j < basis.length; j++) {
        trace -= 2 * dot(moved[m][j], moved[l][j]);
        for (let k = 0; k < basis.length; k++) trace += crossed[m][j][k] * crossed[l][k][j];
      }
      weights.set(l, m, l === 0 ? trace : trace / 2);
    }
  return weights;
}

/** Orthonormal polynomials of n points, the constant one first. */
export type SmoothBasis = readonly Float64Array[];

export function smoothBasis(n: number, degree: number): SmoothBasis {
  const basis: Float64Array[] = [];
  for (let power = 0; power <= Math.min(degree, n - 1); power++) {
    const values = Float64Array.from({ length: n }, (_, i) => ((2 * i + 1) / n - 1) ** power);
    takeSmooth(values, basis);
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    basis.push(values.map((value) => value / norm));
  }
  return basis;
}

/** Subtracts the polynomial fit from values. */
export function takeSmooth(values: Float64Array, basis: SmoothBasis): void {
  for (const q of basis) {
    let sum = 0;
    for (let i = 0; i < q.length; i++) sum += q[i] * values[i];
    for (let i = 0; i < q.length; i++) values[i] -= q[i] * sum;
  }
}

/** Variance of sums over `width` neighbouring channels, over that of independent ones. */
export function sumVariance(correlation: readonly number[], width: number): number {
  let variance = 1;
  for (let lag = 1; lag <= correlation.length && lag < width; lag++)
    variance += 2 * (1 - lag / width) * correlation[lag - 1];
  return Math.max(variance, LEAST_POWER);
}

/** Correlation of sums over `width` neighbouring channels, 1, 2, … such sums apart. */
export function sumCorrelation(correlation: readonly number[], width: number): number[] {
  if (correlation.length === 0) return [];
  const variance = width * sumVariance(correlation, width);
  return Array.from({ length: Math.ceil((correlation.length + width - 1) / width) }, (_, i) => {
    let sum = 0;
    for (let n = 1 - width; n < width; n++)
      sum += (width - Math.abs(n)) * (correlation[(i + 1) * width + n - 1] ?? 0);
    return sum / variance;
  });
}

/**
 * Correlation matrix of channels `size` × `size`. Estimated correlations need not belong to any noise: their power
 * spectrum may be negative. It is raised where it is below a tenth of the mean, which adds noise and takes none away, and
 * leaves a positive definite matrix.
 */
export function correlationMatrix(correlation: readonly number[], size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  const raised = raisedCorrelation(correlation, size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) matrix[i * size + j] = raised[Math.abs(i - j)];
  return matrix;
}

/** Distances 0 … size − 1, by way of a circle of channels on which no distance of the matrix closes. */
function raisedCorrelation(correlation: readonly number[], size: number): Float64Array {
  const raised = new Float64Array(size);
  raised[0] = 1;
  for (let lag = 1; lag <= correlation.length && lag < size; lag++) raised[lag] = correlation[lag - 1];
  if (correlation.length === 0) return raised;
  const circle = 2 * (size + correlation.length);
  const cosines = Float64Array.from({ length: circle }, (_, i) => Math.cos((2 * Math.PI * i) / circle));
  for (let k = 0; k < circle; k++) {
    let power = 1;
    for (let lag = 1; lag <= correlation.length; lag++)
      power += 2 * correlation[lag - 1] * cosines[(k * lag) % circle];
    const missing = LEAST_POWER - power;
    if (missing > 0)
      for (let lag = 0; lag < size; lag++) raised[lag] += (missing / circle) * cosines[(k * lag) % circle];
  }
  return raised;
}
