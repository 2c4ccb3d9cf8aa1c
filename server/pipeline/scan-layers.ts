import { type Edge, type Layer, pixelCount, type Scan } from '../../protocol/index.ts';
import { type EdgeMaps, emptyMaps } from './edge/edge-protocol.ts';
import type { LiveLayer } from './live-state.ts';
import type { SurveyMaps } from './survey/survey-protocol.ts';

/** A layer as the pipeline holds it. */
export interface ScanLayer extends LiveLayer {
  revision: number;
}

/** The pictures of a pair of edges. */
export interface PairLayers {
  pointwise: { layer: Layer; data: Float32Array };
  local: { layer: Layer; data: Float32Array };
}

/** The pictures of one scan, in the order dashboards list them; samples live in memory shared with the workers. */
export class ScanLayers {
  readonly all: ScanLayer[] = [];
  readonly survey: SurveyMaps;
  readonly edges = new Map<string, EdgeMaps>();
  readonly #pixels: number;
  /** Asked for with every row. */
  readonly #ofEdge = new Map<string, readonly ScanLayer[]>();
  readonly #pairs = new Map<string, PairLayers>();

  constructor(scan: Scan, edges: readonly Edge[]) {
    this.#pixels = pixelCount(scan);
    this.survey = {
      counts: this.#shared(),
      thickness: this.#shared(),
      zeroLossSaturated: new Uint8Array(new SharedArrayBuffer(this.#pixels)),
      shifts: this.#shared(),
    };
    this.#add(
      { kind: 'counts', name: 'Total counts', units: 'counts', dtype: 'f32', components: 1 },
      this.survey.counts,
    );
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

  #shared(): Float32Array<SharedArrayBuffer> {
    const samples = new Float32Array(new SharedArrayBuffer(4 * this.#pixels));
    samples.fill(Number.NaN);
    return samples;
  }

  #add(layer: Omit<Layer, 'id'>, data: LiveLayer['data']): ScanLayer {
    const added = { layer: { id: this.all.length, ...layer }, data, revision: 0 };
    this.all.push(added);
    return added;
  }

  #addEdge(edge: string): void {
    const maps = emptyMaps(this.#pixels);
    this.edges.set(edge, maps);
    const scalar = { dtype: 'f32', components: 1, edge } as const;
    this.#add(
      { ...scalar, kind: 'intensity', name: `${edge} intensity`, units: 'net counts' },
      maps.intensity,
    );
    this.#add(
      { kind: 'labels', name: `${edge} classes`, units: 'class', dtype: 'i16', components: 1, edge },
      maps.labels,
    );
    this.#add(
      { kind: 'embedding', name: `${edge} embedding`, units: '', dtype: 'f32', components: 2, edge },
      maps.embedding,
    );
    this.#add(
      { ...scalar, kind: 'uncertainty', name: `${edge} uncertainty`, units: '1 − P(class)' },
      maps.uncertainty,
    );
    this.#add({ ...scalar, kind: 'snr', name: `${edge} signal to noise`, units: 'σ' }, maps.snr);
    this.#add({ ...scalar, kind: 'novelty', name: `${edge} novelty`, units: '× limit' }, maps.novelty);
    this.#add({ ...scalar, kind: 'flags', name: `${edge} background flags`, units: 'bits' }, maps.flags);
  }

  #addPair(pair: [string, string]): void {
    const [pointwise, local] = [this.#shared(), this.#shared()];
    const shown = { units: 'nats', dtype: 'f32', components: 1, pair } as const;
    const name = pair.join(' × ');
    this.#pairs.set(pair.join('~'), {
      pointwise: {
        layer: this.#add({ ...shown, kind: 'information', name: `Information ${name}` }, pointwise).layer,
        data: pointwise,
      },
      local: {
        layer: this.#add({ ...shown, kind: 'local-information', name: `Local information ${name}` }, local)
          .layer,
        data: local,
      },
    });
  }

  /** The map of t/λ, once there is a zero-loss peak; undefined when it is listed already. */
  addThickness(): ScanLayer | undefined {
    if (this.all.some(({ layer }) => layer.kind === 'thickness')) return undefined;
    return this.#add(
      { kind: 'thickness', name: 'Thickness', units: 't/λ', dtype: 'f32', components: 1 },
      this.survey.thickness,
    );
  }

  /** The layer of a scalar channel; `added` when it is new. */
  channel(name: string): { layer: ScanLayer; added: boolean } {
    const known = this.all.find(({ layer }) => layer.kind === 'channel' && layer.name === name);
    if (known) return { layer: known, added: false };
    const layer = this.#add(
      { kind: 'channel', name, units: 'arb. units', dtype: 'f32', components: 1 },
      this.#shared(),
    );
    return { layer, added: true };
  }

  /** @param classesOnly those that change when the classes are others */
  ofEdge(edge: string, classesOnly = false): readonly ScanLayer[] {
    const key = `${edge}/${classesOnly}`;
    let found = this.#ofEdge.get(key);
    if (!found) {
      const isAsked = (kind: Layer['kind']) => !classesOnly || kind === 'labels' || kind === 'uncertainty';
      found = this.all.filter(({ layer }) => layer.edge === edge && isAsked(layer.kind));
      this.#ofEdge.set(key, found);
    }
    return found;
  }

  ofPair(a: string, b: string): PairLayers | undefined {
    return this.#pairs.get(`${a}~${b}`);
  }
}
