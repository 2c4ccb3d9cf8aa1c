import { similarity, type Transform } from '../analysis/procrustes.ts';
import type { EdgeFit } from './edge-fit.ts';
import type { EdgeMaps } from './edge-protocol.ts';

/**
 * Brings a new plane over the old one as it is shown, by the pixels placed in both.
 * @param before how the plane of `maps` is shown
 */
export function orientationTowards(
  fit: Pick<EdgeFit, 'labels' | 'embedding'>,
  { orientation: [a, b, c, d, e, f] }: { orientation: Transform },
  maps: EdgeMaps,
): Transform {
  const from: number[] = [];
  const to: number[] = [];
  for (let pixel = 0; pixel < fit.labels.length; pixel++) {
    const [x, y] = [maps.embedding[2 * pixel], maps.embedding[2 * pixel + 1]];
    const x1 = fit.embedding[2 * pixel];
    if (Number.isNaN(x) || Number.isNaN(x1)) continue;
    from.push(x1, fit.embedding[2 * pixel + 1]);
    to.push(a * x + b * y + c, d * x + e * y + f);
  }
  return similarity(Float32Array.from(from), Float32Array.from(to));
}
