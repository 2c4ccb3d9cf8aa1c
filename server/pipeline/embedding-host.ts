import { Worker } from 'node:worker_threads';
import type { UmapOptions } from '../analysis/umap.ts';
import { workerScript } from '../worker-script.ts';
import type { FitEmbedding } from './edge-fit.ts';
import { WORKER_LIMITS } from './worker-host.ts';

export interface EmbeddingRequest {
  id: number;
  scores: Float32Array;
  dimension: number;
  start: Float32Array;
  options: UmapOptions;
}

type Answer = { id: number; embedding: Float32Array };

/**
 * A thread that fits embeddings, so that a fit of seconds never holds up the placement of new pixels. It works on one
 * fit at a time; a fit that is not wanted any more is ended with its thread, and the next one gets a fresh thread.
 */
export class EmbeddingHost {
  #worker: Worker | undefined;
  #next = 0;

  readonly fit: FitEmbedding = (scores, dimension, start, options, signal) =>
    new Promise((resolve, reject) => {
      this.#worker ??= this.#start();
      const worker = this.#worker;
      const id = this.#next++;
      const settle = () => {
        worker.off('message', answered);
        worker.off('error', failed);
        worker.off('exit', ended);
        signal?.removeEventListener('abort', abandoned);
      };
      const answered = (answer: Answer) => {
        if (answer.id !== id) return;
        settle();
        resolve(answer.embedding);
      };
      const failed = (error: unknown) => {
        settle();
        if (this.#worker === worker) this.#worker = undefined;
        reject(error);
      };
      const ended = (code: number) =>
        failed(new Error(`the thread of the embedding has ended with code ${code}`));
      const abandoned = () => {
        failed(signal?.reason);
        void worker.terminate();
      };
      worker.on('message', answered);
      worker.on('error', failed);
      worker.on('exit', ended);
      if (signal?.aborted) return abandoned();
      signal?.addEventListener('abort', abandoned);
      worker.postMessage({ id, scores, dimension, start, options } satisfies EmbeddingRequest);
    });

  #start(): Worker {
    const worker = new Worker(workerScript(import.meta.url, 'embedding-worker'), {
      resourceLimits: WORKER_LIMITS,
    });
    // Between two fits nobody else listens.
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    // An error is told to the fit under way; without one it must not end the edge.
    worker.on('error', () => {});
    return worker;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }
}
