import { type Layer, mapKind, PAGE_MAPS } from '../../../protocol/index.ts';

/** Most tiles: more are too small to read; tabs show the rest. */
export const MAX_TILES = 12;

/** A map whose values are numbers of classes, or of the phases that the classes of all edges say together. */
export const isClassMap = ({ kind }: Pick<Layer, 'kind'>): boolean => kind === 'labels' || kind === 'phases';

/** The layers that are maps, in display order; total counts come last where there is a thickness map. */
export function mapLayers(layers: Iterable<Layer>): Layer[] {
  const maps = [...layers].filter((layer) => PAGE_MAPS.includes(layer.kind));
  const thick = maps.some((layer) => layer.kind === 'thickness');
  const rank = ({ kind }: Layer) => (kind === 'counts' && thick ? PAGE_MAPS.length : PAGE_MAPS.indexOf(kind));
  return maps.sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

export interface HeroTab {
  name: string;
  /** The layers behind the tab; more than one where there are several edges or pairs. */
  layers: readonly Layer[];
}

/** One tab per quantity; each scalar signal is a quantity of its own. */
export function heroTabs(maps: readonly Layer[]): HeroTab[] {
  const tabs = new Map<string, Layer[]>();
  for (const layer of maps) {
    const name = layer.kind === 'channel' ? layer.name : (mapKind(layer.kind).page?.tab ?? layer.name);
    tabs.set(name, [...(tabs.get(name) ?? []), layer]);
  }
  return [...tabs].map(([name, layers]) => ({ name, layers }));
}

/** How the layers of one tab differ: by edge, by pair, or by part. */
export const layerSubject = (layer: Layer): string =>
  layer.pair
    ? `${layer.pair[0]} × ${layer.pair[1]}`
    : (layer.edge ?? mapKind(layer.kind).page?.part ?? layer.name);

const PLAN_TAB = mapKind('plan-value').page?.tab;

/** Whether a map belongs to the plan: the value of a rescan, its terms, or the exposure. */
export const isPlanMap = ({ kind }: Pick<Layer, 'kind'>): boolean => mapKind(kind).page?.tab === PLAN_TAB;

export const planMaps = (maps: readonly Layer[]): Layer[] => maps.filter(isPlanMap);

/** The map drawn in grey under class maps: the one that shows the specimen's shape best. */
export const reliefLayer = (maps: readonly Layer[]): Layer | undefined =>
  maps.find((layer) => layer.kind === 'thickness') ??
  maps.find((layer) => layer.kind === 'channel') ??
  maps.find((layer) => layer.kind === 'counts');
