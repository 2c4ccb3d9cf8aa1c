import type { ReadonlySignal } from '@preact/signals-core';
import { computed, effect, signal } from '@preact/signals-core';
import type { Comparison, EdgeComparison, LayerTriple, MapDifference } from '../../../protocol/index.ts';
import type { Dashboard } from '../dashboard.ts';
import type { LayerPlane } from '../maps/layer-plane.ts';

/** A map that can be shown: the classes of an edge, another map of the edge, or one of the scan. */
export interface ComparedMap {
  /** As on its tab. */
  name: string;
  units: string;
  layers: LayerTriple;
  /** Absent for classes, and where no pixel is measured in both. */
  difference?: MapDifference;
}

/** The maps of a triple that have arrived. */
export interface ShownPlanes {
  a: LayerPlane;
  b: LayerPlane;
  difference: LayerPlane;
}

/** Tab of the class maps. */
export const CLASSES = 'Classes';
const MAP_NAMES: Record<string, string> = { intensity: 'Intensity', snr: 'Signal to noise' };
/** Tab of the maps that belong to no edge. */
export const SCAN_TAB = 'Scan';

/** The figures of a comparison, and which of its maps is shown. */
export class ComparisonView {
  readonly comparison = signal<Comparison | undefined>(undefined);
  /** Why there is nothing to compare. */
  readonly problem = signal<string | undefined>(undefined);
  readonly chosenTab = signal<string | undefined>(undefined);
  readonly chosenMap = signal(CLASSES);

  /** Names of the edges, and the scan where it has maps of its own. */
  readonly tabs: ReadonlySignal<readonly string[]> = computed(() => {
    const { edges = [], maps = [] } = this.comparison.value ?? {};
    return [...edges.map(({ edge }) => edge), ...(maps.length > 0 ? [SCAN_TAB] : [])];
  });
  readonly tab: ReadonlySignal<string | undefined> = computed(() => {
    const [first] = this.tabs.value;
    return this.tabs.value.find((tab) => tab === this.chosenTab.value) ?? first;
  });
  readonly edge: ReadonlySignal<EdgeComparison | undefined> = computed(() =>
    this.comparison.value?.edges.find(({ edge }) => edge === this.tab.value),
  );
  readonly maps: ReadonlySignal<readonly ComparedMap[]> = computed(() => {
    const edge = this.edge.value;
    const maps = (edge?.maps ?? this.comparison.value?.maps ?? []).flatMap(
      ({ map, units, layers, difference }) => {
        const name = MAP_NAMES[map] ?? `${map.charAt(0).toUpperCase()}${map.slice(1)}`;
        return layers ? [{ name, units, layers, ...(difference && { difference }) }] : [];
      },
    );
    return edge?.layers ? [{ name: CLASSES, units: 'class', layers: edge.layers }, ...maps] : maps;
  });
  readonly map: ReadonlySignal<ComparedMap | undefined> = computed(() => {
    const [first] = this.maps.value;
    return this.maps.value.find(({ name }) => name === this.chosenMap.value) ?? first;
  });
  readonly planes: ReadonlySignal<ShownPlanes | undefined>;

  constructor(dashboard: Dashboard) {
    this.planes = computed(() => {
      const layers = this.map.value?.layers;
      const planes = dashboard.model.planes.value;
      const [a, b, difference] = [layers?.a, layers?.b, layers?.difference].map((id) => planes.get(id ?? -1));
      return a && b && difference && { a, b, difference };
    });
    effect(() => {
      const planes = this.planes.value;
      if (planes && planes.a.layer.kind !== 'labels') dashboard.readings.shareLimits([planes.a, planes.b]);
    });
  }

  /** Fetches the figures once. */
  async load(url: string): Promise<void> {
    try {
      const answer = await fetch(url);
      const content: unknown = await answer.json();
      if (!answer.ok) throw new Error((content as { error?: string }).error ?? answer.statusText);
      this.comparison.value = content as Comparison;
    } catch (error) {
      this.problem.value = error instanceof Error ? error.message : String(error);
    }
  }
}
