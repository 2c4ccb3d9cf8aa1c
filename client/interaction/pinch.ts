/** Where a pointer is, CSS pixels of the page. */
interface Touch {
  pointerId: number;
  clientX: number;
  clientY: number;
}

/** Change between two positions of two fingers: the centre now, how far it moved, and the ratio of the distances. */
export interface PinchStep {
  clientX: number;
  clientY: number;
  dx: number;
  dy: number;
  factor: number;
}

/** Two fingers on a view. */
export class Pinch {
  readonly #touches = new Map<number, Touch>();

  /** True for the second finger, which ends a drag by the first. */
  down({ pointerId, clientX, clientY }: Touch): boolean {
    this.#touches.set(pointerId, { pointerId, clientX, clientY });
    return this.#touches.size === 2;
  }

  /** Undefined while there are not two fingers. */
  move({ pointerId, clientX, clientY }: Touch): PinchStep | undefined {
    if (!this.#touches.has(pointerId)) return undefined;
    const before = this.#touches.size === 2 ? this.#pair() : undefined;
    this.#touches.set(pointerId, { pointerId, clientX, clientY });
    if (before === undefined) return undefined;
    const now = this.#pair();
    return {
      clientX: now.x,
      clientY: now.y,
      dx: now.x - before.x,
      dy: now.y - before.y,
      factor: now.apart / Math.max(before.apart, 1),
    };
  }

  up({ pointerId }: Touch): void {
    this.#touches.delete(pointerId);
  }

  #pair(): { x: number; y: number; apart: number } {
    const [a, b] = this.#touches.values();
    return {
      x: (a.clientX + b.clientX) / 2,
      y: (a.clientY + b.clientY) / 2,
      apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
    };
  }
}
