import type { SurveyThumbnail } from '../../../protocol/index.ts';

/** Samples along the longer side at most: enough to find a place by, and 16 kB. */
const MOST_SAMPLES = 64;

/** Total counts in small: means of the measured pixels of squares. */
export function surveyThumbnail(
  counts: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
): SurveyThumbnail {
  const step = Math.ceil(Math.max(rows, columns) / MOST_SAMPLES);
  const shape: [number, number] = [Math.ceil(rows / step), Math.ceil(columns / step)];
  const sums = new Float64Array(shape[0] * shape[1]);
  const measured = new Uint32Array(sums.length);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const value = counts[y * columns + x];
      if (Number.isNaN(value)) continue;
      const sample = Math.floor(y / step) * shape[1] + Math.floor(x / step);
      sums[sample] += value;
      measured[sample]++;
    }
  // 0 / 0 is NaN: nothing is measured.
  const means = Float32Array.from(sums, (sum, sample) => sum / measured[sample]);
  const data = Buffer.from(means.buffer, means.byteOffset, means.byteLength).toString('base64');
  return { kind: 'counts', shape, step, dtype: 'f32', data };
}
