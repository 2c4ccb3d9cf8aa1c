import type { Topic } from '../../protocol/index.ts';
import { topicKey } from '../../protocol/index.ts';
import { ScanLayers } from '../../server/pipeline/scan-layers.ts';
import { FakeLiveState } from './fake-live-state.ts';
import { FakeScan } from './fake-scan.ts';

/** Radians by which the plane of an embedding turns with a refit. */
const TURN = 0.15;

/**
 * A scan of several passes whose every pixel is measured and placed, so that dashboards hold all there can be, and whose
 * rows and models go on changing at the caller's pace; every layer that a true scan has.
 */
export class BusyScan {
  readonly state = new FakeLiveState();
  readonly #scan: FakeScan;
  readonly #startedAt = Date.now();
  #updates = 0;

  constructor(shape: [number, number]) {
    this.#scan = new FakeScan({ shape, epoch: 1 });
    const { message, pixels } = this.#scan;
    Object.assign(this.#scan, { scanned: pixels, modelled: pixels, revision: 1 });
    const names = message.edges.map(({ name }) => name);
    const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b): [string, string] => [a, b]));
    const layers = new ScanLayers(
      { ...message.scan, lowLoss: { channels: 512, energy: message.scan.energy, dtype: 'u16' } },
      message.edges,
    );
    layers.channel('HAADF');
    this.state.layers = layers.all;
    this.state.scan = { ...message, layers: layers.all.map(({ layer }) => layer) };
    for (const { layer, data } of layers.all)
      data.set(this.#scan.frame(layer, 0, shape[0]).data as Float32Array & Int16Array);
    for (const one of this.state.layers) one.revision = 1;
    this.#tellModels(pairs);
  }

  /** The next row of every layer, and everything that is said of the scan. */
  update(): void {
    const { state } = this;
    const [rows, columns] = this.#scan.message.scan.shape;
    const row = this.#updates++ % rows;
    for (const { layer, data } of state.layers) {
      const perRow = columns * layer.components;
      const samples = data.subarray(row * perRow, (row + 1) * perRow);
      // Another pass adds a little to what is there; classes stay.
      if (samples instanceof Float32Array) for (let i = 0; i < samples.length; i++) samples[i] *= 1.0001;
      state.tell({ type: 'rows', layer: layer.id, firstRow: row, rows: 1 });
    }
    this.#tellProgress();
    for (const topic of [...state.topics.values()]) {
      if (topic.type === 'edge') state.publish({ ...topic, present: topic.present + 1 });
      if (topic.type === 'information') state.publish({ ...topic, pixels: topic.pixels + 1 });
      if (topic.type === 'sum-spectrum') state.publish({ ...topic, spectra: this.#scanned });
    }
  }

  /** Every edge has a new model at once: all rows of all that depends on it change. */
  refit(): void {
    const { state } = this;
    const [rows] = this.#scan.message.scan.shape;
    this.#scan.revision++;
    for (const one of state.layers) {
      const { layer, data } = one;
      if (layer.edge === undefined && layer.pair === undefined) continue;
      one.revision = this.#scan.revision;
      if (layer.kind === 'labels') data.set(this.#scan.frame(layer, 0, rows).data as Int16Array);
      if (layer.kind === 'embedding') turn(data, TURN);
      state.tell({ type: 'rows', layer: layer.id, firstRow: 0, rows });
    }
    this.#tellModels(
      state.scan?.layers.flatMap(({ kind, pair }) => (kind === 'information' && pair ? [pair] : [])) ?? [],
    );
  }

  get #scanned(): number {
    return this.#scan.pixels + this.#updates * this.#scan.message.scan.shape[1];
  }

  #tellModels(pairs: readonly [string, string][]): void {
    const scan = this.#scan;
    const topics: Topic[] = [scan.sumSpectrum()];
    for (const { name } of scan.message.edges) {
      const state = scan.edgeState(name, 'live');
      const angle = TURN * (scan.revision - 1);
      const turned = state.classes.map((one) => {
        const centroid = Float32Array.from(one.centroid);
        turn(centroid, angle);
        return { ...one, centroid: [centroid[0], centroid[1]] as [number, number] };
      });
      topics.push({ ...state, classes: turned }, scan.classSpectra(name));
    }
    for (const [a, b] of pairs) topics.push(scan.information(a, b));
    for (const topic of topics) this.state.publish(topic);
    this.#tellProgress();
  }

  #tellProgress(): void {
    const { epoch } = this.#scan.message;
    const elapsedSeconds = (Date.now() - this.#startedAt) / 1000;
    const progress: Topic = {
      type: 'progress',
      epoch,
      status: 'live',
      spectra: this.#scanned,
      total: 1000 * this.#scan.pixels,
      nextPixel: this.#scanned % this.#scan.pixels,
      rate: 10_000,
      etaSeconds: 600,
      elapsedSeconds,
      newestAt: Date.now(),
      sentAt: Date.now(),
      backlog: 0,
    };
    this.state.topics.set(topicKey(progress), progress);
    this.state.tell({ type: 'topic', key: topicKey(progress) });
  }
}

function turn(points: Float32Array | Int16Array, angle: number): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    points[i] = cos * x - sin * y;
    points[i + 1] = sin * x + cos * y;
  }
}
