import { Worker } from 'node:worker_threads';
import type { UmapOptions } from '../analysis/umap.ts';
import { workerScript } from '../worker-script.ts';
import type { FitEmbedding } from './edge-fit.ts';

export interface EmbeddingRequest {
  id: number;
  scores: Float32Array;
  dimension: number;
  start: Float32Array;
  options: UmapOptions;
}

/** A thread that fits embeddings, so that a fit of seconds never holds up the placement of new pixels. */
export class EmbeddingHost {
  readonly #worker = new Worker(workerScript(import.meta.url, 'embedding-worker'));
  readonly #waiting = new Map<
    number,
    { resolve: (embedding: Float32Array) => void; reject: (e: unknown) => void }
  >();
  #next = 0;

  constructor() {
    this.#worker.on('message', ({ id, embedding }: { id: number; embedding: Float32Array }) => {
      this.#waiting.get(id)?.resolve(embedding);
      this.#waiting.delete(id);
    });
    const fail = (error: unknown) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    this.#worker.on('error', fail);
    this.#worker.on('exit', () => fail(new Error('the embedding thread has ended')));
  }

  readonly fit: FitEmbedding = (scores, dimension, start, options) =>
    new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, scores, dimension, start, options } satisfies EmbeddingRequest);
    });

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
