import { parentPort } from 'node:worker_threads';

/** Interval at which a thread shows that it handles messages, ms. */
const BEAT_MS = 250;

/** First message of a thread: a counter in shared memory that it increments whenever it handles messages. */
export interface HeartbeatMessage {
  type: 'alive';
  beats: Int32Array<SharedArrayBuffer>;
}

/** Starts the heartbeat of this thread. */
export function startHeartbeat(): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  parentPort?.postMessage({ type: 'alive', beats } satisfies HeartbeatMessage);
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
}
