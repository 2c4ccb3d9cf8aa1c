import { similarity, type Transform } from '../../analysis/embedding/procrustes.ts';
import type { EdgeFit } from '../fit/edge-fit.ts';

/**
 * Aligns a new embedding with the old one as shown, by the pixels placed in both (Procrustes).
 * @param before the old embedding, and how it is shown
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
    // A pixel being placed may have only one coordinate yet.
    if (Number.isNaN(x) || Number.isNaN(y) || Number.isNaN(x1)) continue;
    from[n] = x1;
    to[n++] = a * x + b * y + c;
    from[n] = fit.embedding[2 * pixel + 1];
    to[n++] = d * x + e * y + f;
  }
  return similarity(from.subarray(0, n), to.subarray(0, n));
}
