import type { ReadonlySignal, Signal } from '@preact/signals-core';
import { computed, signal } from '@preact/signals-core';
import type { Plan, PlanRectangle, PlanRegion } from '../../../protocol/index.ts';
import type { Rectangle } from '../../geometry/rectangles.ts';
import { sameRectangle } from '../../geometry/rectangles.ts';

/** A region as it would be accepted: as it was proposed, or changed by hand. */
export interface ShownRegion extends PlanRectangle {
  number: number;
  /** As it was proposed; undefined once its rectangle or its dwells are others. */
  proposed: PlanRegion | undefined;
}

/** Regions as edited, and the plan that they were edited from. */
interface Edited {
  base: number;
  regions: readonly ShownRegion[];
}

type Steps = Signal<readonly (Edited | undefined)[]>;

/** Changes of one kind to one region that follow each other within this time, ms, are undone as one. */
const TOGETHER_MS = 800;
/** Kind of the changes by one drag, which is a single step however long it takes. */
export const DRAG = 'drag';
/** Most steps that can be undone. */
const MOST_STEPS = 200;
export const LEAST_DWELLS = 0.001;
export const MOST_DWELLS = 100;

/**
 * The regions as the operator edits them. While nothing is edited they are the monitor's proposal, which follows the scan; from
 * the first change on only the operator changes them, until `discard`.
 */
export class PlanEdits {
  /** What the maps and the list show, and what would be accepted. */
  readonly regions: ReadonlySignal<readonly ShownRegion[]>;
  readonly isEdited: ReadonlySignal<boolean>;
  /** The regions are edited, and the monitor proposes others by now. */
  readonly hasMovedOn: ReadonlySignal<boolean>;
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;
  readonly #plan: ReadonlySignal<Plan | undefined>;
  readonly #now: () => number;
  /** The edited regions; kept while another plan is accepted and shown. */
  readonly #edited = signal<Edited | undefined>(undefined);
  readonly #before: Steps = signal([]);
  readonly #after: Steps = signal([]);
  #last: { key: string; at: number } | undefined;

  /** @param now ms */
  constructor(plan: ReadonlySignal<Plan | undefined>, now: () => number) {
    this.#plan = plan;
    this.#now = now;
    const shown = computed(() => (plan.value?.status === 'accepted' ? undefined : this.#edited.value));
    this.regions = computed(() => shown.value?.regions ?? (plan.value?.regions ?? []).map(asProposed));
    this.isEdited = computed(() => shown.value !== undefined);
    this.hasMovedOn = computed(() => {
      const edited = shown.value;
      return edited !== undefined && edited.base !== plan.value?.number;
    });
    this.canUndo = computed(() => this.#before.value.length > 0);
    this.canRedo = computed(() => this.#after.value.length > 0);
  }

  find(number: number | undefined): ShownRegion | undefined {
    return this.regions.peek().find((region) => region.number === number);
  }

  /**
   * Another rectangle or other dwells for a region.
   * @param kind changes of one kind in quick succession are undone together; those of a `drag` until `endStep`
   * @returns whether anything changed
   */
  change(number: number, next: Rectangle & { dwells?: number }, kind: string): boolean {
    const region = this.find(number);
    if (region === undefined) return false;
    const { y, x, height, width } = next;
    const dwells = boundedDwells(next.dwells ?? region.dwells);
    if (sameRectangle(region, next) && dwells === region.dwells) return false;
    const changed = withProposal({ ...region, y, x, height, width, dwells }, this.#plan.peek());
    const regions = this.regions.peek().map((one) => (one.number === number ? changed : one));
    this.#push(regions, `${kind} ${number}`);
    return true;
  }

  /** Adds a region; returns its number. */
  add({ y, x, height, width }: Rectangle, dwells = 1): number {
    const regions = this.regions.peek();
    const taken = [...regions, ...(this.#plan.peek()?.regions ?? [])].map((region) => region.number);
    const number = Math.max(0, ...taken) + 1;
    this.#push([
      ...regions,
      { y, x, height, width, dwells: boundedDwells(dwells), number, proposed: undefined },
    ]);
    return number;
  }

  remove(number: number): void {
    const regions = this.regions.peek();
    if (regions.some((region) => region.number === number))
      this.#push(regions.filter((region) => region.number !== number));
  }

  /** Returns to the current proposal; can be undone. */
  discard(): void {
    if (this.#edited.peek() === undefined) return;
    this.#before.value = [...this.#before.peek(), this.#edited.peek()].slice(-MOST_STEPS);
    this.#after.value = [];
    this.#last = undefined;
    this.#edited.value = undefined;
  }

  undo(): void {
    this.#step(this.#before, this.#after);
  }

  redo(): void {
    this.#step(this.#after, this.#before);
  }

  /** The next change is a step of its own. */
  endStep(): void {
    this.#last = undefined;
  }

  /** Discards edits and undo steps: the plan was accepted, or another scan began. */
  reset(): void {
    this.#edited.value = undefined;
    this.#before.value = [];
    this.#after.value = [];
    this.#last = undefined;
  }

  #push(regions: readonly ShownRegion[], key = ''): void {
    const at = this.#now();
    const before = this.#edited.peek();
    const continues =
      key !== '' && this.#last?.key === key && (key.startsWith(DRAG) || at - this.#last.at < TOGETHER_MS);
    if (!continues) this.#before.value = [...this.#before.peek(), before].slice(-MOST_STEPS);
    this.#after.value = [];
    this.#last = { key, at };
    this.#edited.value = { base: before?.base ?? this.#plan.peek()?.number ?? 0, regions };
  }

  #step(from: Steps, to: Steps): void {
    const steps = from.peek();
    if (steps.length === 0) return;
    to.value = [...to.peek(), this.#edited.peek()];
    from.value = steps.slice(0, -1);
    this.#last = undefined;
    this.#edited.value = steps.at(-1);
  }
}

const asProposed = (region: PlanRegion): ShownRegion => {
  const { y, x, height, width, dwells, number } = region;
  return { y, x, height, width, dwells, number, proposed: region };
};

/** A region that was changed back counts as proposed again. */
function withProposal(region: ShownRegion, plan: Plan | undefined): ShownRegion {
  const found = region.proposed ?? plan?.regions.find((one) => one.number === region.number);
  const same = found !== undefined && sameRectangle(found, region) && found.dwells === region.dwells;
  return { ...region, proposed: same ? found : undefined };
}

const boundedDwells = (dwells: number): number => Math.min(Math.max(dwells, LEAST_DWELLS), MOST_DWELLS);
