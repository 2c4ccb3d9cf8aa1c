import type { ReadonlySignal } from '@preact/signals-core';
import { computed } from '@preact/signals-core';
import type { Layer, PairInformation } from '../../protocol/index.ts';
import type { ShownEdge } from '../color/class-colours.ts';
import type { LiveModel } from './live/live-model.ts';
import type { LayerPlane } from './maps/layer-plane.ts';
import { MAX_TILES, mapLayers, reliefLayer } from './maps/map-list.ts';
import type { ViewState } from './view-state.ts';

/** Which maps, edge and pair are shown: the user's choice if the scan has it, else the first. */
export class Choices {
  /** The layers that are maps, in display order. */
  readonly maps: ReadonlySignal<readonly Layer[]>;
  readonly tiles: ReadonlySignal<readonly Layer[]>;
  readonly hero: ReadonlySignal<Layer | undefined>;
  readonly relief: ReadonlySignal<LayerPlane | undefined>;
  readonly edgeNames: ReadonlySignal<readonly string[]>;
  /** Edge shown in embedding, legend and class spectra. */
  readonly edge: ReadonlySignal<string | undefined>;
  readonly edgeState: ReadonlySignal<ShownEdge | undefined>;
  /** Pairs of edges, as `a~b`, in the order of the layers. */
  readonly pairs: ReadonlySignal<readonly string[]>;
  readonly pair: ReadonlySignal<string | undefined>;
  readonly information: ReadonlySignal<PairInformation | undefined>;

  constructor(model: LiveModel, view: ViewState) {
    this.maps = computed(() => mapLayers([...model.planes.value.values()].map((plane) => plane.layer)));
    // Phases are not a tile: they have a tab, and the tiles keep one column per edge.
    this.tiles = computed(() => this.maps.value.filter(({ kind }) => kind !== 'phases').slice(0, MAX_TILES));
    this.hero = computed(
      () => this.maps.value.find((layer) => layer.id === view.heroLayer.value) ?? this.maps.value[0],
    );
    this.relief = computed(() => {
      const layer = reliefLayer(this.maps.value);
      return layer && model.planes.value.get(layer.id);
    });
    this.edgeNames = computed(() => model.scan.value?.edges.map((edge) => edge.name) ?? []);
    this.edge = computed(() => {
      const names = this.edgeNames.value;
      const chosen = view.edge.value;
      if (chosen !== undefined && names.includes(chosen)) return chosen;
      // The default is an edge that can be analysed.
      return names.find((name) => model.edges.value.get(name)?.status !== 'unavailable') ?? names[0];
    });
    this.edgeState = computed(() =>
      this.edge.value === undefined ? undefined : model.edges.value.get(this.edge.value),
    );
    this.pairs = computed(() => {
      const named = this.maps.value.flatMap((layer) => (layer.pair ? [layer.pair.join('~')] : []));
      return [...new Set([...named, ...model.information.value.keys()])];
    });
    this.pair = computed(() => {
      const pairs = this.pairs.value;
      return pairs.find((pair) => pair === view.pair.value) ?? pairs[0];
    });
    this.information = computed(() =>
      this.pair.value === undefined ? undefined : model.information.value.get(this.pair.value),
    );
  }
}
