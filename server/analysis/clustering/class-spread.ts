/** How the classes of an edge spread in the scores. */
export interface ClassSpread {
  /** Share of the pixels of each class. */
  shares: Float64Array;
  /**
   * k × k, variance of a class towards another one beyond the noise of its pixels: [a, b] is that of a along the line
   * from its centre to that of b.
   */
  scatters: Float64Array;
}

/** Least scatter of a class in units of the mean noise of the scan: the accuracy of the estimate. */
export const LEAST_SCATTER = 0.02;

/**
 * Shares and intrinsic scatter of classes. The scatter uses only pixels on the far side of a centre from the other
 * class: on the near side the border truncates them. Noise is subtracted, and pixels are weighted by precision.
 * @param centres k × dimension, in the scores; NaN for a class without pixels
 * @param pixels their scores (n × dimension), precisions and classes
 * @param meanVariance variance that scores are in units of
 */
export function classSpread(
  centres: Float64Array,
  dimension: number,
  pixels: { scores: Float32Array; precisions: Float64Array; labels: ArrayLike<number> },
  meanVariance: number,
): ClassSpread {
  const k = centres.length / dimension;
  const { scores, precisions, labels } = pixels;
  const shares = new Float64Array(k);
  const sums = new Float64Array(k * k);
  const weights = new Float64Array(k * k);
  const units = directions(centres, dimension);
  for (let p = 0; p < labels.length; p++) {
    const a = labels[p];
    shares[a] += 1 / labels.length;
    // One over the variance of the pixel's noise.
    const exactness = precisions[p] * meanVariance;
    if (!(exactness > 0)) continue;
    for (let b = 0; b < k; b++) {
      if (b === a) continue;
      const unit = (a * k + b) * dimension;
      let along = 0;
      for (let i = 0; i < dimension; i++)
        along += (scores[p * dimension + i] - centres[a * dimension + i]) * units[unit + i];
      if (!(along < 0)) continue;
      sums[a * k + b] += exactness * along * along - 1;
      weights[a * k + b] += exactness;
    }
  }
  return {
    shares,
    scatters: sums.map((sum, at) =>
      weights[at] > 0 ? Math.max(sum / weights[at], LEAST_SCATTER) : LEAST_SCATTER,
    ),
  };
}

/** k × k × dimension, of length 1 from each centre towards each other one; 0 where they are in one place. */
function directions(centres: Float64Array, dimension: number): Float64Array {
  const k = centres.length / dimension;
  const units = new Float64Array(k * k * dimension);
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++) {
      let squared = 0;
      for (let i = 0; i < dimension; i++)
        squared += (centres[b * dimension + i] - centres[a * dimension + i]) ** 2;
      if (!(squared > 0)) continue;
      for (let i = 0; i < dimension; i++)
        units[(a * k + b) * dimension + i] =
          (centres[b * dimension + i] - centres[a * dimension + i]) / Math.sqrt(squared);
    }
  return units;
}

/** The same classes by other numbers: `numbers` has the new one of each. */
export function renumberSpread({ shares, scatters }: ClassSpread, numbers: readonly number[]): ClassSpread {
  const k = numbers.length;
  const renumbered = { shares: new Float64Array(k), scatters: new Float64Array(k * k) };
  numbers.forEach((a, oldA) => {
    renumbered.shares[a] = shares[oldA];
    numbers.forEach((b, oldB) => {
      renumbered.scatters[a * k + b] = scatters[oldA * k + oldB];
    });
  });
  return renumbered;
}
