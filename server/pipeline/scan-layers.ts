import {
  dtypeOf,
  EDGE_MAPS,
  type Edge,
  type Layer,
  type LayerKind,
  layerOf,
  type MapSamples,
  mapKind,
  type PairMapKind,
  pixelCount,
  type Scan,
  type ScanMapKind,
  UNMEASURED,
} from '../../protocol/index.ts';
import { type EdgeMaps, emptyMaps } from './edge/edge-protocol.ts';
import type { LiveLayer } from './live-state.ts';
import type { SurveyMaps } from './survey/survey-protocol.ts';

/** A layer as the pipeline holds it. */
export interface ScanLayer extends LiveLayer {
  revision: number;
}

type SharedSamples = Float32Array<SharedArrayBuffer> | Int16Array<SharedArrayBuffer>;

/** The pictures of a pair of edges. */
export interface PairLayers {
  pointwise: { layer: Layer; data: Float32Array };
  local: { layer: Layer; data: Float32Array };
}

/** The pictures of one scan, in the order dashboards list them; samples live in memory shared with the workers. */
export class ScanLayers {
  readonly all: ScanLayer[] = [];
  readonly survey: SurveyMaps;
  /** Exposure of each pixel in units of the first pass's dwell; 0 where it is not measured. */
  readonly exposure: Float32Array<SharedArrayBuffer>;
  /** Dwells of each pixel whose counts are not used, since they were cut off: part of its dose all the same. */
  readonly discarded: Float32Array<SharedArrayBuffer>;
  readonly edges = new Map<string, EdgeMaps>();
  readonly #pixels: number;
  /** Asked for with every row. */
  readonly #ofEdge = new Map<string, readonly ScanLayer[]>();
  readonly #pairs = new Map<string, PairLayers>();
  readonly #ofScan = new Map<ScanMapKind, SharedSamples>();

  constructor(scan: Scan, edges: readonly Edge[]) {
    this.#pixels = pixelCount(scan);
    this.survey = {
      counts: this.#shared(),
      thickness: this.#shared(),
      zeroLossSaturated: new Uint8Array(new SharedArrayBuffer(this.#pixels)),
      faults: new Uint8Array(new SharedArrayBuffer(this.#pixels)),
      shifts: this.#shared(),
      dwell: this.#shared(0),
    };
    this.exposure = this.#shared(0);
    this.discarded = this.#shared(0);
    this.#ofScan.set('exposure', this.exposure);
    this.#ofScan.set('counts', this.survey.counts);
    this.#ofScan.set('thickness', this.survey.thickness);
    this.#add(layerOf('counts'), this.survey.counts);
    for (const { name } of edges) this.#addEdge(name);
    for (const [i, a] of edges.entries()) for (const b of edges.slice(i + 1)) this.#addPair([a.name, b.name]);
  }

  /**
   * An edge that can be read from now on.
   * @returns its layers, and those of its pairs with the edges before
   */
  addEdge(edge: string): readonly ScanLayer[] {
    const [before, known] = [[...this.edges.keys()], this.all.length];
    this.#addEdge(edge);
    for (const other of before) this.#addPair([other, edge]);
    return this.all.slice(known);
  }

  #shared(value = Number.NaN): Float32Array<SharedArrayBuffer> {
    const samples = new Float32Array(new SharedArrayBuffer(4 * this.#pixels));
    // Zeros take no memory before they are written to.
    return value === 0 ? samples : samples.fill(value);
  }

  #add(layer: Omit<Layer, 'id'>, data: LiveLayer['data']): ScanLayer {
    const added = { layer: { id: this.all.length, ...layer }, data, revision: 0 };
    this.all.push(added);
    return added;
  }

  #addEdge(edge: string): void {
    const maps = emptyMaps(this.#pixels);
    this.edges.set(edge, maps);
    for (const kind of EDGE_MAPS) this.#add(layerOf(kind, { edge }), maps[kind]);
  }

  #addPair(pair: [string, string]): void {
    const add = (kind: PairMapKind) => {
      const data = this.#shared();
      return { layer: this.#add(layerOf(kind, { pair }), data).layer, data };
    };
    this.#pairs.set(pair.join('~'), { pointwise: add('information'), local: add('local-information') });
  }

  /** A map of the scan that is there from now on, t/λ once there is a zero-loss peak; undefined when it is listed already. */
  show(kind: ScanMapKind): ScanLayer | undefined {
    if (this.isShown(kind)) return undefined;
    return this.#add(layerOf(kind), this.ofScan(kind));
  }

  isShown(kind: ScanMapKind): boolean {
    return this.all.some(({ layer }) => layer.kind === kind);
  }

  /** The samples of a map of the scan, whether it is shown or not; created on first use. */
  ofScan<Kind extends ScanMapKind>(kind: Kind): MapSamples<Kind, SharedArrayBuffer> {
    const known = this.#ofScan.get(kind) ?? this.#empty(kind);
    this.#ofScan.set(kind, known);
    return known as MapSamples<Kind, SharedArrayBuffer>;
  }

  /** Samples of a kind of map before anything is measured. */
  #empty(kind: ScanMapKind): SharedSamples {
    if (dtypeOf(kind) === 'f32') return this.#shared();
    return new Int16Array(new SharedArrayBuffer(2 * this.#pixels)).fill(UNMEASURED);
  }

  /** Scalar channels by name. */
  get channels(): string[] {
    return this.all.filter(({ layer }) => layer.kind === 'channel').map(({ layer }) => layer.name);
  }

  /** The layer of a scalar channel; `added` when it is new. */
  channel(name: string): { layer: ScanLayer; added: boolean } {
    const known = this.all.find(({ layer }) => layer.kind === 'channel' && layer.name === name);
    if (known) return { layer: known, added: false };
    const layer = this.#add({ ...layerOf('channel'), name }, this.#shared());
    return { layer, added: true };
  }

  /** @param classesOnly those that change when the classes are others */
  ofEdge(edge: string, classesOnly = false): readonly ScanLayer[] {
    const key = `${edge}/${classesOnly}`;
    let found = this.#ofEdge.get(key);
    if (!found) {
      const isAsked = (kind: LayerKind) => !classesOnly || mapKind(kind).ofClasses;
      found = this.all.filter(({ layer }) => layer.edge === edge && isAsked(layer.kind));
      this.#ofEdge.set(key, found);
    }
    return found;
  }

  ofPair(a: string, b: string): PairLayers | undefined {
    return this.#pairs.get(`${a}~${b}`);
  }
}
