import { CholeskyDecomposition, EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import type { CovarianceAccumulator } from './covariance.ts';
import { noiseEdge } from './noise-edge.ts';
import type { NoiseSpread } from './signal-noise.ts';

/** Fewest and most components kept, overriding the rule. */
const MIN_COMPONENTS = 2;
const MAX_COMPONENTS = 12;
/** Variances below this share of the largest are rounding of float32 spectra. */
const ROUNDING = 1e-10;

/** A fitted basis: scores = (x − mean)·projection; the column weights are part of the projection. */
export interface PcaBasis {
  dimension: number;
  components: number;
  mean: Float64Array;
  /** components × dimension: applied to centred spectra gives scores in units of noise. */
  projection: Float64Array;
  /** components × dimension: scores times this, plus the mean, reconstructs the spectrum. */
  componentSpectra: Float64Array;
  /**
   * Components that stand clear of the noise, by Gavish–Donoho: 0 when all spectra are equal within noise, including
   * the effects of rows of unequal noise and of the divisor's noise.
   */
  significant: number;
  /** Share of the weighted variance, one per component. */
  explained: number[];
}

export interface PcaOptions {
  /** Least number of components to keep, 2 or more. */
  fewest?: number | undefined;
  /** Further noise properties, where its scale is known, for the number of components. */
  spread?: NoiseSpread;
  /** Spectra of which nothing is to be in the components: scores do not change when any share of them is added. */
  without?: readonly Float64Array[] | undefined;
}

/**
 * Number of components by Gavish & Donoho's optimal hard threshold for singular values with unknown noise
 * (arXiv:1305.5870): keep s > ω(β)·median(s), β = min(n, p)/max(n, p), ω ≈ 0.56β³ − 0.95β² + 1.82β + 1.43.
 * @param eigenvalues of the covariance, descending, length min(n, p) or more
 */
export function gavishDonoho(eigenvalues: ArrayLike<number>, rows: number): number {
  return countAbove(eigenvalues, rows, unknownNoiseThreshold(eigenvalues, rows));
}

/** Eigenvalues, descending, that exceed a threshold: not more than there are rows. */
function countAbove(eigenvalues: ArrayLike<number>, rows: number, threshold: number): number {
  const rank = Math.min(rows, eigenvalues.length);
  let count = 0;
  while (count < rank && eigenvalues[count] > threshold) count++;
  return count;
}

/** Gavish and Donoho's limit for unknown noise, for eigenvalues: the square of that for singular values. */
function unknownNoiseThreshold(eigenvalues: ArrayLike<number>, rows: number): number {
  const p = eigenvalues.length;
  const rank = Math.min(rows, p);
  const β = rank / Math.max(rows, p);
  const ω = 0.56 * β ** 3 - 0.95 * β ** 2 + 1.82 * β + 1.43;
  const singular = (i: number) => Math.sqrt(Math.max(eigenvalues[i], 0));
  const middle = rank >> 1;
  const median = rank % 2 === 1 ? singular(middle) : (singular(middle - 1) + singular(middle)) / 2;
  return (ω * median) ** 2;
}

/** Share of rows, the noisiest, that are left out: a few of hardly any counts are not what a limit of many rows describes. */
const LEFT_OUT = 0.02;

/**
 * Their threshold for noise of variance 1, 2(β + 1) + 8β/(β + 1 + √(β² + 14β + 1)) in units of max(n, p)/n, and the factor by
 * which rows that are not equally noisy raise the edge of the noise.
 */
function knownNoise(rows: number, p: number, { variances, pixels }: NoiseSpread) {
  const β = Math.min(rows, p) / Math.max(rows, p);
  const optimal = 2 * (β + 1) + (8 * β) / (β + 1 + Math.sqrt(β * β + 14 * β + 1));
  let left = Math.floor(LEFT_OUT * rows);
  const usual = pixels.slice();
  for (let i = usual.length - 1; left > 0 && i >= 0; i--) {
    const taken = Math.min(left, usual[i]);
    usual[i] -= taken;
    left -= taken;
  }
  const mean = (counts: Float64Array) =>
    counts.reduce((sum, count, i) => sum + count * variances[i], 0) / counts.reduce((sum, n) => sum + n, 0);
  return {
    threshold: (optimal * (mean(usual) / mean(pixels)) * Math.max(rows, p)) / rows,
    raised: noiseEdge(variances, usual, p) / noiseEdge([1], [rows], p),
  };
}

const toMatrix = (values: Float64Array, size: number): Matrix =>
  Matrix.from1DArray(size, size, values as unknown as number[]);

/**
 * Principal components of spectra whose noise is made white first: with the noise covariance N = L·Lᵀ the
 * decomposition is that of L⁻¹·Σ·L⁻ᵀ, so equal distances in the scores mean equal significance, and the hard threshold
 * sees the white noise it assumes. For independent counting noise N is diagonal, and this is the optimal weighting of
 * Keenan & Kotula (Surf. Interface Anal. 36 (2004) 203). Signs are fixed by the largest loading being positive.
 * @param noise p × p, positive definite
 */
export function principalComponents(
  moments: CovarianceAccumulator,
  noise: Float64Array,
  { fewest = MIN_COMPONENTS, spread, without = [] }: PcaOptions = {},
): PcaBasis {
  const p = moments.dimension;
  const factor = new CholeskyDecomposition(toMatrix(noise, p)).lowerTriangularMatrix;
  const whiten = inverse(factor);
  const all = whiten.mmul(toMatrix(moments.covariance(), p)).mmul(whiten.transpose());
  const white = withoutDirections(
    all,
    without.map((spectrum) => whiten.mmul(Matrix.columnVector(Array.from(spectrum)))),
  );
  const evd = new EigenvalueDecomposition(white, { assumeSymmetric: true });
  const order = evd.realEigenvalues
    .map((value, column) => ({ value, column }))
    .sort((a, b) => b.value - a.value);
  const total = order.reduce((sum, { value }) => sum + Math.max(value, 0), 0);
  const eigenvalues = order.map(({ value }) => value);
  const known = spread && knownNoise(moments.count, p, spread);
  const threshold = Math.max(unknownNoiseThreshold(eigenvalues, moments.count), known?.threshold ?? 0);
  const clear = countAbove(eigenvalues, moments.count, threshold);
  const scale = spread && whiten.mmul(Matrix.columnVector(Array.from(spread.scale)));
  const ownNoise = (k: number) =>
    1 + (scale ? evd.eigenvectorMatrix.getColumnVector(order[k].column).dot(scale) ** 2 : 0);
  const isSignal = (value: number, k: number) =>
    k < clear && value > threshold * (known?.raised ?? 1) * ownNoise(k);
  const significant = eigenvalues.some(isSignal) ? clear : 0;
  const real = order.filter(({ value }) => value > ROUNDING * order[0].value).length;
  const kept = Math.min(Math.max(significant, fewest, MIN_COMPONENTS), MAX_COMPONENTS, Math.max(real, 1));
  const projection = new Float64Array(kept * p);
  const componentSpectra = new Float64Array(kept * p);
  for (let k = 0; k < kept; k++) {
    const vector = evd.eigenvectorMatrix.getColumnVector(order[k].column);
    const shown = factor.mmul(vector).to1DArray();
    const largest = shown.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    const sign = largest < 0 ? -1 : 1;
    const applied = whiten.transpose().mmul(vector).to1DArray();
    for (let i = 0; i < p; i++) {
      projection[k * p + i] = sign * applied[i];
      componentSpectra[k * p + i] = sign * shown[i];
    }
  }
  return {
    dimension: p,
    components: kept,
    significant: Math.min(significant, real),
    mean: Float64Array.from(moments.mean),
    projection,
    componentSpectra,
    explained: order.slice(0, kept).map(({ value }) => (total > 0 ? Math.max(value, 0) / total : 0)),
  };
}

/** A symmetric matrix on what is at right angles to some directions. */
function withoutDirections(matrix: Matrix, directions: readonly Matrix[]): Matrix {
  let left = matrix;
  const units: Matrix[] = [];
  for (const direction of directions) {
    const rest = units.reduce((rest, unit) => Matrix.sub(rest, Matrix.mul(unit, unit.dot(rest))), direction);
    // Skips a linear combination of earlier directions, whose residual is rounding.
    if (!(rest.norm() > 1e-6 * direction.norm())) continue;
    const unit = rest.div(rest.norm());
    units.push(unit);
    const away = Matrix.eye(matrix.rows).sub(unit.mmul(unit.transpose()));
    left = away.mmul(left).mmul(away);
  }
  return left;
}

/** Scores of one spectrum `x` (at `from` in `data`) into `out` at `to`. */
export function project(
  basis: PcaBasis,
  data: Float32Array,
  from: number,
  out: Float32Array,
  to: number,
): void {
  const { dimension: p, mean, projection } = basis;
  for (let k = 0; k < basis.components; k++) {
    let score = 0;
    for (let i = 0, l = k * p; i < p; i++, l++) score += (data[from + i] - mean[i]) * projection[l];
    out[to + k] = score;
  }
}

/** The spectrum that `scores` (at `from`) stand for, in the units of the rows the basis was fitted on. */
export function reconstruct(basis: PcaBasis, scores: Float32Array, from: number): Float64Array {
  const { dimension: p, componentSpectra } = basis;
  const spectrum = Float64Array.from(basis.mean);
  for (let k = 0; k < basis.components; k++)
    for (let i = 0; i < p; i++) spectrum[i] += scores[from + k] * componentSpectra[k * p + i];
  return spectrum;
}
