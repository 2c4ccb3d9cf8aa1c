import type { Signal } from '@preact/signals-core';
import type { Box, Size, Viewport } from '../geometry/viewport.ts';
import { fitted, panned, zoomedAt } from '../geometry/viewport.ts';
import type { PointerHandlers } from './pointer.ts';

/** Pointer handlers that pan and zoom a view; without a viewport the whole box is shown. */
export function viewportGestures(
  viewport: Signal<Viewport | undefined>,
  box: () => Box,
  size: () => Size,
): Pick<PointerHandlers, 'drag' | 'wheel' | 'showAll' | 'size'> {
  const current = () => viewport.peek() ?? fitted(box());
  return {
    size,
    drag: (dx, dy) => {
      viewport.value = panned(current(), box(), size(), dx, dy);
    },
    showAll: () => {
      viewport.value = undefined;
    },
    wheel: ({ x, y }, factor) => {
      viewport.value = zoomedAt(current(), box(), size(), factor, x, y);
    },
  };
}
