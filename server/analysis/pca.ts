import { CholeskyDecomposition, EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import type { CovarianceAccumulator } from './covariance.ts';

/** Fewest and most components kept, whatever the rule says. */
const MIN_COMPONENTS = 2;
const MAX_COMPONENTS = 12;
/** Variances below this share of the largest are rounding of float32 spectra. */
const ROUNDING = 1e-10;

/** A fitted basis: scores = (x − mean)·loadings, the column weights already inside the loadings. */
export interface PcaBasis {
  dimension: number;
  components: number;
  mean: Float64Array;
  /** components × dimension: applied to centred spectra gives scores in units of noise. */
  loadings: Float64Array;
  /** components × dimension: scores times this, plus the mean, reconstructs the spectrum. */
  reconstruction: Float64Array;
  /** Components that stand clear of the noise, by Gavish–Donoho: 0 when all spectra are alike but for noise. */
  significant: number;
  /** Share of the weighted variance, one per component. */
  explained: number[];
  /** Whether a direction was left out that a shift of the energy axis changes. */
  withoutShift?: boolean;
}

/**
 * Number of components by Gavish & Donoho's optimal hard threshold for singular values with unknown noise
 * (arXiv:1305.5870): keep s > ω(β)·median(s), β = min(n, p)/max(n, p), ω ≈ 0.56β³ − 0.95β² + 1.82β + 1.43.
 * @param eigenvalues of the covariance, descending, length min(n, p) or more
 */
export function gavishDonoho(eigenvalues: ArrayLike<number>, rows: number): number {
  const p = eigenvalues.length;
  const rank = Math.min(rows, p);
  const β = rank / Math.max(rows, p);
  const ω = 0.56 * β ** 3 - 0.95 * β ** 2 + 1.82 * β + 1.43;
  const singular = Array.from({ length: rank }, (_, i) => Math.sqrt(Math.max(eigenvalues[i], 0)));
  const middle = rank >> 1;
  const median = rank % 2 === 1 ? singular[middle] : (singular[middle - 1] + singular[middle]) / 2;
  return singular.filter((s) => s > ω * median).length;
}

const toMatrix = (values: Float64Array, size: number): Matrix =>
  Matrix.from1DArray(size, size, values as unknown as number[]);

/**
 * Principal components of spectra whose noise is made white first: with the noise covariance N = L·Lᵀ the
 * decomposition is that of L⁻¹·Σ·L⁻ᵀ, so equal distances in the scores mean equal significance, and the hard threshold
 * sees the white noise it assumes. For independent counting noise N is diagonal, and this is the optimal weighting of
 * Keenan & Kotula (Surf. Interface Anal. 36 (2004) 203). Signs are fixed by the largest loading being positive.
 * @param noise p × p, positive definite
 * @param fewest components that are kept whatever the rule says
 * @param shift a spectrum of which nothing is to be in the components: scores do not change when any share of it is added
 */
export function principalComponents(
  moments: CovarianceAccumulator,
  noise: Float64Array,
  fewest = MIN_COMPONENTS,
  shift?: Float64Array,
): PcaBasis {
  const p = moments.dimension;
  const factor = new CholeskyDecomposition(toMatrix(noise, p)).lowerTriangularMatrix;
  const whiten = inverse(factor);
  const all = whiten.mmul(toMatrix(moments.covariance(), p)).mmul(whiten.transpose());
  const white = shift ? without(all, whiten.mmul(Matrix.columnVector(Array.from(shift)))) : all;
  const evd = new EigenvalueDecomposition(white, { assumeSymmetric: true });
  const order = evd.realEigenvalues
    .map((value, column) => ({ value, column }))
    .sort((a, b) => b.value - a.value);
  const total = order.reduce((sum, { value }) => sum + Math.max(value, 0), 0);
  const significant = gavishDonoho(
    order.map(({ value }) => value),
    moments.count,
  );
  const real = order.filter(({ value }) => value > ROUNDING * order[0].value).length;
  const kept = Math.min(Math.max(significant, fewest, MIN_COMPONENTS), MAX_COMPONENTS, Math.max(real, 1));
  const loadings = new Float64Array(kept * p);
  const reconstruction = new Float64Array(kept * p);
  for (let k = 0; k < kept; k++) {
    const vector = evd.eigenvectorMatrix.getColumnVector(order[k].column);
    const shown = factor.mmul(vector).to1DArray();
    const largest = shown.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    const sign = largest < 0 ? -1 : 1;
    const applied = whiten.transpose().mmul(vector).to1DArray();
    for (let i = 0; i < p; i++) {
      loadings[k * p + i] = sign * applied[i];
      reconstruction[k * p + i] = sign * shown[i];
    }
  }
  return {
    dimension: p,
    components: kept,
    significant: Math.min(significant, real),
    mean: Float64Array.from(moments.mean),
    loadings,
    reconstruction,
    ...(shift && { withoutShift: true }),
    explained: order.slice(0, kept).map(({ value }) => (total > 0 ? Math.max(value, 0) / total : 0)),
  };
}

/** A symmetric matrix on what is at right angles to a direction. */
function without(matrix: Matrix, direction: Matrix): Matrix {
  const length = direction.norm();
  if (!(length > 0)) return matrix;
  const unit = direction.div(length);
  const away = Matrix.eye(matrix.rows).sub(unit.mmul(unit.transpose()));
  return away.mmul(matrix).mmul(away);
}

/** Scores of one spectrum `x` (at `from` in `data`) into `out` at `to`. */
export function project(
  basis: PcaBasis,
  data: Float32Array,
  from: number,
  out: Float32Array,
  to: number,
): void {
  const { dimension: p, mean, loadings } = basis;
  for (let k = 0; k < basis.components; k++) {
    let score = 0;
    for (let i = 0, l = k * p; i < p; i++, l++) score += (data[from + i] - mean[i]) * loadings[l];
    out[to + k] = score;
  }
}

/** The spectrum that `scores` (at `from`) stand for, in the units of the rows the basis was fitted on. */
export function reconstruct(basis: PcaBasis, scores: Float32Array, from: number): Float64Array {
  const { dimension: p, reconstruction } = basis;
  const spectrum = Float64Array.from(basis.mean);
  for (let k = 0; k < basis.components; k++)
    for (let i = 0; i < p; i++) spectrum[i] += scores[from + k] * reconstruction[k * p + i];
  return spectrum;
}
