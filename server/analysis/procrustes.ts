/** x' = a·x + b·y + c, y' = d·x + e·y + f. */
export type Transform = [number, number, number, number, number, number];

export const IDENTITY: Transform = [1, 0, 0, 0, 1, 0];

/**
 * The rotation or reflection with scale and shift that brings points `from` closest to points `to` in the
 * least-squares sense (similarity Procrustes; in the plane it has a closed form). Identity for fewer than 3 points.
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
  let [xx, xy, yx, yy, spread] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [px, py] = [from[2 * i] - fx, from[2 * i + 1] - fy];
    const [qx, qy] = [to[2 * i] - tx, to[2 * i + 1] - ty];
    xx += px * qx;
    xy += px * qy;
    yx += py * qx;
    yy += py * qy;
    spread += px * px + py * py;
  }
  if (!(spread > 0)) return [...IDENTITY];
  // Best rotation and best reflection, each with its gain; the better one wins.
  const rotation = Math.hypot(xx + yy, xy - yx);
  const reflection = Math.hypot(xx - yy, xy + yx);
  const [a, b, d, e] =
    rotation >= reflection
      ? [(xx + yy) / spread, (yx - xy) / spread, (xy - yx) / spread, (xx + yy) / spread]
      : [(xx - yy) / spread, (xy + yx) / spread, (xy + yx) / spread, (yy - xx) / spread];
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
