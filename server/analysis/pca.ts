import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { CovarianceAccumulator } from './covariance.ts';

/** Fewest and most components kept, whatever the rule says. */
const MIN_COMPONENTS = 2;
const MAX_COMPONENTS = 12;

/** A fitted basis: scores = (x − mean)·loadings, the column weights already inside the loadings. */
export interface PcaBasis {
  dimension: number;
  components: number;
  mean: Float64Array;
  /** components × dimension: applied to centred spectra gives scores in units of channel noise. */
  loadings: Float64Array;
  /** components × dimension: scores times this, plus the mean, reconstructs the spectrum. */
  reconstruction: Float64Array;
  /** Share of the weighted variance, one per component. */
  explained: number[];
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

/**
 * Principal components of Poisson-weighted spectra: columns are divided by √(noise variance) before the decomposition
 * (Keenan & Kotula, Surf. Interface Anal. 36 (2004) 203), so equal distances in the scores mean equal significance.
 * Signs are fixed by the largest loading being positive.
 * @param noiseVariance per column, > 0
 */
export function principalComponents(
  moments: CovarianceAccumulator,
  noiseVariance: ArrayLike<number>,
  components?: number,
): PcaBasis {
  const p = moments.dimension;
  const covariance = moments.covariance();
  const scale = Float64Array.from({ length: p }, (_, i) => Math.sqrt(noiseVariance[i]));
  const weighted = new Matrix(p, p);
  for (let i = 0; i < p; i++)
    for (let j = 0; j < p; j++) weighted.set(i, j, covariance[i * p + j] / (scale[i] * scale[j]));
  const evd = new EigenvalueDecomposition(weighted, { assumeSymmetric: true });
  const vectors = evd.eigenvectorMatrix;
  const order = evd.realEigenvalues
    .map((value, column) => ({ value, column }))
    .sort((a, b) => b.value - a.value);
  const total = order.reduce((sum, { value }) => sum + Math.max(value, 0), 0);
  const wanted =
    components ??
    gavishDonoho(
      order.map(({ value }) => value),
      moments.count,
    );
  const kept = Math.min(Math.max(wanted, MIN_COMPONENTS), MAX_COMPONENTS, p);
  const loadings = new Float64Array(kept * p);
  const reconstruction = new Float64Array(kept * p);
  for (let k = 0; k < kept; k++) {
    const column = order[k].column;
    let largest = 0;
    for (let i = 0; i < p; i++) {
      const value = vectors.get(i, column);
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    const sign = largest < 0 ? -1 : 1;
    for (let i = 0; i < p; i++) {
      const value = sign * vectors.get(i, column);
      loadings[k * p + i] = value / scale[i];
      reconstruction[k * p + i] = value * scale[i];
    }
  }
  return {
    dimension: p,
    components: kept,
    mean: Float64Array.from(moments.mean),
    loadings,
    reconstruction,
    explained: order.slice(0, kept).map(({ value }) => (total > 0 ? Math.max(value, 0) / total : 0)),
  };
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
