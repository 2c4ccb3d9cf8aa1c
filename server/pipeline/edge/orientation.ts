import { similarity, type Transform } from '../../analysis/embedding/procrustes.ts';
import type { EdgeFit } from '../fit/edge-fit.ts';

/**
 * Brings a new plane over the old one as it is shown, by the pixels placed in both.
 * @param before the old plane, and how it is shown
 */
export function orientationTowards(
  fit: Pick<EdgeFit, 'labels' | 'embedding'>,
  { orientation: [a, b, c, d, e, f], ...before }: { orientation: Transform; embedding: Float32Array },
): Transform {
  const from = new Float32Array(fit.embedding.length);
  const to = new Float32Array(fit.embedding.length);
  let n = 0;
  for (let pixel = 0; pixel < fit.labels.length; pixel++) {
    const [x, y] = [before.embedding[2 * pixel], before.embedding[2 * pixel + 1]];
    const x1 = fit.embedding[2 * pixel];
    // One that is being placed may have half of its place.
    if (Number.isNaN(x) || Number.isNaN(y) || Number.isNaN(x1)) continue;
    from[n] = x1;
    to[n++] = a * x + b * y + c;
    from[n] = fit.embedding[2 * pixel + 1];
    to[n++] = d * x + e * y + f;
  }
  return similarity(from.subarray(0, n), to.subarray(0, n));
}
