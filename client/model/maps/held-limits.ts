import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Domain } from '../../../protocol/domain.ts';

type Held = ReadonlyMap<string, Domain>;

/** More steps back than anybody remembers. */
const MOST_STEPS = 50;

/** Limits of colours that are held, so that what changes is the data; by a map's name, so that scans can be compared. */
export class HeldLimits {
  readonly all: ReadonlySignal<Held>;
  readonly #all = signal<Held>(new Map());
  readonly #before: Held[] = [];

  constructor() {
    this.all = this.#all;
  }

  /** Holds a map's limits, or lets them follow the data again. */
  toggle(map: string, limits: Domain): void {
    const next = new Map(this.#all.peek());
    if (!next.delete(map)) next.set(map, limits);
    this.#before.push(this.#all.peek());
    if (this.#before.length > MOST_STEPS) this.#before.shift();
    this.#all.value = next;
  }

  /** One step back; nothing where there is none. */
  undo(): void {
    this.#all.value = this.#before.pop() ?? this.#all.peek();
  }
}
