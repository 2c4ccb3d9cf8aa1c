import {
  type JudgedRegion,
  PLAN_TERMS,
  type PlanRectangle,
  type PlanRequest,
  type Settled,
} from '../../../protocol/index.ts';
import {
  judgeRectangles,
  type PixelValues,
  type PlanInput,
  pixelValues,
  planRescan,
  settledness,
} from '../../analysis/plan/plan-rescan.ts';
import { missingPixels, remainingDwells } from './missing-pixels.ts';
import type { Proposal } from './plan-state.ts';
import type { PlannerCommand, PlannerWorkerData } from './planner-protocol.ts';

/** State computed from the maps at the last evaluation. */
interface Known {
  input: PlanInput;
  values: PixelValues;
  settled: Settled;
  terms: PlanRequest['terms'];
}

/** Works plans out from the maps in shared memory; holds the values of all pixels, so that another request takes little. */
export class Planner {
  readonly #data: PlannerWorkerData;
  #known: Known | undefined;
  /** Request of the plan before. */
  #asked: PlanRequest | undefined;

  constructor(data: PlannerWorkerData) {
    this.#data = data;
  }

  /** @returns the plan, and whether the layers are others since the one before */
  plan(command: PlannerCommand): { proposal: Proposal; fresh: boolean } {
    const { request, previous } = command;
    const before = command.fresh ? undefined : this.#known;
    const known = before ?? this.#evaluate(command);
    const hasOtherTerms = known.terms.join() !== request.terms.join();
    this.#known = { ...known, terms: request.terms };
    const { input, values, settled } = known;
    if (!before || hasOtherTerms) this.#show(values, request.terms);
    // Regions stay as the scan goes on; another request is for others.
    const isAskedAgain = JSON.stringify(this.#asked) === JSON.stringify(request);
    this.#asked = request;
    const staying = isAskedAgain ? previous : [];
    const { regions, verdict, words, cost, gain, wrong } = planRescan(values, input, request, staying);
    return {
      proposal: { regions, verdict, words, cost, gain, wrong, settled },
      fresh: !before || hasOtherTerms,
    };
  }

  /** Judges rectangles that were not proposed. */
  assess(rectangles: readonly PlanRectangle[]): JudgedRegion[] {
    if (!this.#known) throw new Error('nothing has been planned yet');
    const { values, input, terms } = this.#known;
    return judgeRectangles(values, input, rectangles, terms);
  }

  /** Values of all pixels by the maps as they are now. */
  #evaluate({ edges, ended, passes, request }: PlannerCommand): Known {
    const { shape, edges: maps, exposure, discarded, faults, layers: _, ...scan } = this.#data;
    const input: PlanInput = {
      ...scan,
      shape,
      exposure: exposure.slice(),
      discarded: discarded.slice(),
      missing: missingPixels(exposure, faults, shape, ended),
      edges: edges.map(({ name, classNames }) => ({ name, ...maps[name], classNames })),
    };
    const settled = settledness(input, ended ? undefined : remainingDwells(input.exposure, passes));
    return { input, values: pixelValues(input), settled, terms: request.terms };
  }

  /** The value is that of the terms that count; each has a map of its own, whether it counts or not. */
  #show(values: PixelValues, terms: PlanRequest['terms']): void {
    const { layers } = this.#data;
    for (const term of PLAN_TERMS) layers[`plan-${term}`].set(values[term]);
    const value = layers['plan-value'];
    const counted = terms.map((term) => values[term]);
    for (let pixel = 0; pixel < value.length; pixel++) {
      const isKnown = !Number.isNaN(values.value[pixel]);
      if (!isKnown) layers['plan-missing'][pixel] = Number.NaN;
      value[pixel] = isKnown ? counted.reduce((sum, map) => sum + (map[pixel] || 0), 0) : Number.NaN;
    }
  }
}
