/** x' = a·x + b·y + c, y' = d·x + e·y + f. */
export type Transform = [number, number, number, number, number, number];

export const IDENTITY: Transform = [1, 0, 0, 0, 1, 0];

/**
 * The rotation or reflection and shift that bring points `from` closest to points `to` in the least-squares sense
 * (Procrustes; in the plane it has a closed form), with the scale that gives both the same spread: the scale of least
 * squares shrinks with every imperfect match. Identity for fewer than 3 points.
 * @param from n × 2
 * @param to n × 2
 */
export function similarity(from: Float32Array, to: Float32Array): Transform {
  const n = from.length / 2;
  if (n < 3) return [...IDENTITY];
  let [fx, fy, tx, ty] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    fx += from[2 * i] / n;
    fy += from[2 * i + 1] / n;
    tx += to[2 * i] / n;
    ty += to[2 * i + 1] / n;
  }
  let [xx, xy, yx, yy, spread, spreadTo] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [px, py] = [from[2 * i] - fx, from[2 * i + 1] - fy];
    const [qx, qy] = [to[2 * i] - tx, to[2 * i + 1] - ty];
    xx += px * qx;
    xy += px * qy;
    yx += py * qx;
    yy += py * qy;
    spread += px * px + py * py;
    spreadTo += qx * qx + qy * qy;
  }
  if (!(spread > 0 && spreadTo > 0)) return [...IDENTITY];
  // Best rotation and best reflection, each with its gain; the better one wins.
  const rotation = Math.hypot(xx + yy, xy - yx);
  const reflection = Math.hypot(xx - yy, xy + yx);
  const best = Math.max(rotation, reflection);
  if (!(best > 0)) return [...IDENTITY];
  const scale = Math.sqrt(spreadTo / spread) / best;
  const [a, b, d, e] = (
    rotation >= reflection ? [xx + yy, yx - xy, xy - yx, xx + yy] : [xx - yy, xy + yx, xy + yx, yy - xx]
  ).map((value) => scale * value);
  return [a, b, tx - a * fx - b * fy, d, e, ty - d * fx - e * fy];
}

/** Applies a transform to n × 2 points in place. */
export function applyTransform([a, b, c, d, e, f]: Transform, points: Float32Array): void {
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    points[i] = a * x + b * y + c;
    points[i + 1] = d * x + e * y + f;
  }
}
