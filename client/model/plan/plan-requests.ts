import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Plan, PlanRequest } from '../../../protocol/index.ts';
import { PacedSender } from '../live/paced-sender.ts';
import type { Clock } from '../live/spectrum-requests.ts';

/** Longest wait for a plan after the monitor took the request, ms. */
const LONGEST_WAIT_MS = 10_000;
/** Planning that takes longer than this, ms, is shown. */
export const SLOW_MS = 1000;

/** Requests new plans from the monitor while a slider moves. */
export class PlanRequests {
  /** The last request, until its plan has arrived. */
  readonly wanted: ReadonlySignal<PlanRequest | undefined>;
  /** Time from the user's change to the plan, ms. */
  readonly tookMs: ReadonlySignal<number | undefined>;
  readonly #wanted = signal<PlanRequest | undefined>(undefined);
  readonly #tookMs = signal<number | undefined>(undefined);
  readonly #requests: PacedSender<PlanRequest>;
  readonly #clock: Clock;

  /** @param ask resolves when the monitor has answered, to the reason where it refused */
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

  /** Called when a plan arrives. */
  received(plan: Plan): void {
    const wanted = this.#wanted.peek();
    if (wanted === undefined || !sameRequest(plan.request, wanted)) return;
    this.#wanted.value = undefined;
    this.#tookMs.value = this.#clock.now() - this.#requests.sentAt;
  }

  /** After a reconnection or with another scan: earlier requests get no answer any more. */
  reset(): void {
    this.#requests.drop();
    this.#wanted.value = undefined;
    this.#tookMs.value = undefined;
  }

  #answered(request: PlanRequest, fault: string | undefined): void {
    // A refused request gets no plan: the control shows the request of the current plan again.
    if (fault !== undefined) this.#forget(request);
    else this.#clock.later(() => this.#forget(request), LONGEST_WAIT_MS);
  }

  #forget(request: PlanRequest): void {
    if (this.#wanted.peek() === request) this.#wanted.value = undefined;
  }
}

export const sameRequest = (a: PlanRequest, b: PlanRequest): boolean =>
  a.budget.unit === b.budget.unit &&
  Math.abs(a.budget.value - b.budget.value) <= 1e-9 * Math.abs(b.budget.value) &&
  [...a.terms].sort().join() === [...b.terms].sort().join();
