/**
 * How far neighbours in the plane are neighbours in the data (Venna & Kaski 2001; the definition of scikit-learn).
 * @param points n × dimension
 * @param plane n × 2
 */
export function trustworthiness(
  points: Float32Array,
  dimension: number,
  plane: Float32Array,
  k: number,
): number {
  const n = points.length / dimension;
  const ranked = (data: Float32Array, d: number, i: number) =>
    Array.from({ length: n }, (_, j) => {
      let squared = 0;
      for (let c = 0; c < d; c++) squared += (data[i * d + c] - data[j * d + c]) ** 2;
      return { j, squared };
    })
      .filter(({ j }) => j !== i)
      .sort((a, b) => a.squared - b.squared)
      .map(({ j }) => j);
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    const rank = new Map(ranked(points, dimension, i).map((j, r) => [j, r + 1]));
    for (const j of ranked(plane, 2, i).slice(0, k)) penalty += Math.max(0, (rank.get(j) ?? 0) - k);
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}
