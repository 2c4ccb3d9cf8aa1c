import type { ReadonlySignal } from '@preact/signals-core';
import { effect, signal, untracked } from '@preact/signals-core';

/** The value of a source at most every `intervalMs`, the last one always: for work that need not follow each frame. */
export function throttled<T>(
  read: () => T,
  intervalMs: number,
): { value: ReadonlySignal<T>; dispose: () => void } {
  const value = signal<T>(untracked(read));
  let next = value.peek();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = 0;
  const publish = () => {
    timer = undefined;
    last = performance.now();
    value.value = next;
  };
  const dispose = effect(() => {
    next = read();
    if (timer !== undefined) return;
    const wait = last + intervalMs - performance.now();
    if (wait <= 0) publish();
    else timer = setTimeout(publish, wait);
  });
  return {
    value,
    dispose: () => {
      clearTimeout(timer);
      dispose();
    },
  };
}
