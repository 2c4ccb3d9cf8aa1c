import {
  type Alert,
  type Command,
  DEFAULT_BUDGET,
  type EdgeState,
  edgeAt,
  InputError,
  type Layer,
  type PixelSpectrum,
  PLAN_TERMS,
  PLAN_VERSION,
  type Plan,
  type PlanRegion,
  type Progress,
  type ScanMessage,
  type Topic,
  topicKey,
  UNMEASURED,
} from '../../protocol/index.ts';
import type { LiveCubes, LiveLayer, LiveState, StateChange } from '../../server/pipeline/live-state.ts';

/** A state that tests write by hand. */
export class FakeLiveState implements LiveState {
  scan: ScanMessage | undefined;
  cubes: LiveCubes | undefined;
  layers: { layer: Layer; data: Float32Array | Int16Array; revision: number }[] = [];
  readonly topics = new Map<string, Topic>();
  alerts: Alert[] = [];
  readonly #listeners = new Set<(change: StateChange) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  now(): number {
    return Date.now();
  }

  subscribe(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: StateChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Begins a scan with the given layers, nothing measured. */
  begin(shape: [number, number], layers: Layer[], epoch = 1): void {
    this.topics.clear();
    this.layers = layers.map((layer) => ({ layer, revision: 0, data: unmeasured(layer, shape) }));
    this.scan = {
      type: 'scan',
      epoch,
      source: 'test',
      edges: [edgeAt('Si-L', 99), edgeAt('C-K', 284)],
      layers: [...layers],
      scan: {
        id: `scan-${epoch}`,
        name: 'test',
        shape,
        channels: 8,
        energy: { offset: 80, dispersion: 1, units: 'eV' },
        dtype: 'u16',
      },
    };
    this.tell({ type: 'scan', message: this.scan });
  }

  /** Adds a layer after the scan has begun. */
  addLayer(layer: Layer): void {
    const scan = this.scan as ScanMessage;
    this.layers.push({ layer, revision: 0, data: unmeasured(layer, scan.scan.shape) });
    this.tell({ type: 'layer', message: { type: 'layer', epoch: scan.epoch, layer } });
  }

  /** Fills rows of a layer with one value and tells it. */
  fill(id: number, firstRow: number, rows: number, value: number, revision = 0): void {
    const found = this.layers.find(({ layer }) => layer.id === id)!;
    const perRow = found.data.length / (this.scan?.scan.shape[0] ?? 1);
    found.data.fill(value, firstRow * perRow, (firstRow + rows) * perRow);
    found.revision = revision;
    this.tell({ type: 'rows', layer: id, firstRow, rows });
  }

  publish(topic: Topic): void {
    const key = topicKey(topic);
    this.topics.set(key, topic);
    this.tell({ type: 'topic', key });
  }

  async spectrum(pixel: number): Promise<PixelSpectrum> {
    if (!this.scan) throw new Error('no scan');
    const { energy, channels } = this.scan.scan;
    const raw = Array.from({ length: channels }, (_, channel) => pixel + channel);
    return {
      type: 'spectrum',
      request: 0,
      epoch: this.scan.epoch,
      pixel,
      measured: true,
      energy,
      raw,
      edges: [],
    };
  }

  /** Asked for, newest last. */
  readonly commands: Command[] = [];

  async command(command: Command): Promise<void> {
    if (command.type === 'axis' && command.epoch !== this.scan?.epoch)
      throw new InputError('axis', 'epoch', `expected that of the scan on show, found ${command.epoch}`);
    this.commands.push(command);
  }

  summary(): Record<string, unknown> {
    return { version: 'test', spectra: 3 };
  }
}

function unmeasured(layer: Layer, [rows, columns]: [number, number]): LiveLayer['data'] {
  const samples = rows * columns * layer.components;
  return layer.dtype === 'f32'
    ? new Float32Array(samples).fill(Number.NaN)
    : new Int16Array(samples).fill(UNMEASURED);
}

export const counts = (id: number): Layer => ({
  id,
  kind: 'counts',
  name: `Counts ${id}`,
  units: 'counts',
  dtype: 'f32',
  components: 1,
});

export const edgeLayer = (id: number, edge: string, kind: Layer['kind']): Layer => ({
  id,
  kind,
  name: `${edge} ${kind}`,
  units: '',
  dtype: kind === 'labels' ? 'i16' : 'f32',
  components: kind === 'embedding' ? 2 : 1,
  edge,
});

export const progress = (spectra: number, epoch = 1): Progress => ({
  type: 'progress',
  epoch,
  status: 'live',
  spectra,
  total: 100,
  nextPixel: spectra,
  rate: 10,
  elapsedSeconds: 1,
  newestAt: 1,
  sentAt: 0,
  backlog: 4,
});

export const edgeState = (name: string, classes: EdgeState['classes'], epoch = 1): EdgeState => ({
  type: 'edge',
  epoch,
  name,
  status: 'live',
  revision: 1,
  present: 1,
  absent: 1,
  components: 2,
  explained: [0.5, 0.2],
  landmarks: 10,
  gain: 1,
  classes,
  orientation: [1, 0, 0, 0, 1, 0],
});

/** A plan of some regions, made up. */
export const planTopic = (regions: PlanRegion[], epoch = 1): Plan => ({
  type: 'plan',
  version: PLAN_VERSION,
  epoch,
  number: 1,
  status: 'proposed',
  verdict: 'rescan',
  words: 'made up',
  request: { budget: DEFAULT_BUDGET, terms: PLAN_TERMS },
  regions,
  cost: { pixelDwells: 1, percent: 1 },
  gain: 1,
  wrong: 2,
  settled: { curve: [], mayStop: false },
  history: [],
});
