import type { ReadonlySignal } from '@preact/signals-core';
import { effect, signal } from '@preact/signals-core';
import type { ClassState, PairInformation } from '../../../protocol/index.ts';
import type { OutlinedMap, PairOutline } from './pair-outlines.ts';

/** What is to be outlined; the class maps are copied when it is sent. */
export interface OutlineRequest {
  information: readonly PairInformation[];
  maps: ReadonlyMap<string, OutlinedMap>;
  shape: readonly [number, number];
  /** Classes of each edge, whose names are written beside the outlines. */
  classes: ReadonlyMap<string, readonly ClassState[]>;
}

/** Outlines traced in a worker: one request at a time, then the newest one. */
export class OutlineFollower {
  readonly outlines: ReadonlySignal<readonly PairOutline[]>;
  readonly #outlines = signal<readonly PairOutline[]>([]);
  readonly #dispose: () => void;
  #worker: Worker | undefined;
  #busy = false;
  /** Whether anything is to be outlined; whether a request waits to be sent. */
  #wanted = false;
  #next: OutlineRequest | undefined;

  /** @param request reads signals; undefined where nothing is outlined */
  constructor(request: () => OutlineRequest | undefined) {
    this.outlines = this.#outlines;
    this.#dispose = effect(() => {
      this.#next = request();
      this.#wanted = this.#next !== undefined;
      if (!this.#wanted) this.#outlines.value = [];
      this.#proceed();
    });
  }

  dispose(): void {
    this.#dispose();
    this.#worker?.terminate();
  }

  #proceed(): void {
    if (this.#busy || this.#next === undefined) return;
    this.#busy = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage(this.#next);
    this.#next = undefined;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./outline-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<PairOutline[]>) => {
      this.#busy = false;
      if (this.#wanted && !sameOutlines(data, this.#outlines.peek())) this.#outlines.value = data;
      this.#proceed();
    };
    return worker;
  }
}

const sameOutlines = (a: readonly PairOutline[], b: readonly PairOutline[]): boolean =>
  a.length === b.length &&
  a.every(
    ({ name, lines }, i) =>
      name === b[i].name &&
      lines.length === b[i].lines.length &&
      lines.every((line, j) => sameNumbers(line, b[i].lines[j])),
  );

const sameNumbers = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
