import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Plan, PlanRequest } from '../../../protocol/index.ts';
import type { Clock } from '../spectrum-requests.ts';

/** Least time between two requests, ms: what the eye follows. */
const PACE_MS = 100;
/** A plan that does not come this long after the monitor took the request, ms, is not waited for. */
const PATIENCE_MS = 10_000;
/** Planning that takes longer than this, ms, is said to. */
export const SLOW_MS = 1000;

/**
 * Has the monitor plan again while a slider moves: one request at a time, at most ten a second, and the last one always.
 */
export class PlanRequests {
  /** What was asked for last, until the plan for it is there. */
  readonly wanted: ReadonlySignal<PlanRequest | undefined>;
  /** How long the last plan took from the hand to the page, ms. */
  readonly tookMs: ReadonlySignal<number | undefined>;
  readonly #wanted = signal<PlanRequest | undefined>(undefined);
  readonly #tookMs = signal<number | undefined>(undefined);
  readonly #ask: (request: PlanRequest) => Promise<string | undefined>;
  readonly #clock: Clock;
  #next: PlanRequest | undefined;
  #isOpen = false;
  #isWaiting = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param ask resolves when the monitor has answered, to why not where it refused */
  constructor(ask: (request: PlanRequest) => Promise<string | undefined>, clock: Clock) {
    this.wanted = this.#wanted;
    this.tookMs = this.#tookMs;
    this.#ask = ask;
    this.#clock = clock;
  }

  ask(request: PlanRequest): void {
    this.#wanted.value = request;
    this.#next = request;
    this.#proceed();
  }

  /** A plan has come. */
  received(plan: Plan): void {
    const wanted = this.#wanted.peek();
    if (wanted === undefined || !sameRequest(plan.request, wanted)) return;
    this.#wanted.value = undefined;
    this.#tookMs.value = this.#clock.now() - this.#askedAt;
  }

  /** A new connection or another scan answers nothing of the old one. */
  reset(): void {
    this.#next = undefined;
    this.#wanted.value = undefined;
    this.#tookMs.value = undefined;
  }

  #letGo(request: PlanRequest): void {
    if (this.#wanted.peek() === request) this.#wanted.value = undefined;
  }

  #proceed(): void {
    if (this.#next === undefined || this.#isOpen) return;
    const wait = this.#askedAt + PACE_MS - this.#clock.now();
    if (wait > 0) {
      if (this.#isWaiting) return;
      this.#isWaiting = true;
      this.#clock.later(() => {
        this.#isWaiting = false;
        this.#proceed();
      }, wait);
      return;
    }
    const request = this.#next;
    this.#next = undefined;
    this.#askedAt = this.#clock.now();
    this.#isOpen = true;
    void this.#ask(request).then((fault) => {
      this.#isOpen = false;
      // What was refused will not come: the control goes back to what the plan on show was made for.
      if (fault !== undefined) this.#letGo(request);
      else this.#clock.later(() => this.#letGo(request), PATIENCE_MS);
      this.#proceed();
    });
  }
}

export const sameRequest = (a: PlanRequest, b: PlanRequest): boolean =>
  a.budget.unit === b.budget.unit &&
  Math.abs(a.budget.value - b.budget.value) <= 1e-9 * Math.abs(b.budget.value) &&
  [...a.terms].sort().join() === [...b.terms].sort().join();
