import type { ReadonlySignal } from '@preact/signals-core';
import { effect, signal } from '@preact/signals-core';
import type { LayerPlane } from './layer-plane.ts';
import { RowRange } from './row-range.ts';

/** A selected label in the class map of an edge. */
export interface MaskPart {
  plane: LayerPlane;
  label: number;
}

/** What the mask is to keep. */
export interface MaskRequest {
  parts: readonly MaskPart[];
  shape: readonly [number, number];
}

/**
 * Mask of the selected pixels: 255 kept, 0 dimmed; while it is not `active` all are kept. Updated row by row with the class maps.
 */
export class SelectionMask {
  data = new Uint8Array(0);
  readonly version: ReadonlySignal<number>;
  readonly active: ReadonlySignal<boolean>;
  /** Rows that a class map has changed since they were last filled, and those filled since the mask was last taken. */
  readonly #stale = new RowRange();
  readonly #fresh = new RowRange();
  #parts: readonly MaskPart[] = [];
  #stops: (() => void)[] = [];
  readonly #dispose: () => void;

  /** @param request reads signals, the class maps' versions among them */
  constructor(request: () => MaskRequest | undefined) {
    const version = signal(0);
    const active = signal(false);
    this.version = version;
    this.active = active;
    this.#dispose = effect(() => {
      const requested = request();
      active.value = requested !== undefined;
      if (requested !== undefined) this.#fill(requested);
      version.value = version.peek() + 1;
    });
  }

  dispose(): void {
    this.#dispose();
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Rows [from, to) that changed since this was last asked. */
  takeChanged(): [number, number] {
    return this.#fresh.take();
  }

  #fill({ parts, shape: [rows, columns] }: MaskRequest): void {
    if (this.data.length !== rows * columns) {
      this.data = new Uint8Array(rows * columns);
      this.#parts = [];
    }
    if (!sameParts(parts, this.#parts)) {
      this.#parts = parts;
      for (const stop of this.#stops.splice(0)) stop();
      this.#stops = parts.map(({ plane }) =>
        plane.onRows((first, count) => this.#stale.add(first, first + count)),
      );
      this.#stale.add(0, rows);
    }
    const [from, to] = this.#stale.take();
    fillMask(
      parts.map(({ plane, label }) => ({ labels: plane.data, label })),
      this.data,
      from * columns,
      to * columns,
    );
    this.#fresh.add(from, to);
  }
}

const sameParts = (a: readonly MaskPart[], b: readonly MaskPart[]): boolean =>
  a.length === b.length && a.every((part, i) => part.plane === b[i].plane && part.label === b[i].label);

/**
 * Which pixels belong to all of the given labels: 255, the others 0.
 * @param parts label map of an edge and the label asked of it
 * @param out as long as the scan has pixels; written from `start` to `end`
 */
export function fillMask(
  parts: readonly { labels: ArrayLike<number>; label: number }[],
  out: Uint8Array,
  start = 0,
  end = out.length,
): void {
  out.fill(255, start, end);
  for (const { labels, label } of parts)
    for (let i = start; i < end; i++) if (labels[i] !== label) out[i] = 0;
}
