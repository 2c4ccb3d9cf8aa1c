/** Maps of one quantity, of a scan and of a rescan, row-major; NaN where there is nothing to compare. */
export interface MapPair {
  scan: Float64Array;
  rescan: Float64Array;
}

export interface ShiftSearch {
  /** Of the scan's and of the rescan's maps. */
  scanShape: readonly [number, number];
  shape: readonly [number, number];
  /** Where pixel (0, 0) of the rescan lies in the scan. */
  y: number;
  x: number;
  /** Every so many rows of the rescan are compared … */
  rowStep: number;
  /** Pixels of the rescan that have values. */
  pixels: number;
  /** … and each of their pixels is worth so much of an independent one. */
  samplesPerPixel: number;
}

/** Least share of a rescan inside the scan. */
const LEAST_OVERLAP = 0.5;
/** Fewest pixels for a correlation. */
const FEWEST = 9;

/** Logarithm of the likelihood of a shift, above that of maps that are not related; undefined where they hardly overlap. */
export interface ShiftLikelihood {
  value: number;
  /** Of each pair of maps. */
  correlations: number[];
}

/**
 * How likely a rescan lies `(dy, dx)` pixels beyond where it was stated to lie, if its maps are those of the scan times
 * some factor plus noise of unknown strength: −n/2 · Σ ln(1 − ρ²) over the maps, ρ their correlation and n the number
 * of independent pixels.
 */
export function shiftLikelihood(
  pairs: readonly MapPair[],
  search: ShiftSearch,
  dy: number,
  dx: number,
): ShiftLikelihood | undefined {
  const { scanShape, shape, y, x, rowStep, pixels, samplesPerPixel } = search;
  const [rows, columns] = shape;
  const correlations: number[] = [];
  let value = 0;
  for (const { scan, rescan } of pairs) {
    let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
    const [originA, originB] = [firstOf(scan), firstOf(rescan)];
    for (let row = 0; row < rows; row += rowStep) {
      if (y + dy + row < 0 || y + dy + row >= scanShape[0]) continue;
      const from = (y + dy + row) * scanShape[1] + x + dx;
      const end = Math.min(columns, scanShape[1] - x - dx);
      for (let column = Math.max(0, -x - dx), p = row * columns + column; column < end; column++, p++) {
        const u = scan[from + column] - originA;
        const v = rescan[p] - originB;
        if (Number.isNaN(u + v)) continue;
        n++;
        a += u;
        b += v;
        aa += u * u;
        bb += v * v;
        ab += u * v;
      }
    }
    if (n * rowStep < LEAST_OVERLAP * pixels || n < FEWEST) return undefined;
    const spread = Math.sqrt(Math.max(aa - (a * a) / n, 0) * Math.max(bb - (b * b) / n, 0));
    const correlation = spread > 0 ? (ab - (a * b) / n) / spread : 0;
    correlations.push(correlation);
    // A map that falls where the other rises is not the same place.
    const squared = correlation > 0 ? Math.min(correlation * correlation, 1 - 1e-12) : 0;
    value -= ((n * samplesPerPixel) / 2) * Math.log(1 - squared);
  }
  return { value, correlations };
}

/** Some value near all others: sums of squares lose nothing to it. */
const firstOf = (map: Float64Array): number => map.find((value) => !Number.isNaN(value)) ?? 0;

/** The top of a parabola through the 3 × 3 values around a maximum, and minus its inverse curvature there. */
export interface Peak {
  y: number;
  x: number;
  /** Standard deviations, pixels. */
  sigmaY: number;
  sigmaX: number;
}

/**
 * Least-squares parabola through nine values, row-major; undefined where it has no top within a pixel.
 * @param values logarithms of likelihoods: the curvature at the top is the inverse of a covariance
 */
export function peakOf(values: readonly number[]): Peak | undefined {
  let [gy, gx, yy, xx, xy] = [0, 0, 0, 0, 0];
  values.forEach((value, i) => {
    const [v, u] = [Math.floor(i / 3) - 1, (i % 3) - 1];
    gy += (v * value) / 6;
    gx += (u * value) / 6;
    yy += (v * v - 2 / 3) * value;
    xx += (u * u - 2 / 3) * value;
    xy += (v * u * value) / 4;
  });
  // Σ (v² − 2/3)² over the nine is 2; the second derivative is twice the coefficient.
  const determinant = yy * xx - xy * xy;
  if (!(yy < 0 && xx < 0 && determinant > 0)) return undefined;
  const y = -(gy * xx - gx * xy) / determinant;
  const x = -(gx * yy - gy * xy) / determinant;
  if (Math.abs(y) > 1 || Math.abs(x) > 1) return undefined;
  return { y, x, sigmaY: Math.sqrt(-xx / determinant), sigmaX: Math.sqrt(-yy / determinant) };
}
