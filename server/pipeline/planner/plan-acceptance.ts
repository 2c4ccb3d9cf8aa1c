import { InputError, type JudgedRegion, type PlanRectangle, type Scan } from '../../../protocol/index.ts';
import { achievedGain } from '../../analysis/plan/achieved-gain.ts';
import type { EdgeRun } from '../edge/edge-run.ts';
import { costOf } from './plan-cost.ts';
import type { PlanRates } from './plan-options.ts';
import type { PlanState } from './plan-state.ts';
import type { PlannerThread } from './planner-thread.ts';
import { isSame, type NumberedRegion, rectangleOf } from './region-numbers.ts';

export interface PlanAcceptanceInput {
  state: PlanState;
  thread: Pick<PlannerThread, 'assess'>;
  scan: Pick<Scan, 'shape'>;
  rates: PlanRates;
  edges: () => readonly EdgeRun[];
  /** ms since 1970. */
  now: () => number;
}

/** Accepts rectangles for the operator and evaluates their rescans. */
export class PlanAcceptance {
  readonly #input: PlanAcceptanceInput;
  /** Class maps as they were when a plan was accepted, by edge. */
  #before = new Map<string, Int16Array>();

  constructor(input: PlanAcceptanceInput) {
    this.#input = input;
  }

  /**
   * Rectangles with gain and reason: as proposed, or as the planner judges what was edited.
   * @throws InputError for rectangles outside the scan
   */
  async judge(rectangles: readonly PlanRectangle[]): Promise<NumberedRegion[]> {
    this.#checkInside(rectangles);
    const { proposed } = this.#input.state;
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

  /** @param regions as judged */
  accept(regions: readonly NumberedRegion[]): void {
    const { state, scan, rates, edges, now } = this.#input;
    state.accept(regions, costOf(regions, scan.shape, rates.timing), now());
    this.#before = new Map(edges().map(({ edge, maps }) => [edge.name, maps.labels.slice()]));
  }

  /** Evaluates the accepted plan once the models include the rescan. @returns whether anything did */
  settle(): boolean {
    const { state, edges } = this.#input;
    const exposed = state.exposedAgain();
    const pixels = new Set([...exposed.values()].flat());
    if (pixels.size === 0) return false;
    const relabelled = edges().flatMap(({ edge, maps: { labels, uncertainty } }) => {
      const before = this.#before.get(edge.name);
      return before ? [{ before, after: labels, uncertainty }] : [];
    });
    const gains = new Map(
      [...exposed].flatMap(([number, own]) =>
        own.length > 0 ? [[number, achievedGain(relabelled, own)] as const] : [],
      ),
    );
    state.settle(gains, achievedGain(relabelled, [...pixels]));
    return true;
  }

  #checkInside(rectangles: readonly PlanRectangle[]): void {
    const [rows, columns] = this.#input.scan.shape;
    for (const [index, { y, x, height, width }] of rectangles.entries())
      if (y + height > rows || x + width > columns)
        throw new InputError(
          'accept-plan',
          `rectangles.${index}`,
          `expected within ${rows} × ${columns} pixels, found ${height} × ${width} at (${y}, ${x})`,
        );
  }

  async #assess(rectangles: PlanRectangle[]): Promise<JudgedRegion[]> {
    const { state, thread, scan, rates } = this.#input;
    if (state.isKnown) return thread.assess(rectangles);
    return rectangles.map((rectangle) => {
      const { seconds } = costOf([rectangle], scan.shape, rates.timing);
      return {
        ...rectangle,
        ...(seconds !== undefined && { seconds }),
        gain: 0,
        reason: 'chosen before the first model',
      };
    });
  }
}
