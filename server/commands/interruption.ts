/** Resolves when the user interrupts the command, at once where that has happened. */
export function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Waits for something that cannot be stopped, and that has nothing to keep.
 * @throws Error when the user interrupts the command first
 */
export async function unlessInterrupted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const interrupted = interruption(signal).then(() => {
    throw new Error('interrupted');
  });
  return Promise.race([work, interrupted]);
}
