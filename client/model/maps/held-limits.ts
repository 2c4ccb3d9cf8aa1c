import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Domain } from '../../../protocol/domain.ts';

type Held = ReadonlyMap<string, Domain>;

/** Most steps that can be undone. */
const MOST_STEPS = 50;

/** Colour limits that the user has fixed, by the name of the map, so that they hold for further scans. */
export class HeldLimits {
  readonly all: ReadonlySignal<Held>;
  readonly #all = signal<Held>(new Map());
  readonly #before: Held[] = [];

  constructor() {
    this.all = this.#all;
  }

  /** Fixes a map's limits, or releases them to follow the data again. */
  toggle(map: string, limits: Domain): void {
    const next = new Map(this.#all.peek());
    if (!next.delete(map)) next.set(map, limits);
    this.#before.push(this.#all.peek());
    if (this.#before.length > MOST_STEPS) this.#before.shift();
    this.#all.value = next;
  }

  /** Undoes the last change, if there is one. */
  undo(): void {
    this.#all.value = this.#before.pop() ?? this.#all.peek();
  }
}
