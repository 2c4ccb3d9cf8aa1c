import { setImmediate } from 'node:timers/promises';

/** Others wait at most so long while one has much to be worked off, ms. */
const AT_A_TIME_MS = 10;
let since = 0;

/** Lets everything else go on for a moment, if work that waits for nothing has taken long. */
export async function breathe(): Promise<void> {
  if (performance.now() - since < AT_A_TIME_MS) return;
  await setImmediate();
  since = performance.now();
}
