import {
  InputError,
  type Plan,
  type PlanRectangle,
  type PlanRegion,
  type PlanReply,
  type PlanRequest,
  type Scan,
} from '../../../protocol/index.ts';
import { achievedGain } from '../../analysis/plan/achieved-gain.ts';
import type { EdgeRun } from '../edge/edge-run.ts';
import type { ScanLayers } from '../scan-layers.ts';
import { faultText } from '../threads/fault-text.ts';
import { budgetLeft, costOf } from './plan-cost.ts';
import { checkRequest, doseLimitWarning, doseRateOf, type PlanOptions, timingOf } from './plan-options.ts';
import { PlanState } from './plan-state.ts';
import { PLAN_LAYERS, type PlanLayerKind, type PlanLayers } from './planner-protocol.ts';
import { PlannerThread } from './planner-thread.ts';

/** A plan is made anew at most this often while the maps change. */
const INTERVAL_MS = 1000;
/** It rests this many times as long as it took: new pixels need the processor more. */
const REST = 8;

export interface PlanBoardInput {
  options: PlanOptions;
  epoch: number;
  scan: Scan;
  layers: ScanLayers;
  edges: () => readonly EdgeRun[];
  /** Passes that there will be. */
  passes: () => number;
  /** Whether anybody looks before the end. */
  live: boolean;
  clock: { monotonic: () => number; wall: () => number };
  publish: (plan: Plan) => void;
  /** The samples of these layers are new; some may be there for the first time. */
  show: (kinds: readonly PlanLayerKind[]) => void;
  warning: (message: string) => void;
}

/** Keeps the plan of a scan: follows its maps, does what the operator asks, and remembers what came of it. */
export class PlanBoard {
  readonly #input: PlanBoardInput;
  readonly #state: PlanState;
  readonly #thread: PlannerThread;
  #timer: NodeJS.Timeout | undefined;
  /** A plan that is to be made with the values at hand, and has not been begun. */
  #waiting: Promise<void> | undefined;
  #isBusy = false;
  #again = false;
  #restUntil = Number.NEGATIVE_INFINITY;
  /** The maps are final: a plan is a function of them and the request alone. */
  #isFinal = false;
  /** The plan is made of the final maps. */
  #knowsFinal = false;
  #closed = false;
  /** Class maps as they were when a plan was accepted, by edge. */
  #before = new Map<string, Int16Array>();

  constructor(input: PlanBoardInput) {
    this.#input = input;
    const { scan, options, epoch } = input;
    const { doseLimit } = options;
    this.#state = new PlanState({
      epoch,
      scan,
      request: this.#allowed(options.request),
      ...this.#rates,
      ...(doseLimit !== undefined && { doseLimit }),
    });
    const limit = doseLimitWarning(scan, options);
    if (limit !== undefined) input.warning(limit);
    this.#thread = new PlannerThread({ data: () => this.#data(), restarted: input.warning });
    input.publish(this.#state.plan);
  }

  get plan(): Plan {
    return this.#state.plan;
  }

  /** Whether it is among the results of the scan. */
  get isInResults(): boolean {
    return this.#input.options.inResults;
  }

  get #rates() {
    const { scan, options } = this.#input;
    const [timing, doseRate] = [timingOf(scan, options), doseRateOf(scan, options)];
    return { ...(timing && { timing }), ...(doseRate !== undefined && { doseRate }) };
  }

  /** What was asked for on the command line; in percent where its unit means nothing for this scan. */
  #allowed(request: PlanRequest): PlanRequest {
    const { scan, options, warning } = this.#input;
    try {
      checkRequest(request, scan, options);
      return request;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      warning(`${error.message}; the plan is for 25 % of the first pass`);
      return { ...request, budget: { unit: 'percent', value: 25 } };
    }
  }

  #data() {
    const { layers, scan, options } = this.#input;
    const written = Object.fromEntries(PLAN_LAYERS.map((kind) => [kind, layers.ofScan(kind)]));
    return {
      shape: scan.shape,
      edges: Object.fromEntries(layers.edges),
      exposure: layers.exposure,
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

  /** There are more edges: a thread that knows of them takes the place of the one before. */
  edgesChanged(): void {
    this.#thread.renew();
  }

  /** The scan goes on, otherwise than by a rescan when `isOther`. */
  goOn(isOther: boolean): void {
    this.#isFinal = false;
    this.#knowsFinal = false;
    if (isOther) this.expire('the scan goes on');
  }

  /** The scan is no longer what a plan was accepted for. */
  expire(why: string): void {
    if (!this.#state.expire()) return;
    this.#input.warning(`the plan that was accepted has expired: ${why}`);
    this.#publish();
  }

  /** Plans with the final maps; resolves when that is published, or cannot be. */
  async finalise(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isFinal = true;
    this.#settle();
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
    // Of many requests while one is worked at, the newest is enough.
    this.#waiting ??= this.#plan(false);
    return this.#waiting;
  }

  /**
   * The operator's yes to rectangles: those proposed, or as edited.
   * @throws InputError for rectangles outside the scan
   */
  async accept(rectangles: readonly PlanRectangle[]): Promise<void> {
    const [rows, columns] = this.#input.scan.shape;
    for (const [index, { y, x, height, width }] of rectangles.entries())
      if (y + height > rows || x + width > columns)
        throw new InputError(
          'accept-plan',
          `rectangles.${index}`,
          `expected within ${rows} × ${columns} pixels, found ${height} × ${width} at (${y}, ${x})`,
        );
    const regions = await this.#judged(rectangles);
    if (this.#closed) return;
    const { layers, edges, clock, scan } = this.#input;
    this.#state.accept(
      regions,
      costOf(regions, scan.shape, this.#rates.timing),
      clock.wall(),
      layers.exposure,
    );
    this.#before = new Map(edges().map(({ edge, maps }) => [edge.name, maps.labels.slice()]));
    this.#publish();
  }

  /** @throws InputError where no plan is accepted */
  withdraw(): void {
    this.#state.withdraw();
    this.#publish();
    this.schedule();
  }

  /** What a producer that asks is answered. */
  reply(): PlanReply {
    return { ...this.#state.reply(this.#input.layers.exposure), final: this.#knowsFinal };
  }

  /** Ends the thread as a fault would; for tests. */
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
    try {
      const planned = await this.#thread.plan(() => {
        if (!fresh) this.#waiting = undefined;
        isFinal = this.#isFinal;
        return {
          type: 'plan',
          request: this.#state.request,
          fresh,
          edges: this.#fitted.map((edge) => ({ name: edge.edge.name, classNames: namesOf(edge) })),
          ended: isFinal,
          passes: this.#input.passes(),
          previous: isFinal ? [] : this.#state.proposed.map(rectangleOf),
        };
      });
      // What was found of maps that are no longer final, or were not yet, is followed by more.
      if (this.#closed || isFinal !== this.#isFinal) return;
      this.#state.propose(planned.proposal, isFinal);
      this.#knowsFinal = isFinal;
      if (planned.fresh) this.#input.show(PLAN_LAYERS);
      this.#publish();
    } catch (error) {
      if (!fresh) this.#waiting = undefined;
      if (!this.#closed) this.#input.warning(`no plan could be made: ${faultText(error)}`);
    }
  }

  /** What came of an accepted plan, now that the models know of the rescan. */
  #settle(): void {
    const { layers, edges } = this.#input;
    const pixels = this.#state.scanned(layers.exposure);
    if (pixels.length === 0) return;
    const relabelled = edges().flatMap(({ edge, maps: { labels, uncertainty } }) => {
      const before = this.#before.get(edge.name);
      return before ? [{ before, after: labels, uncertainty }] : [];
    });
    this.#state.settle(achievedGain(relabelled, pixels), layers.exposure);
    this.#publish();
  }

  /** Plans accepted by itself share one budget. */
  async #acceptByItself(): Promise<void> {
    const { options, scan } = this.#input;
    const { request } = options;
    const left = budgetLeft(this.#allowed(request).budget, this.#state.history, scan.shape, this.#rates);
    if (left === undefined || this.#state.status === 'accepted' || this.#state.verdict !== 'rescan') return;
    if (left.value !== this.#state.request.budget.value) {
      this.#state.ask({ ...request, budget: left });
      await this.#plan(false);
    }
    if (this.#closed || this.#state.verdict !== 'rescan' || this.#state.proposed.length === 0) return;
    await this.accept(this.#state.proposed.map(rectangleOf));
  }

  /** Rectangles with gain and reason: as proposed, or as the planner judges what was edited. */
  async #judged(rectangles: readonly PlanRectangle[]): Promise<PlanRegion[]> {
    const proposed = this.#state.proposed;
    const known = rectangles.map((one) => proposed.find((region) => isSame(region, one)));
    const others = rectangles.filter((_, i) => known[i] === undefined).map(rectangleOf);
    const assessed = others.length > 0 ? await this.#assess(others) : [];
    const used = new Set(known.flatMap((region) => region?.number ?? []));
    let next = 0;
    return known.map((region) => {
      if (region) return region;
      let number = 1;
      while (used.has(number)) number++;
      used.add(number);
      return { ...assessed[next++], number };
    });
  }

  async #assess(rectangles: PlanRectangle[]): Promise<Omit<PlanRegion, 'number'>[]> {
    if (this.#state.isKnown) return this.#thread.assess(rectangles);
    const { timing } = this.#rates;
    return rectangles.map((rectangle) => {
      const { seconds } = costOf([rectangle], this.#input.scan.shape, timing);
      return {
        ...rectangle,
        ...(seconds !== undefined && { seconds }),
        gain: 0,
        reason: 'chosen before there was a model to tell by',
      };
    });
  }

  #publish(): void {
    if (!this.#closed) this.#input.publish(this.#state.plan);
  }
}

/** What references call the classes of an edge, by label. */
const namesOf = ({ matches }: EdgeRun): Record<number, string> =>
  Object.fromEntries(
    matches.flatMap(({ label, verdict, best }) => (verdict === 'match' ? [[label, best.phase]] : [])),
  );

const rectangleOf = ({ y, x, height, width, dwells }: PlanRectangle): PlanRectangle => ({
  y,
  x,
  height,
  width,
  dwells,
});

const isSame = (a: PlanRectangle, b: PlanRectangle): boolean =>
  a.y === b.y && a.x === b.x && a.height === b.height && a.width === b.width && a.dwells === b.dwells;
