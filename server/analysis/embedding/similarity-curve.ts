/** Distances the curve is fitted at, up to three times the spread. */
const SAMPLES = 300;
const FARTHEST = 3;

/**
 * a and b of 1/(1 + a·d^2b), the smooth stand-in for a similarity that is 1 up to `minDist` and falls as
 * exp(−(d − minDist)) beyond, by least squares as umap-learn fits it (Gauss–Newton).
 */
export function similarityCurve(minDist: number): { a: number; b: number } {
  let a = 1.5;
  let b = 0.9;
  for (let round = 0; round < 30; round++) {
    let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0];
    for (let i = 1; i < SAMPLES; i++) {
      const d = (FARTHEST * i) / (SAMPLES - 1);
      const wanted = d < minDist ? 1 : Math.exp(minDist - d);
      const power = d ** (2 * b);
      const similarity = 1 / (1 + a * power);
      const byA = -power * similarity ** 2;
      const byB = 2 * a * Math.log(d) * byA;
      const residual = wanted - similarity;
      aa += byA * byA;
      ab += byA * byB;
      bb += byB * byB;
      ra += byA * residual;
      rb += byB * residual;
    }
    const determinant = aa * bb - ab * ab;
    a += (bb * ra - ab * rb) / determinant;
    b += (aa * rb - ab * ra) / determinant;
  }
  return { a, b };
}
