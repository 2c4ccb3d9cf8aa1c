import { parentPort } from 'node:worker_threads';
import { fitUmap } from '../analysis/umap.ts';
import type { EmbeddingRequest } from './embedding-host.ts';

parentPort?.on('message', ({ id, scores, dimension, start, options }: EmbeddingRequest) => {
  const embedding = fitUmap(scores, dimension, start, options);
  parentPort?.postMessage({ id, embedding }, [embedding.buffer as ArrayBuffer]);
});
