/** Bisections of the interval in which the edge lies. */
const STEPS = 60;

/**
 * Largest eigenvalue that the sample covariance of pure noise has in the limit of many rows and columns, in units of the
 * noise's mean variance, for rows of unequal variance: the minimum of z(m) = −1/m + ⟨τ/(1 + γτm)⟩ over
 * −1/(γ·max τ) < m < 0, γ = columns/rows (Silverstein & Choi, J. Multivariate Anal. 54 (1995) 295). For equal rows
 * (1 + √γ)², the edge of Marchenko and Pastur.
 * @param variances of the noise of rows, in any unit
 * @param counts rows with each of them
 */
export function noiseEdge(variances: ArrayLike<number>, counts: ArrayLike<number>, columns: number): number {
  let rows = 0;
  let sum = 0;
  let most = 0;
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i] > 0)) continue;
    rows += counts[i];
    sum += counts[i] * variances[i];
    most = Math.max(most, variances[i]);
  }
  if (!(sum > 0)) return (1 + Math.sqrt(columns / Math.max(rows, 1))) ** 2;
  const γ = columns / rows;
  const mean = sum / rows;
  const slope = (m: number) => {
    let total = 0;
    for (let i = 0; i < counts.length; i++)
      if (counts[i] > 0)
        total += counts[i] * (variances[i] / mean / (1 + (γ * variances[i] * m) / mean)) ** 2;
    return 1 / m ** 2 - (γ * total) / rows;
  };
  let low = -mean / (γ * most);
  let high = 0;
  for (let i = 0; i < STEPS; i++) {
    const m = (low + high) / 2;
    if (slope(m) < 0) low = m;
    else high = m;
  }
  let edge = -1 / high;
  for (let i = 0; i < counts.length; i++)
    if (counts[i] > 0)
      edge += ((counts[i] / rows) * variances[i]) / mean / (1 + (γ * variances[i] * high) / mean);
  return edge;
}
