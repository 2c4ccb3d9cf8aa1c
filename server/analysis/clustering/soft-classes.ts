import { normalBelow } from '../math/normal.ts';

/**
 * How sure the class of a noisy point is: the probability that the same spectrum without noise lies nearest to another
 * centre. A noise of variance v in every direction takes the point across the plane half-way to centre b with
 * Φ(−m_b/√v), where m_b = (|z − c_b|² − |z − c|²)/(2|c_b − c|) is its distance from that plane; the planes count as
 * independent. Nothing in it is fitted to a truth.
 * @param variance of the noise in one direction
 */
export function labelUncertainty(
  points: Float32Array,
  from: number,
  centres: Float64Array,
  dimension: number,
  label: number,
  variance: number,
): number {
  const own = label * dimension;
  const deviation = Math.sqrt(variance);
  let right = 1;
  for (let at = 0; at < centres.length; at += dimension) {
    if (at === own) continue;
    let apart = 0;
    let difference = 0;
    for (let i = 0; i < dimension; i++) {
      const toOther = points[from + i] - centres[at + i];
      const toOwn = points[from + i] - centres[own + i];
      difference += toOther * toOther - toOwn * toOwn;
      apart += (centres[at + i] - centres[own + i]) ** 2;
    }
    // A class without pixels has no place.
    if (Number.isNaN(apart)) continue;
    // Two centres in one place are one class with two numbers.
    const margin = apart > 0 ? difference / (2 * Math.sqrt(apart)) : 0;
    right *= deviation > 0 ? normalBelow(margin / deviation) : margin > 0 ? 1 : 0.5;
  }
  return 1 - right;
}
