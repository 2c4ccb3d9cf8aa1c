import { parentPort } from 'node:worker_threads';

/** How often a thread shows that it goes through its messages, ms. */
const BEAT_MS = 250;

/** The first message of a thread: what it counts up, in shared memory, each time it comes to its messages. */
export interface Alive {
  type: 'alive';
  beats: Int32Array<SharedArrayBuffer>;
}

/** Shows whoever has started this thread that it goes through its messages, from now on. */
export function showAlive(): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  parentPort?.postMessage({ type: 'alive', beats } satisfies Alive);
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
}
