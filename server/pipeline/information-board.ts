import type { PairInformation } from '../../protocol/index.ts';
import type { EdgeRun } from './edge-run.ts';
import { pairInformation } from './pair-information.ts';
import type { ScanLayers } from './scan-layers.ts';

/** Information is computed anew at most this often while the class maps change. */
const INTERVAL_MS = 500;

/** Keeps the information between every two edges up to date with their class maps. */
export class InformationBoard {
  readonly #layers: ScanLayers;
  readonly #publish: (information: Omit<PairInformation, 'epoch'>, layer: number) => void;
  readonly #edges: readonly EdgeRun[];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    edges: readonly EdgeRun[],
    layers: ScanLayers,
    publish: (information: Omit<PairInformation, 'epoch'>, layer: number) => void,
  ) {
    this.#edges = edges;
    this.#layers = layers;
    this.#publish = publish;
  }

  schedule(): void {
    this.#timer ??= setTimeout(() => this.update(), INTERVAL_MS);
  }

  update(): void {
    this.close();
    const fitted = this.#edges.filter(({ revision }) => revision > 0);
    fitted.forEach((a, i) => {
      for (const b of fitted.slice(i + 1)) this.#pair(a, b);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pair(a: EdgeRun, b: EdgeRun): void {
    const layer = this.#layers.ofPair(a.edge.name, b.edge.name);
    if (!layer || !(layer.data instanceof Float32Array)) return;
    const labelMap = ({ edge, maps, revision }: EdgeRun) => ({
      name: edge.name,
      labels: maps.labels,
      revision,
    });
    this.#publish(pairInformation(labelMap(a), labelMap(b), layer.data), layer.layer.id);
  }
}
