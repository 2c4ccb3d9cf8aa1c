import { type ColormapName, DEFAULT_COLORMAPS } from '../../protocol/colormaps.ts';
import type { Layer, LayerKind } from '../../protocol/index.ts';

/** Kinds shown as maps, in the order of the tabs and tiles; an embedding is not a map of the scan. */
const ORDER: readonly LayerKind[] = [
  'labels',
  'intensity',
  'information',
  'thickness',
  'counts',
  'channel',
  'uncertainty',
  'snr',
  'novelty',
  'flags',
  'local-information',
];

const TAB_NAMES: Record<LayerKind, string> = {
  labels: 'Classes',
  intensity: 'Intensity',
  information: 'Information',
  'local-information': 'Local MI',
  thickness: 'Thickness',
  counts: 'Counts',
  channel: 'Channel',
  uncertainty: 'Uncertainty',
  snr: 'SNR',
  novelty: 'Novelty',
  flags: 'Flags',
  embedding: 'Embedding',
  difference: 'Difference',
  change: 'Change',
};

export const defaultColormap = (layer: Layer): ColormapName => DEFAULT_COLORMAPS[layer.kind];

/** More tiles than this are too small to read; the rest is reached by the tabs. */
export const MAX_TILES = 12;

/** The layers that are maps, in the order they are shown; total counts come last where the thickness says it better. */
export function mapLayers(layers: Iterable<Layer>): Layer[] {
  const maps = [...layers].filter((layer) => ORDER.includes(layer.kind));
  const thick = maps.some((layer) => layer.kind === 'thickness');
  const rank = ({ kind }: Layer) => (kind === 'counts' && thick ? ORDER.length : ORDER.indexOf(kind));
  return maps.sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

export interface HeroTab {
  name: string;
  /** The layers behind the tab; more than one where there are several edges or pairs. */
  layers: readonly Layer[];
}

/** One tab per quantity; channels are quantities of their own. */
export function heroTabs(maps: readonly Layer[]): HeroTab[] {
  const tabs = new Map<string, Layer[]>();
  for (const layer of maps) {
    const name = layer.kind === 'channel' ? layer.name : TAB_NAMES[layer.kind];
    tabs.set(name, [...(tabs.get(name) ?? []), layer]);
  }
  return [...tabs].map(([name, layers]) => ({ name, layers }));
}

/** What tells the layers of one tab apart: the edge or the pair. */
export const layerSubject = (layer: Layer): string =>
  layer.pair ? `${layer.pair[0]} × ${layer.pair[1]}` : (layer.edge ?? layer.name);

/** The map that gives the grey ground under class maps: what shows the specimen's form best. */
export const reliefLayer = (maps: readonly Layer[]): Layer | undefined =>
  maps.find((layer) => layer.kind === 'thickness') ??
  maps.find((layer) => layer.kind === 'channel') ??
  maps.find((layer) => layer.kind === 'counts');
