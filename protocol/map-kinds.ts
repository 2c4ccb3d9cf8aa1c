import { BACKGROUND_FLAGS, MOST_FLAGS } from './background-flags.ts';
import type { ColormapName } from './colormaps.ts';
import type { Domain } from './domain.ts';

/** What a map belongs to: the scan, a scalar signal recorded with it, an edge, a pair of edges, a comparison of two analyses. */
export type MapScope = 'scan' | 'signal' | 'edge' | 'pair' | 'comparison';

/** What is known of a kind of map wherever it is sent, kept, exported or drawn. */
export interface MapKind {
  scope: MapScope;
  /** What it shows. Of an edge it stands behind the edge's name, of a pair before the names of both. */
  title: string;
  units: string;
  /** Default f32: NaN where not measured; i16 has −2 there. */
  dtype?: 'i16';
  /** Default 1. */
  components?: 2;
  /**
   * What its file in a results folder is called, without `.npy`. Of an edge it lies in the edge's folder, and at `/api/edges/<edge>`
   * while the scan runs; of a pair it stands behind `information/<a>~<b>`. Absent where it is not among the results.
   */
  file?: string;
  /** Where it stands among the maps of the page, from 0, its tab there, and what it is called within the tab where neither edge nor pair says it. Absent where it is none of them. */
  page?: { rank: number; tab: string; part?: string };
  /** Unless a user chooses another; classes have colours of their own. */
  colours: ColormapName;
  /** What the ends of the colours stand for: set, or 0 in the middle. By default the range of the values. */
  limits?: Domain | 'centred';
  /** There is nothing to see before a model is fitted. */
  needsModel?: true;
  /** It changes with the classes, when nothing else of the edge does. */
  ofClasses?: true;
  /** The hash of a recorded revision is of it, in the order of this table. */
  hashed?: true;
  /** What its values mean, where units do not say it. */
  values?: string;
}

/** Pixels that are expected to be put right, by one more dwell on one of them. */
const PLAN_UNITS = 'pixels/dwell';

/** All kinds of maps. Those of an edge, and those of a pair, are listed in this order. */
export const MAP_KINDS = {
  counts: {
    scope: 'scan',
    title: 'Total counts',
    units: 'counts',
    file: 'counts',
    page: { rank: 6, tab: 'Counts' },
    colours: 'greys',
  },
  thickness: {
    scope: 'scan',
    title: 'Thickness',
    units: 't/λ',
    file: 'thickness',
    page: { rank: 5, tab: 'Thickness' },
    colours: 'greys',
  },
  /** Total dwell of a pixel in units of the first pass's dwell; 0 where not measured. */
  exposure: {
    scope: 'scan',
    title: 'Exposure',
    units: 'dwells',
    file: 'exposure',
    page: { rank: 17, tab: 'Rescan', part: 'exposure' },
    colours: 'greys',
    values: "dwell on each pixel in units of the first pass's; 0: not measured",
  },
  /** What exposing a pixel once more is worth, over all terms that a plan is asked for. */
  'plan-value': {
    scope: 'scan',
    title: 'Value of a rescan',
    units: PLAN_UNITS,
    file: 'plan-value',
    page: { rank: 4, tab: 'Rescan', part: 'value' },
    colours: 'inferno',
    needsModel: true,
  },
  'plan-classes': {
    scope: 'scan',
    title: 'Value of a rescan for classes',
    units: PLAN_UNITS,
    page: { rank: 13, tab: 'Rescan', part: 'class' },
    colours: 'inferno',
    needsModel: true,
  },
  'plan-presence': {
    scope: 'scan',
    title: 'Value of a rescan for presence',
    units: PLAN_UNITS,
    page: { rank: 14, tab: 'Rescan', part: 'presence' },
    colours: 'inferno',
    needsModel: true,
  },
  'plan-novelty': {
    scope: 'scan',
    title: 'Value of a rescan for novelty',
    units: PLAN_UNITS,
    page: { rank: 15, tab: 'Rescan', part: 'novelty' },
    colours: 'inferno',
    needsModel: true,
  },
  'plan-missing': {
    scope: 'scan',
    title: 'Value of a rescan for missing pixels',
    units: PLAN_UNITS,
    page: { rank: 16, tab: 'Rescan', part: 'missing' },
    colours: 'inferno',
  },
  /** What the classes of all edges say together; the table of the phases is the topic `phases`. */
  phases: {
    scope: 'scan',
    title: 'Phases',
    units: 'phase',
    dtype: 'i16',
    file: 'phases',
    page: { rank: 0, tab: 'Phases' },
    colours: 'viridis',
    needsModel: true,
    values: '0 and above: number of the phase; -1: no edge is present; -2: not measured',
  },
  channel: {
    scope: 'signal',
    title: 'Signal',
    units: 'arb. units',
    page: { rank: 7, tab: 'Signal' },
    colours: 'greys',
  },
  intensity: {
    scope: 'edge',
    title: 'intensity',
    units: 'net counts',
    file: 'intensity',
    page: { rank: 2, tab: 'Intensity' },
    colours: 'viridis',
    values:
      'net counts in the signal window; of one dwell of the first pass where pixels are exposed differently',
  },
  labels: {
    scope: 'edge',
    title: 'classes',
    units: 'class',
    dtype: 'i16',
    file: 'labels',
    page: { rank: 1, tab: 'Classes' },
    colours: 'viridis',
    needsModel: true,
    ofClasses: true,
    hashed: true,
    values: '0 and above: class; -1: the edge is absent; -2: not measured',
  },
  embedding: {
    scope: 'edge',
    title: 'embedding',
    units: '',
    components: 2,
    file: 'embedding',
    colours: 'viridis',
    hashed: true,
  },
  uncertainty: {
    scope: 'edge',
    title: 'uncertainty',
    units: '1 − P(class)',
    file: 'uncertainty',
    page: { rank: 8, tab: 'Uncertainty' },
    colours: 'magma',
    limits: [0, 1],
    needsModel: true,
    ofClasses: true,
    hashed: true,
  },
  snr: {
    scope: 'edge',
    title: 'signal to noise',
    units: 'σ',
    file: 'snr',
    page: { rank: 9, tab: 'SNR' },
    colours: 'cividis',
  },
  /** How unlike all landmarks a pixel is; above 1 it is novel. */
  novelty: {
    scope: 'edge',
    title: 'novelty',
    units: '× limit',
    file: 'novelty',
    page: { rank: 10, tab: 'Novelty' },
    colours: 'magma',
    needsModel: true,
  },
  /** What is wrong with a pixel's background: a sum of the bits of `BACKGROUND_FLAGS`. */
  flags: {
    scope: 'edge',
    title: 'background flags',
    units: 'bits',
    file: 'flags',
    page: { rank: 11, tab: 'Flags' },
    colours: 'flags',
    limits: [0, MOST_FLAGS],
    needsModel: true,
    values: `sum of ${BACKGROUND_FLAGS.map(({ bit, words }) => `${bit} ${words}`).join(', ')}; NaN: not measured`,
  },
  /** Pointwise information of a pair of edges. */
  information: {
    scope: 'pair',
    title: 'Information',
    units: 'nats',
    file: '',
    page: { rank: 3, tab: 'Information' },
    colours: 'diverging',
    limits: 'centred',
    needsModel: true,
  },
  /** Information of a pair within a window around each pixel. */
  'local-information': {
    scope: 'pair',
    title: 'Local information',
    units: 'nats',
    file: '-local',
    page: { rank: 12, tab: 'Local MI' },
    colours: 'magma',
  },
  /** B − A of a quantity, whose units it has. */
  difference: {
    scope: 'comparison',
    title: 'Difference',
    units: '',
    colours: 'diverging',
    limits: 'centred',
  },
  change: {
    scope: 'comparison',
    title: 'change of class',
    units: 'change',
    colours: 'change',
    limits: [0, 1],
    values: '0: the same class or absent in both; 0.5: present in one alone; 1: another class',
  },
} as const satisfies Record<string, MapKind>;

export type LayerKind = keyof typeof MAP_KINDS;

type OfScope<Scope extends MapScope> = {
  [Kind in LayerKind]: (typeof MAP_KINDS)[Kind]['scope'] extends Scope ? Kind : never;
}[LayerKind];
export type ScanMapKind = OfScope<'scan'>;
export type EdgeMapKind = OfScope<'edge'>;
export type PairMapKind = OfScope<'pair'>;

/** The array of a kind's samples. */
export type MapSamples<
  Kind extends LayerKind,
  Room extends ArrayBufferLike = ArrayBufferLike,
> = (typeof MAP_KINDS)[Kind] extends { dtype: 'i16' } ? Int16Array<Room> : Float32Array<Room>;

/** What is known of a kind. */
export const mapKind = (kind: LayerKind): MapKind => MAP_KINDS[kind];

const ALL = Object.keys(MAP_KINDS) as LayerKind[];
export const SCAN_MAPS = ALL.filter((kind) => mapKind(kind).scope === 'scan') as ScanMapKind[];
export const EDGE_MAPS = ALL.filter((kind) => mapKind(kind).scope === 'edge') as EdgeMapKind[];
export const PAIR_MAPS = ALL.filter((kind) => mapKind(kind).scope === 'pair') as PairMapKind[];
/** Kinds that are maps of the page, in the order of the tabs and tiles. */
export const PAGE_MAPS: readonly LayerKind[] = ALL.filter((kind) => mapKind(kind).page).sort(
  (a, b) => (mapKind(a).page?.rank ?? 0) - (mapKind(b).page?.rank ?? 0),
);
/** Maps of an edge that the hash of a revision is of, in the order of their layers. */
export const HASHED_MAPS: readonly LayerKind[] = EDGE_MAPS.filter((kind) => mapKind(kind).hashed);

/** Samples of a pixel. */
export const componentsOf = (kind: LayerKind): 1 | 2 => mapKind(kind).components ?? 1;
export const dtypeOf = (kind: LayerKind): 'f32' | 'i16' => mapKind(kind).dtype ?? 'f32';

/** What a map is of: an edge, a pair of edges, or neither. */
export interface MapSubject {
  edge?: string;
  pair?: [string, string];
}

/** A layer of a kind as it is announced, but for its number. */
export function layerOf<Kind extends LayerKind>(kind: Kind, subject: MapSubject = {}) {
  const { units } = mapKind(kind);
  const words = { kind, name: mapName(kind, subject), units };
  return { ...words, dtype: dtypeOf(kind), components: componentsOf(kind), ...subject };
}

/** `Si-L intensity`, `Information Si-L × C-K`, `Total counts`. */
function mapName(kind: LayerKind, { edge, pair }: MapSubject): string {
  const { title } = mapKind(kind);
  if (pair) return `${title} ${pair.join(' × ')}`;
  return edge === undefined ? title : `${edge} ${title}`;
}

/** Where a map lies in a results folder, `/` between the parts: `Si-L/labels.npy`. Undefined where it is not kept. */
export function resultPath(kind: LayerKind, { edge, pair }: MapSubject = {}): string | undefined {
  const { file } = mapKind(kind);
  if (file === undefined) return undefined;
  if (pair) return `information/${pair.join('~')}${file}.npy`;
  return edge === undefined ? `${file}.npy` : `${edge}/${file}.npy`;
}
