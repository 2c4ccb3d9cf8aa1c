import type { ReadonlySignal } from '@preact/signals-core';
import { computed, signal } from '@preact/signals-core';
import type { Plan, PlanBudget, PlanCommand, PlanRequest, PlanTerm } from '../../../protocol/index.ts';
import type { Rectangle, Shape } from '../../geometry/rectangles.ts';
import { moved, resized, smallestAt } from '../../geometry/rectangles.ts';
import type { Clock } from '../live/spectrum-requests.ts';
import type { ShownRegion } from './plan-edits.ts';
import { PlanEdits } from './plan-edits.ts';
import { PlanRequests } from './plan-requests.ts';

export interface PlanControlOptions {
  plan: ReadonlySignal<Plan | undefined>;
  shape: ReadonlySignal<Shape | undefined>;
  /** Pixel under the pointer, row-major. */
  hoverPixel: ReadonlySignal<number | undefined>;
  /** A recording or an earlier scan is on show: its plan cannot be changed. */
  isReadOnly: ReadonlySignal<boolean>;
  clock: Clock;
  /** Resolves to the reason where it was refused. */
  command(command: PlanCommand): Promise<string | undefined>;
}

/** The plan as the page shows and changes it: regions, selection, budget, acceptance. */
export class PlanControl {
  readonly plan: ReadonlySignal<Plan | undefined>;
  readonly edits: PlanEdits;
  readonly requests: PlanRequests;
  readonly isReadOnly: ReadonlySignal<boolean>;
  /** The panel is open: regions can be changed. */
  readonly isOpen = signal(false);
  /** The next drag on a map draws a region. */
  readonly isAdding = signal(false);
  /** The region that is being drawn. */
  readonly draft = signal<Rectangle | undefined>(undefined);
  /** The operator is asked whether to send it. */
  readonly isSending = signal(false);
  readonly selected: ReadonlySignal<number | undefined>;
  /** Region whose row of the list is under the pointer, or that lies under the pointer on a map. */
  readonly hovered: ReadonlySignal<number | undefined>;
  /** Regions can be changed now. */
  readonly canEdit: ReadonlySignal<boolean>;
  /** The request that slider and switches show: the last one made. */
  readonly request: ReadonlySignal<PlanRequest | undefined>;
  readonly #selected = signal<number | undefined>(undefined);
  readonly #hoveredRow = signal<number | undefined>(undefined);
  readonly #options: PlanControlOptions;

  constructor(options: PlanControlOptions) {
    const { plan, clock, shape, hoverPixel, isReadOnly } = options;
    this.#options = options;
    this.plan = plan;
    this.isReadOnly = isReadOnly;
    this.edits = new PlanEdits(plan, clock.now);
    this.requests = new PlanRequests(
      (request) => this.#command({ type: 'plan', epoch: this.#epoch, request }),
      clock,
    );
    this.selected = computed(() => {
      const selected = this.#selected.value;
      return this.edits.regions.value.some(({ number }) => number === selected) ? selected : undefined;
    });
    this.hovered = computed(() => {
      const [columns, pixel] = [shape.value?.[1], hoverPixel.value];
      if (this.#hoveredRow.value !== undefined) return this.#hoveredRow.value;
      if (columns === undefined || pixel === undefined) return undefined;
      return smallestAt(this.edits.regions.value, Math.floor(pixel / columns), pixel % columns)?.number;
    });
    // An accepted plan has to be withdrawn before it can be changed.
    this.canEdit = computed(
      () =>
        this.isOpen.value &&
        !isReadOnly.value &&
        plan.value !== undefined &&
        plan.value.status !== 'accepted',
    );
    this.request = computed(() => this.requests.wanted.value ?? plan.value?.request);
  }

  /** Reads the newest plan; run again when it changes. */
  follow(): void {
    const plan = this.plan.value;
    if (plan !== undefined) this.requests.received(plan);
  }

  open(isOpen: boolean): void {
    this.isOpen.value = isOpen;
    if (!isOpen) this.add(undefined);
  }

  select(number: number | undefined): void {
    this.edits.endStep();
    this.#selected.value = number;
  }

  /**
   * With the plan open, selects the region under a pixel. Returns false where the click is to pin the pixel: outside regions, and
   * in the one selected already.
   */
  selectAt(pixel: number): boolean {
    const columns = this.#options.shape.peek()?.[1];
    if (!this.isOpen.peek() || columns === undefined) return false;
    const found = smallestAt(this.edits.regions.peek(), Math.floor(pixel / columns), pixel % columns)?.number;
    if (found !== undefined && found === this.selected.peek()) return false;
    const lets = found === undefined && this.selected.peek() !== undefined;
    this.select(found);
    return found !== undefined || lets;
  }

  hoverRow(number: number | undefined): void {
    this.#hoveredRow.value = number;
  }

  /** The next region of the list, or the one before. */
  selectNext(by: 1 | -1): void {
    const numbers = this.edits.regions.peek().map(({ number }) => number);
    if (numbers.length === 0) return;
    const at = numbers.indexOf(this.selected.peek() ?? Number.NaN);
    const next = at < 0 ? (by > 0 ? 0 : numbers.length - 1) : (at + by + numbers.length) % numbers.length;
    this.select(numbers[next]);
  }

  setBudget(budget: PlanBudget): void {
    this.#ask({ budget });
  }

  setTerm(term: PlanTerm, on: boolean): void {
    const terms = this.request.peek()?.terms ?? [];
    this.#ask({ terms: on ? [...terms, term] : terms.filter((one) => one !== term) });
  }

  /** Returns true where there is a selected region. */
  moveSelected(dx: number, dy: number, changesSize: boolean): boolean {
    const region = this.#changeable();
    const shape = this.#options.shape.peek();
    if (region === undefined || shape === undefined) return false;
    const next = changesSize ? resized(region, shape, dy, dx) : moved(region, shape, dy, dx);
    this.edits.change(region.number, next, changesSize ? 'size' : 'move');
    return true;
  }

  removeSelected(): boolean {
    const region = this.#changeable();
    if (region === undefined) return false;
    const regions = this.edits.regions.peek();
    const at = regions.indexOf(region);
    this.edits.remove(region.number);
    this.#selected.value = (regions[at + 1] ?? regions[at - 1])?.number;
    return true;
  }

  /** Adds a region and ends the adding; undefined cancels it. */
  add(rectangle: Rectangle | undefined): void {
    this.isAdding.value = false;
    this.draft.value = undefined;
    if (rectangle !== undefined && this.canEdit.peek()) this.select(this.edits.add(rectangle));
  }

  setDwells(number: number, dwells: number): void {
    const region = this.edits.find(number);
    if (region !== undefined && Number.isFinite(dwells))
      this.edits.change(number, { ...region, dwells }, 'dwells');
  }

  toggleAdding(): void {
    if (this.isAdding.peek()) this.add(undefined);
    else if (this.canEdit.peek()) this.isAdding.value = true;
  }

  /** A region around a pixel, or in the middle of the scan, an eighth of the scan wide. */
  addAround(pixel: number | undefined): void {
    const shape = this.#options.shape.peek();
    if (shape === undefined) return;
    const [rows, columns] = shape;
    const [y, x] =
      pixel === undefined ? [rows / 2, columns / 2] : [Math.floor(pixel / columns), pixel % columns];
    const [height, width] = [Math.max(1, Math.round(rows / 8)), Math.max(1, Math.round(columns / 8))];
    this.add(
      moved({ y: 0, x: 0, height, width }, shape, Math.floor(y - height / 2), Math.floor(x - width / 2)),
    );
  }

  /** Cancels the adding, else deselects the region; false where there was neither. */
  cancel(): boolean {
    if (this.isAdding.peek()) this.add(undefined);
    else if (this.selected.peek() !== undefined) this.select(undefined);
    else return false;
    return true;
  }

  /** Accepts the regions as they are. Resolves to the reason where that was refused. */
  async accept(): Promise<string | undefined> {
    const rectangles = this.edits.regions
      .peek()
      .map(({ y, x, height, width, dwells }) => ({ y, x, height, width, dwells }));
    const fault = await this.#command({ type: 'accept-plan', epoch: this.#epoch, rectangles });
    if (fault === undefined) this.edits.reset();
    return fault;
  }

  withdraw(): Promise<string | undefined> {
    return this.#command({ type: 'withdraw-plan', epoch: this.#epoch });
  }

  /** Called when another scan begins. */
  reset(): void {
    this.edits.reset();
    this.requests.reset();
    this.isAdding.value = false;
    this.draft.value = undefined;
    this.isSending.value = false;
    this.#selected.value = undefined;
    this.#hoveredRow.value = undefined;
  }

  #changeable(): ShownRegion | undefined {
    return this.canEdit.peek() ? this.edits.find(this.selected.peek()) : undefined;
  }

  get #epoch(): number {
    return this.plan.peek()?.epoch ?? 0;
  }

  #ask(change: Partial<PlanRequest>): void {
    const request = this.request.peek();
    if (request !== undefined && !this.isReadOnly.peek()) this.requests.ask({ ...request, ...change });
  }

  async #command(command: PlanCommand): Promise<string | undefined> {
    if (this.isReadOnly.peek()) return 'a recorded plan cannot be changed';
    return this.#options.command(command);
  }
}
