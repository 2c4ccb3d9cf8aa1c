import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Plan, PlanRequest } from '../../../protocol/index.ts';
import { PacedSender } from '../live/paced-sender.ts';
import type { Clock } from '../live/spectrum-requests.ts';

/** A plan that does not come this long after the monitor took the request, ms, is not waited for. */
const PATIENCE_MS = 10_000;
/** Planning that takes longer than this, ms, is said to. */
export const SLOW_MS = 1000;

/** Has the monitor plan again while a slider moves. */
export class PlanRequests {
  /** What was asked for last, until the plan for it is there. */
  readonly wanted: ReadonlySignal<PlanRequest | undefined>;
  /** How long the last plan took from the hand to the page, ms. */
  readonly tookMs: ReadonlySignal<number | undefined>;
  readonly #wanted = signal<PlanRequest | undefined>(undefined);
  readonly #tookMs = signal<number | undefined>(undefined);
  readonly #requests: PacedSender<PlanRequest>;
  readonly #clock: Clock;

  /** @param ask resolves when the monitor has answered, to why not where it refused */
  constructor(ask: (request: PlanRequest) => Promise<string | undefined>, clock: Clock) {
    this.wanted = this.#wanted;
    this.tookMs = this.#tookMs;
    this.#clock = clock;
    this.#requests = new PacedSender(async (request) => this.#answered(request, await ask(request)), clock);
  }

  ask(request: PlanRequest): void {
    this.#wanted.value = request;
    this.#requests.send(request);
  }

  /** A plan has come. */
  received(plan: Plan): void {
    const wanted = this.#wanted.peek();
    if (wanted === undefined || !sameRequest(plan.request, wanted)) return;
    this.#wanted.value = undefined;
    this.#tookMs.value = this.#clock.now() - this.#requests.sentAt;
  }

  /** A new connection or another scan answers nothing of the old one. */
  reset(): void {
    this.#requests.drop();
    this.#wanted.value = undefined;
    this.#tookMs.value = undefined;
  }

  #answered(request: PlanRequest, fault: string | undefined): void {
    // What was refused will not come: the control goes back to what the plan on show was made for.
    if (fault !== undefined) this.#letGo(request);
    else this.#clock.later(() => this.#letGo(request), PATIENCE_MS);
  }

  #letGo(request: PlanRequest): void {
    if (this.#wanted.peek() === request) this.#wanted.value = undefined;
  }
}

export const sameRequest = (a: PlanRequest, b: PlanRequest): boolean =>
  a.budget.unit === b.budget.unit &&
  Math.abs(a.budget.value - b.budget.value) <= 1e-9 * Math.abs(b.budget.value) &&
  [...a.terms].sort().join() === [...b.terms].sort().join();
