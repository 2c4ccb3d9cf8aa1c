import type { Size } from '../geometry/viewport.ts';

/** Movement in CSS pixels that makes a press a drag. */
const DRAG_THRESHOLD = 3;

export interface PointerHandlers {
  /** Position in canvas pixels; undefined when the pointer leaves. */
  hover(place: { x: number; y: number } | undefined): void;
  click(place: { x: number; y: number }, event: PointerEvent): void;
  /** Drag by (dx, dy) canvas pixels. */
  drag(dx: number, dy: number): void;
  wheel(place: { x: number; y: number }, factor: number): void;
  size(): Size;
}

/** Hover, click, drag and wheel of a view, told apart. Returns a function that lets go of the element. */
export function handlePointer(element: HTMLElement, handlers: PointerHandlers): () => void {
  let pressed: { x: number; y: number; moved: boolean } | undefined;
  const place = (event: MouseEvent) => {
    const bounds = element.getBoundingClientRect();
    const { width, height } = handlers.size();
    return {
      x: ((event.clientX - bounds.left) * width) / bounds.width,
      y: ((event.clientY - bounds.top) * height) / bounds.height,
    };
  };
  const stop = new AbortController();
  const options = { signal: stop.signal };
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      pressed = { x: event.clientX, y: event.clientY, moved: false };
      element.setPointerCapture(event.pointerId);
    },
    options,
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      if (pressed === undefined) {
        handlers.hover(place(event));
        return;
      }
      const dx = event.clientX - pressed.x;
      const dy = event.clientY - pressed.y;
      if (!pressed.moved && Math.hypot(dx, dy) < DRAG_THRESHOLD) return;
      const scale = handlers.size().width / element.getBoundingClientRect().width;
      pressed = { x: event.clientX, y: event.clientY, moved: true };
      handlers.drag(dx * scale, dy * scale);
    },
    options,
  );
  element.addEventListener(
    'pointerup',
    (event) => {
      const wasClick = pressed !== undefined && !pressed.moved;
      pressed = undefined;
      if (wasClick) handlers.click(place(event), event);
    },
    options,
  );
  element.addEventListener(
    'pointercancel',
    () => {
      pressed = undefined;
    },
    options,
  );
  element.addEventListener('pointerleave', () => handlers.hover(undefined), options);
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      handlers.wheel(place(event), Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.04 : 0.0015)));
    },
    { ...options, passive: false },
  );
  return () => stop.abort();
}
