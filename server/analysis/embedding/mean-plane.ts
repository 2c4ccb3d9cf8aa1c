import { applyTransform, similarity } from './procrustes.ts';

/**
 * Mean of several embeddings of the same points, each first turned onto the first one. What single fits owe to chance
 * (an island here or there) averages out, so that classes found in the mean hardly depend on the order of the pixels.
 * @param planes n × 2 each, at least one
 */
export function meanPlane(planes: readonly Float32Array[]): Float32Array {
  const sum = Float64Array.from(planes[0]);
  for (const plane of planes.slice(1)) {
    const turned = plane.slice();
    applyTransform(similarity(turned, planes[0]), turned);
    for (let i = 0; i < sum.length; i++) sum[i] += turned[i];
  }
  return Float32Array.from(sum, (value) => value / planes.length);
}
