import type { Size } from '../geometry/viewport.ts';
import { Pinch } from './pinch.ts';

/** Movement in CSS pixels that makes a press a drag. */
const DRAG_THRESHOLD = 3;

/** An object in the picture that a drag moves instead of panning the picture. */
export interface Grabbed {
  /** Where the pointer is now, canvas pixels. */
  move(place: { x: number; y: number }): void;
  drop(): void;
  cancel(): void;
}

export interface PointerHandlers {
  /** Position in canvas pixels; undefined when the pointer leaves. */
  hover(place: { x: number; y: number } | undefined): void;
  click(place: { x: number; y: number }, event: PointerEvent): void;
  /** The movable object at a place; undefined where a drag pans the picture. */
  grab?(place: { x: number; y: number }): Grabbed | undefined;
  /** Drag by (dx, dy) canvas pixels. */
  drag(dx: number, dy: number): void;
  /** Zoom about a place. */
  wheel(place: { x: number; y: number }, factor: number): void;
  /** Double click. */
  showAll?(): void;
  size(): Size;
}

/** Distinguishes hover, click, drag, pinch and wheel on an element. Returns a function that removes the listeners. */
export function handlePointer(element: HTMLElement, handlers: PointerHandlers): () => void {
  const pinch = new Pinch();
  let pressed: { x: number; y: number; moved: boolean; grabbed: Grabbed | undefined } | undefined;
  const place = (event: { clientX: number; clientY: number }) => {
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
      if (pinch.down(event)) {
        pressed?.grabbed?.cancel();
        pressed = undefined;
        return;
      }
      const grabbed = handlers.grab?.(place(event));
      pressed = { x: event.clientX, y: event.clientY, moved: false, grabbed };
      element.setPointerCapture(event.pointerId);
    },
    options,
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const step = pinch.move(event);
      if (step !== undefined) {
        const scale = handlers.size().width / element.getBoundingClientRect().width;
        handlers.drag(step.dx * scale, step.dy * scale);
        handlers.wheel(place(step), step.factor);
        return;
      }
      if (pressed === undefined) {
        handlers.hover(place(event));
        return;
      }
      const dx = event.clientX - pressed.x;
      const dy = event.clientY - pressed.y;
      if (!pressed.moved && Math.hypot(dx, dy) < DRAG_THRESHOLD) return;
      const { grabbed } = pressed;
      const scale = handlers.size().width / element.getBoundingClientRect().width;
      pressed = { x: event.clientX, y: event.clientY, moved: true, grabbed };
      if (grabbed !== undefined) grabbed.move(place(event));
      else handlers.drag(dx * scale, dy * scale);
    },
    options,
  );
  element.addEventListener(
    'pointerup',
    (event) => {
      pinch.up(event);
      const wasClick = pressed !== undefined && !pressed.moved;
      if (!wasClick) pressed?.grabbed?.drop();
      pressed = undefined;
      if (wasClick) handlers.click(place(event), event);
    },
    options,
  );
  element.addEventListener(
    'pointercancel',
    (event) => {
      pinch.up(event);
      pressed?.grabbed?.cancel();
      pressed = undefined;
    },
    options,
  );
  element.addEventListener('dblclick', () => handlers.showAll?.(), options);
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
