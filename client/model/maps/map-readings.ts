import type { ReadonlySignal } from '@preact/signals-core';
import { computed } from '@preact/signals-core';
import type { Domain } from '../../../protocol/domain.ts';
import { mapDomain, netSigma } from '../../../protocol/domain.ts';
import { type LayerKind, mapKind } from '../../../protocol/index.ts';
import type { ClassAnchor } from '../../geometry/class-anchors.ts';
import { classAnchors } from '../../geometry/class-anchors.ts';
import { throttled } from '../signals.ts';
import type { HeldLimits } from './held-limits.ts';
import type { LayerPlane } from './layer-plane.ts';

/** Interval at which readings are updated, ms. */
const INTERVAL_MS = 600;
/** More samples than this do not make a percentile better. */
const DOMAIN_SAMPLES = 4096;

/** Values computed from whole maps, on first use: colour limits, places of class numbers. */
export class MapReadings {
  readonly #held: HeldLimits;
  readonly #planeOf: (kind: LayerKind, edge?: string) => LayerPlane | undefined;
  readonly #sharing = new WeakMap<LayerPlane, readonly LayerPlane[]>();
  readonly #domains = new WeakMap<LayerPlane, ReadonlySignal<Domain | undefined>>();
  readonly #anchors = new WeakMap<LayerPlane, ReadonlySignal<readonly ClassAnchor[]>>();

  /** @param planeOf the map of a kind of an edge */
  constructor(held: HeldLimits, planeOf: (kind: LayerKind, edge?: string) => LayerPlane | undefined) {
    this.#held = held;
    this.#planeOf = planeOf;
  }

  /** Limits of a continuous map: those fixed by the user, else computed from its values. */
  domainOf(plane: LayerPlane): ReadonlySignal<Domain | undefined> {
    const known = this.#domains.get(plane);
    if (known !== undefined) return known;
    const pace = throttled(() => plane.version.value, INTERVAL_MS);
    const domain = computed(() => {
      const held = this.#held.all.value.get(plane.layer.name);
      if (held !== undefined) return held;
      void pace.value.value;
      const { limits } = mapKind(plane.layer.kind);
      return mapDomain(this.#samplesOf(plane), { limits, sigma: this.#sigmaOf(plane) });
    });
    this.#domains.set(plane, domain);
    return domain;
  }

  /** Makes maps of one quantity share their limits, so that equal colours mean equal values. */
  shareLimits(planes: readonly LayerPlane[]): void {
    for (const plane of planes) this.#sharing.set(plane, planes);
  }

  #sigmaOf({ layer, data }: LayerPlane): number | undefined {
    const snr = layer.kind === 'intensity' ? this.#planeOf('snr', layer.edge) : undefined;
    return snr && netSigma(data, snr.data);
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
