import type { MapDifference } from '../../../protocol/index.ts';

/** Differences above this many standard deviations are more than noise. */
const BEYOND = 3;

/**
 * Compares two maps pixel by pixel; NaN is not measured.
 * @param out takes B − A, NaN where either is not measured
 * @param deviation standard deviation of the difference at a pixel, where it is known
 * @returns undefined where no pixel is measured in both
 */
export function mapDifference(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  deviation?: (pixel: number) => number,
): MapDifference | undefined {
  let [pixels, onlyA, onlyB, equal, beyond] = [0, 0, 0, 0, 0];
  let [sum, squares, meanSquares, sumA, sumB] = [0, 0, 0, 0, 0];
  let largest = { difference: 0, pixel: -1 };
  for (let i = 0; i < a.length; i++) {
    out[i] = Number.NaN;
    const [inA, inB] = [Number.isFinite(a[i]), Number.isFinite(b[i])];
    if (inA && !inB) onlyA++;
    if (inB && !inA) onlyB++;
    if (!inA || !inB) continue;
    const difference = b[i] - a[i];
    out[i] = difference;
    pixels++;
    sum += difference;
    squares += difference ** 2;
    meanSquares += ((a[i] + b[i]) / 2) ** 2;
    sumA += a[i];
    sumB += b[i];
    if (difference === 0) equal++;
    if (deviation && Math.abs(difference) > BEYOND * deviation(i)) beyond++;
    if (largest.pixel < 0 || Math.abs(difference) > Math.abs(largest.difference))
      largest = { difference, pixel: i };
  }
  if (pixels === 0) return undefined;
  const correlation = pearson(a, b, out, sumA / pixels, sumB / pixels);
  return {
    pixels,
    onlyA,
    onlyB,
    mean: sum / pixels,
    rms: Math.sqrt(squares / pixels),
    ...(meanSquares > 0 && { relativeRms: Math.sqrt(squares / meanSquares) }),
    largest,
    ...(correlation !== undefined && { correlation }),
    equal: equal / pixels,
    ...(deviation && { beyondNoise: beyond / pixels }),
  };
}

/** Over the pixels where `difference` is not NaN. */
function pearson(
  a: Float32Array,
  b: Float32Array,
  difference: Float32Array,
  meanA: number,
  meanB: number,
): number | undefined {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(difference[i])) continue;
    const [x, y] = [a[i] - meanA, b[i] - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : undefined;
}
