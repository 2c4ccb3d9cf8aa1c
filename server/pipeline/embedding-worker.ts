import { parentPort } from 'node:worker_threads';
import { useKernels } from '../analysis/kernels.ts';
import { fitUmap } from '../analysis/umap.ts';
import { loadKernels } from '../kernels/load.ts';
import type { EmbeddingRequest } from './embedding-host.ts';
import { giveWay } from './give-way.ts';

giveWay();
useKernels(loadKernels());
parentPort?.on('message', ({ id, scores, dimension, start, options }: EmbeddingRequest) => {
  const embedding = fitUmap(scores, dimension, start, options);
  parentPort?.postMessage({ id, embedding }, [embedding.buffer as ArrayBuffer]);
});
