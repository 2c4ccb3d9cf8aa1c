import type { ReadonlySignal } from '@preact/signals-core';
import { computed } from '@preact/signals-core';
import type { Domain } from '../../protocol/domain.ts';
import { centredDomain, percentileDomain, steadyDomain } from '../../protocol/domain.ts';
import type { ClassAnchor } from '../geometry/class-anchors.ts';
import { classAnchors } from '../geometry/class-anchors.ts';
import type { HeldLimits } from './held-limits.ts';
import type { LayerPlane } from './layer-plane.ts';
import { throttled } from './signals.ts';

/** Readings follow the data at this pace, ms. */
const INTERVAL_MS = 600;
/** More samples than this do not make a percentile better. */
const DOMAIN_SAMPLES = 4096;
/** From no flag to all of them. */
const ALL_FLAGS: Domain = [0, 15];

/** What is read off whole maps: limits of their colours, places of their numbers. Made when first asked for. */
export class MapReadings {
  readonly #held: HeldLimits;
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
      // A sum of bits keeps its scale, whatever is set.
      if (plane.layer.kind === 'flags') return ALL_FLAGS;
      const next = percentileDomain(plane.sample(DOMAIN_SAMPLES));
      const wanted = next && plane.layer.kind === 'information' ? centredDomain(next) : next;
      previous = steadyDomain(previous, wanted);
      return previous;
    });
    this.#domains.set(plane, domain);
    return domain;
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
