import type { ReadonlySignal } from '@preact/signals-core';
import { computed } from '@preact/signals-core';
import type { Plan } from '../../../protocol/index.ts';
import type { Shape } from '../../geometry/rectangles.ts';
import type { LayerPlane } from '../maps/layer-plane.ts';
import type { PlanCost } from './plan-costs.ts';
import { pixelsOverLimit, planCost, regionGain } from './plan-costs.ts';
import type { ShownRegion } from './plan-edits.ts';

/** Cost and gain of the regions on show, as they are edited. */
export class PlanFigures {
  readonly cost: ReadonlySignal<PlanCost | undefined>;
  /** Pixels expected to be put right; undefined where that cannot be estimated. */
  readonly gain: ReadonlySignal<number | undefined>;
  /** Pixels that would have more than the limit of dose. */
  readonly overLimit: ReadonlySignal<number>;
  readonly #plan: ReadonlySignal<Plan | undefined>;
  readonly #value: ReadonlySignal<LayerPlane | undefined>;

  /**
   * @param value the value map, where there is one
   * @param exposure dwells of each pixel so far, where they differ
   */
  constructor(
    plan: ReadonlySignal<Plan | undefined>,
    regions: ReadonlySignal<readonly ShownRegion[]>,
    shape: ReadonlySignal<Shape | undefined>,
    value: ReadonlySignal<LayerPlane | undefined>,
    exposure: ReadonlySignal<LayerPlane | undefined>,
  ) {
    this.#plan = plan;
    this.#value = value;
    this.cost = computed(() => {
      const [rows, columns] = shape.value ?? [1, 1];
      return plan.value && planCost(regions.value, plan.value, rows * columns);
    });
    this.overLimit = computed(() => {
      void exposure.value?.version.value;
      const columns = shape.value?.[1] ?? 1;
      return plan.value === undefined
        ? 0
        : pixelsOverLimit(regions.value, plan.value, exposure.value?.data, columns);
    });
    this.gain = computed(() => {
      const gains = regions.value.map((region) => this.gainOf(region));
      const isAsProposed =
        gains.length === plan.value?.regions.length &&
        regions.value.every(({ proposed }) => proposed !== undefined);
      if (isAsProposed) return plan.value?.gain;
      return gains.reduce(
        (sum, gain) => (sum === undefined || gain === undefined ? undefined : sum + gain),
        0,
      );
    });
  }

  gainOf(region: ShownRegion): number | undefined {
    const plan = this.#plan.value;
    if (plan === undefined) return undefined;
    if (region.proposed !== undefined) return region.proposed.gain;
    const value = this.#value.value;
    void value?.version.value;
    return regionGain(region, plan, value?.data, value?.columns ?? 0);
  }
}
