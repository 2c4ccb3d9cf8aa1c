/**
 * How undecided each pixel's class is: 1 − P(own class), P(c) ∝ n_c · N(z; centre_c, s_c² I) with s_c the root mean
 * square radius of the class; 0 = certain.
 * @param points n × dimension
 */
export function classUncertainty(
  points: Float32Array,
  dimension: number,
  labels: Int16Array,
  centres: Float64Array,
): Float32Array {
  const k = centres.length / dimension;
  const counts = new Float64Array(k);
  const squares = new Float64Array(k);
  const squaredDistance = (p: number, c: number) => {
    let squared = 0;
    for (let i = 0; i < dimension; i++)
      squared += (points[p * dimension + i] - centres[c * dimension + i]) ** 2;
    return squared;
  };
  labels.forEach((label, p) => {
    if (label < 0) return;
    counts[label]++;
    squares[label] += squaredDistance(p, label);
  });
  const total = squares.reduce((sum, value) => sum + value, 0);
  const floor = Math.max((1e-3 * total) / Math.max(labels.length, 1), 1e-12);
  const variance = squares.map((value, c) =>
    Math.max(counts[c] > 0 ? value / counts[c] / dimension : 0, floor),
  );
  const weight = variance.map((value, c) =>
    counts[c] > 0 ? Math.log(counts[c]) - (dimension / 2) * Math.log(value) : -Infinity,
  );
  return Float32Array.from(labels, (label, p) => {
    if (label < 0) return Number.NaN;
    const own = weight[label] - squaredDistance(p, label) / (2 * variance[label]);
    let others = 0;
    for (let c = 0; c < k; c++)
      if (c !== label)
        others += Math.exp(Math.min(weight[c] - squaredDistance(p, c) / (2 * variance[c]) - own, 700));
    return others / (1 + others);
  });
}
