import type { ReadonlySignal } from '@preact/signals-core';
import { computed } from '@preact/signals-core';
import { type LiveModel, PHASES } from './live-model.ts';

/** What pictures depend on of an edge's state, which itself changes with every spectrum. */
export class EdgeAppearance {
  readonly #model: LiveModel;
  readonly #palettes = new Map<string, ReadonlySignal<string>>();
  readonly #layouts = new Map<string, ReadonlySignal<string>>();

  constructor(model: LiveModel) {
    this.#model = model;
  }

  /** What the colours and names of an edge's classes, or of the phases, depend on. */
  paletteOf(edge: string): ReadonlySignal<string> {
    return kept(this.#palettes, edge, () =>
      (edge === PHASES ? this.#model.phaseClasses.value : this.#model.edges.value.get(edge)?.classes)?.map(
        ({ label, place, name }) => [label, place, name],
      ),
    );
  }

  /** What the picture of an edge's embedding depends on besides its points. */
  layoutOf(edge: string): ReadonlySignal<string> {
    return kept(this.#layouts, edge, () => {
      const state = this.#model.edges.value.get(edge);
      return [
        state?.orientation,
        state?.classes.map(({ label, place, centroid }) => [label, place, ...centroid]),
      ];
    });
  }
}

/** As text, so that what is equal does not count as a change. */
function kept(
  signals: Map<string, ReadonlySignal<string>>,
  edge: string,
  read: () => unknown,
): ReadonlySignal<string> {
  let found = signals.get(edge);
  if (found === undefined) {
    found = computed(() => JSON.stringify(read()) ?? '');
    signals.set(edge, found);
  }
  return found;
}
