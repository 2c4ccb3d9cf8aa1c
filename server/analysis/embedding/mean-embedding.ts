import { applyTransform, similarity } from './procrustes.ts';

/**
 * Mean of several embeddings of the same points, each first aligned with the first one (Procrustes). Chance differences
 * between fits (an island here or there) average out, so that classes hardly depend on the order of the pixels.
 * @param embeddings n × 2 each, at least one
 */
export function meanEmbedding(embeddings: readonly Float32Array[]): Float32Array {
  const sum = Float64Array.from(embeddings[0]);
  for (const embedding of embeddings.slice(1)) {
    const turned = embedding.slice();
    applyTransform(similarity(turned, embeddings[0]), turned);
    for (let i = 0; i < sum.length; i++) sum[i] += turned[i];
  }
  return Float32Array.from(sum, (value) => value / embeddings.length);
}
