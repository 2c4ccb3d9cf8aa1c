import type {
  Plan,
  PlanDrift,
  PlanRectangle,
  PlanReply,
  PlanRequest,
  Scan,
} from '../../../protocol/index.ts';
import type { EdgeRun } from '../edge/edge-run.ts';
import { classNames } from '../names/class-names.ts';
import type { ScanLayers } from '../scan-layers.ts';
import { faultText } from '../threads/fault-text.ts';
import type { RescanUnderWay } from './accepted-plan.ts';
import { PlanAcceptance } from './plan-acceptance.ts';
import { budgetLeft } from './plan-cost.ts';
import {
  checkRequest,
  doseLimitWarning,
  type PlanOptions,
  type PlanRates,
  planRates,
  possibleRequest,
} from './plan-options.ts';
import { PlanState } from './plan-state.ts';
import { PLAN_LAYERS, type PlanLayerKind, type PlanLayers } from './planner-protocol.ts';
import { PlannerThread } from './planner-thread.ts';
import { rectangleOf } from './region-numbers.ts';
import { uncountedEdges, withoutEdges } from './uncounted-edges.ts';

/** Interval of plans while the maps change. */
const INTERVAL_MS = 1000;
/** Pause after a plan, as a multiple of its duration: new pixels have priority. */
const REST = 8;

export interface PlanBoardInput {
  options: PlanOptions;
  epoch: number;
  scan: Scan;
  layers: ScanLayers;
  edges: () => readonly EdgeRun[];
  /** Passes that there will be. */
  passes: () => number;
  /** Whether results are shown before the end. */
  live: boolean;
  clock: { monotonic: () => number; wall: () => number };
  publish: (plan: Plan) => void;
  /** The samples of these layers are new; some may be there for the first time. */
  show: (kinds: readonly PlanLayerKind[]) => void;
  warning: (message: string) => void;
}

/** Keeps the plan of a scan up to date with its maps, handles the operator's requests, and records results. */
export class PlanBoard {
  readonly #input: PlanBoardInput;
  readonly #state: PlanState;
  readonly #thread: PlannerThread;
  readonly #acceptance: PlanAcceptance;
  readonly #rates: PlanRates;
  /** Request of the command line, as far as this scan allows it. */
  readonly #request: PlanRequest;
  #timer: NodeJS.Timeout | undefined;
  /** A pending plan with the current values. */
  #waiting: Promise<void> | undefined;
  #isBusy = false;
  #again = false;
  #restUntil = Number.NEGATIVE_INFINITY;
  /** The maps are final: a plan is a function of them and the request alone. */
  #isFinal = false;
  /** The plan is made of the final maps. */
  #hasFinalPlan = false;
  #closed = false;

  constructor(input: PlanBoardInput) {
    this.#input = input;
    const { scan, options, epoch } = input;
    const { doseLimit } = options;
    this.#rates = planRates(scan, options);
    this.#request = possibleRequest(scan, options, input.warning);
    this.#state = new PlanState({
      epoch,
      scan,
      request: this.#request,
      exposure: input.layers.exposure,
      ...this.#rates,
      ...(doseLimit !== undefined && { doseLimit }),
    });
    const limit = doseLimitWarning(scan, options);
    if (limit !== undefined) input.warning(limit);
    this.#thread = new PlannerThread({ data: () => this.#data(), restarted: input.warning });
    this.#acceptance = new PlanAcceptance({
      state: this.#state,
      thread: this.#thread,
      scan,
      rates: this.#rates,
      edges: input.edges,
      now: input.clock.wall,
    });
    input.publish(this.#state.plan);
  }

  get plan(): Plan {
    return this.#state.plan;
  }

  /** Whether it is among the results of the scan. */
  get isInResults(): boolean {
    return this.#input.options.inResults;
  }

  #data() {
    const { layers, scan, options } = this.#input;
    const written = Object.fromEntries(PLAN_LAYERS.map((kind) => [kind, layers.ofScan(kind)]));
    return {
      shape: scan.shape,
      edges: Object.fromEntries(layers.edges),
      exposure: layers.exposure,
      discarded: layers.discarded,
      faults: layers.survey.faults,
      layers: written as PlanLayers,
      ...this.#rates,
      ...(scan.pixelSizeNm !== undefined && { pixelSizeNm: scan.pixelSizeNm }),
      ...(options.doseLimit !== undefined && { doseLimit: options.doseLimit }),
    };
  }

  /** The maps have changed. */
  schedule(): void {
    if (this.#closed || this.#isFinal || !this.#input.live || this.#timer) return;
    if (this.#isBusy) {
      this.#again = true;
      return;
    }
    const rest = Math.max(INTERVAL_MS, this.#restUntil - this.#input.clock.monotonic());
    this.#timer = setTimeout(() => void this.#follow(), rest);
  }

  /** Edges were added: the thread is replaced by one that includes them. */
  edgesChanged(): void {
    this.#thread.renew();
  }

  /** The scan goes on, otherwise than by a rescan when `isOther`. */
  goOn(isOther: boolean): void {
    this.#isFinal = false;
    this.#hasFinalPlan = false;
    if (isOther) this.expire('the scan goes on');
  }

  /** The scan is no longer what a plan was accepted for. */
  expire(why: string): void {
    if (!this.#state.expire(why)) return;
    this.#input.warning(`the plan that was accepted has expired: ${why}`);
    this.#publish();
  }

  /** A rescan runs or is over. */
  rescanning(rescan: RescanUnderWay, isOver: boolean): void {
    this.#state.rescanning(rescan, isOver);
    this.#publish();
  }

  /** A rescan has joined the scan. @param drift where the specimen lies, if that tells it */
  rescanned(drift: PlanDrift | undefined): void {
    const why = drift && this.#state.drifted(drift);
    if (why !== undefined)
      this.#input.warning(
        `the plan that was accepted has expired: ${why}; the next one is sent to where it lies now`,
      );
    this.#publish();
  }

  /** Plans with the final maps; resolves when that is published, or cannot be. */
  async finalise(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isFinal = true;
    if (this.#acceptance.settle()) this.#publish();
    await this.#plan(true);
    if (this.#input.options.autoAccept) await this.#acceptByItself();
  }

  /**
   * Plans with another budget or other terms.
   * @throws InputError where that cannot be asked of this scan
   */
  async ask(request: PlanRequest): Promise<void> {
    const { scan, options } = this.#input;
    checkRequest(request, scan, options);
    this.#state.ask(request);
    if (this.#fitted.length === 0) return this.#publish();
    // Only the newest of several pending requests is handled.
    this.#waiting ??= this.#plan(false);
    return this.#waiting;
  }

  /**
   * Accepts rectangles: those proposed, or as edited.
   * @throws InputError for rectangles outside the scan
   */
  async accept(rectangles: readonly PlanRectangle[]): Promise<void> {
    const regions = await this.#acceptance.judge(rectangles);
    if (this.#closed) return;
    this.#acceptance.accept(regions);
    this.#publish();
  }

  /** @throws InputError where no plan is accepted */
  withdraw(): void {
    this.#state.withdraw();
    this.#publish();
    this.schedule();
  }

  /** Answer to a producer that asks. */
  reply(): PlanReply {
    return { ...this.#state.reply(), final: this.#hasFinalPlan };
  }

  /** Kills the thread, as a crash would; for tests. */
  kill(): Promise<void> {
    return this.#thread.kill();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#thread.close();
  }

  get #fitted(): EdgeRun[] {
    return this.#input.edges().filter(({ revision }) => revision > 0);
  }

  async #follow(): Promise<void> {
    this.#timer = undefined;
    const { monotonic } = this.#input.clock;
    const since = monotonic();
    this.#isBusy = true;
    this.#again = false;
    await this.#plan(true);
    this.#isBusy = false;
    this.#restUntil = monotonic() + REST * (monotonic() - since);
    if (this.#again) this.schedule();
  }

  /** @param fresh the maps are others since the last plan */
  async #plan(fresh: boolean): Promise<void> {
    if (this.#closed || this.#fitted.length === 0) return;
    let isFinal = this.#isFinal;
    let uncounted: string[] = [];
    try {
      const planned = await this.#thread.plan(() => {
        if (!fresh) this.#waiting = undefined;
        isFinal = this.#isFinal;
        uncounted = isFinal ? [] : uncountedEdges(this.#input.edges());
        return {
          type: 'plan',
          request: this.#state.request,
          fresh,
          edges: this.#fitted.map((edge) => ({ name: edge.edge.name, classNames: classNames(edge) })),
          ended: isFinal,
          passes: this.#input.passes(),
          previous: isFinal ? [] : this.#state.proposed.map(rectangleOf),
        };
      });
      // Discards a plan of maps that changed between live and final.
      if (this.#closed || isFinal !== this.#isFinal) return;
      const { proposal } = planned;
      const words = withoutEdges(proposal.words, uncounted);
      this.#state.propose({ ...proposal, words }, isFinal);
      this.#hasFinalPlan = isFinal;
      if (planned.fresh) this.#input.show(PLAN_LAYERS);
      this.#publish();
    } catch (error) {
      if (!fresh) this.#waiting = undefined;
      if (!this.#closed) this.#input.warning(`no plan could be made: ${faultText(error)}`);
    }
  }

  /** Plans that are accepted without the operator share one budget. */
  async #acceptByItself(): Promise<void> {
    const left = budgetLeft(this.#request.budget, this.#state.history, this.#input.scan.shape, this.#rates);
    if (left === undefined || this.#state.status === 'accepted' || this.#state.verdict !== 'rescan') return;
    if (left.value !== this.#state.request.budget.value) {
      this.#state.ask({ ...this.#input.options.request, budget: left });
      await this.#plan(false);
    }
    if (this.#closed || this.#state.verdict !== 'rescan' || this.#state.proposed.length === 0) return;
    await this.accept(this.#state.proposed.map(rectangleOf));
  }

  #publish(): void {
    if (!this.#closed) this.#input.publish(this.#state.plan);
  }
}
