import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Edge } from '../../../protocol/index.ts';
import type { PlaceInput, PlaceRescan, RescanPlace } from './place-rescan.ts';

/** What the thread is started with. */
export interface PlaceInThreadData {
  input: PlaceInput;
  edges: readonly Edge[];
}

/**
 * As `placeByRegistration`, in a thread of its own for each rescan: comparing a whole scan takes long enough for a page, or a
 * producer, to notice.
 * @param script URL of the built `rescan-worker.ts`
 * @throws Error where a file cannot be read, or the thread has died
 */
export function placeInThread(script: URL, edges: readonly Edge[]): PlaceRescan {
  return async (input) => {
    const data: PlaceInThreadData = { input, edges };
    const worker = new Worker(script, { workerData: data });
    try {
      // Rejects with what the thread has thrown.
      const ended = once(worker, 'exit').then(() => {
        throw new Error(`the thread that registers ${input.name} has ended without an answer`);
      });
      const [place] = (await Promise.race([once(worker, 'message'), ended])) as [
        RescanPlace | { refused: string },
      ];
      return place;
    } finally {
      await worker.terminate();
    }
  };
}
