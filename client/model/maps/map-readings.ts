import type { ReadonlySignal } from '@preact/signals-core';
import { computed } from '@preact/signals-core';
import type { Domain } from '../../../protocol/domain.ts';
import { centredDomain, percentileDomain, steadyDomain } from '../../../protocol/domain.ts';
import { mapKind } from '../../../protocol/index.ts';
import type { ClassAnchor } from '../../geometry/class-anchors.ts';
import { classAnchors } from '../../geometry/class-anchors.ts';
import { throttled } from '../signals.ts';
import type { HeldLimits } from './held-limits.ts';
import type { LayerPlane } from './layer-plane.ts';

/** Readings follow the data at this pace, ms. */
const INTERVAL_MS = 600;
/** More samples than this do not make a percentile better. */
const DOMAIN_SAMPLES = 4096;

/** What is read off whole maps: limits of their colours, places of their numbers. Made when first asked for. */
export class MapReadings {
  readonly #held: HeldLimits;
  readonly #sharing = new WeakMap<LayerPlane, readonly LayerPlane[]>();
  readonly #domains = new WeakMap<LayerPlane, ReadonlySignal<Domain | undefined>>();
  readonly #anchors = new WeakMap<LayerPlane, ReadonlySignal<readonly ClassAnchor[]>>();

  constructor(held: HeldLimits) {
    this.#held = held;
  }

  /** Limits of a continuous map: held, or robust, steady, and centred for information. */
  domainOf(plane: LayerPlane): ReadonlySignal<Domain | undefined> {
    const known = this.#domains.get(plane);
    if (known !== undefined) return known;
    const pace = throttled(() => plane.version.value, INTERVAL_MS);
    let previous: Domain | undefined;
    const domain = computed(() => {
      const held = this.#held.all.value.get(plane.layer.name);
      if (held !== undefined) return held;
      void pace.value.value;
      const { limits } = mapKind(plane.layer.kind);
      if (limits !== undefined && limits !== 'centred') return limits;
      const next = percentileDomain(this.#samplesOf(plane));
      const wanted = next && limits === 'centred' ? centredDomain(next) : next;
      // Maps that share their limits must not keep what each of them had before.
      previous = this.#sharing.has(plane) ? wanted : steadyDomain(previous, wanted);
      return previous;
    });
    this.#domains.set(plane, domain);
    return domain;
  }

  /** Has maps of one quantity share their limits, so that equal colours are equal values. */
  shareLimits(planes: readonly LayerPlane[]): void {
    for (const plane of planes) this.#sharing.set(plane, planes);
  }

  #samplesOf(plane: LayerPlane): Float32Array {
    const sharing = this.#sharing.get(plane);
    if (sharing === undefined) return plane.sample(DOMAIN_SAMPLES);
    return Float32Array.from(
      sharing.flatMap((one) => {
        void one.version.value;
        return [...one.sample(DOMAIN_SAMPLES)];
      }),
    );
  }

  /** Where the numbers of a class map are written. */
  anchorsOf(plane: LayerPlane): ReadonlySignal<readonly ClassAnchor[]> {
    const known = this.#anchors.get(plane);
    if (known !== undefined) return known;
    const pace = throttled(() => plane.version.value, INTERVAL_MS);
    const anchors = computed(() => {
      void pace.value.value;
      return classAnchors(plane.data, [plane.rows, plane.columns]);
    });
    this.#anchors.set(plane, anchors);
    return anchors;
  }
}
