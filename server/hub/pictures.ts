import { encodeFrame, FRAME_HEADER_BYTES, type Topic } from '../../protocol/index.ts';
import type { LiveLayer, LiveState } from '../pipeline/live-state.ts';

/**
 * Everything that can be shown at one moment, encoded at most once for all dashboards that are due. Made anew for every
 * flush, so that what is sent is the newest content.
 */
export class Pictures {
  readonly #state: LiveState;
  readonly #layers: Map<number, LiveLayer>;
  readonly #rows: number;
  readonly #topics = new Map<string, Buffer>();
  readonly #frames = new Map<string, Uint8Array>();

  constructor(state: LiveState) {
    this.#state = state;
    this.#layers = new Map(state.layers.map((layer) => [layer.layer.id, layer]));
    this.#rows = state.scan?.scan.shape[0] ?? 0;
  }

  /** The newest message of a topic as JSON; undefined when the state holds none any more. */
  topic(key: string): Buffer | undefined {
    const known = this.#topics.get(key);
    if (known) return known;
    const topic = currentTopic(this.#state, key);
    if (!topic) return undefined;
    const text = Buffer.from(JSON.stringify(topic));
    this.#topics.set(key, text);
    return text;
  }

  /** How many rows of a layer fit into a frame of `bytes`; at least one. */
  rowsPerFrame(id: number, bytes: number): number {
    const layer = this.#layers.get(id);
    if (!layer || this.#rows === 0) return 1;
    return Math.max(1, Math.floor((bytes - FRAME_HEADER_BYTES) / (layer.data.byteLength / this.#rows)));
  }

  /** Rows [first, end) of a layer as a frame; undefined for a layer of a scan that is over. */
  frame(id: number, first: number, end: number): Uint8Array | undefined {
    const key = `${id}/${first}/${end}`;
    const known = this.#frames.get(key);
    if (known) return known;
    const layer = this.#layers.get(id);
    const scan = this.#state.scan;
    if (!layer || !scan || end > this.#rows) return undefined;
    const { components } = layer.layer;
    const columns = scan.scan.shape[1];
    const frame = encodeFrame({
      epoch: scan.epoch,
      layer: id,
      revision: layer.revision,
      firstRow: first,
      rows: end - first,
      columns,
      components,
      data: layer.data.subarray(first * columns * components, end * columns * components),
    });
    this.#frames.set(key, frame);
    return frame;
  }
}

function currentTopic(state: LiveState, key: string): Topic | undefined {
  const topic = state.topics.get(key);
  if (topic?.type === 'progress') return { ...topic, sentAt: state.now() };
  if (!topic && key === 'alerts') return { type: 'alerts', alerts: [...state.alerts] };
  return topic;
}

/** Rows [first, end) that hold something measured: what a dashboard that knows nothing yet must be sent. */
export function measuredRows(layer: LiveLayer, rows: number): { first: number; end: number } {
  const { data } = layer;
  const perRow = data.length / rows;
  const measured =
    data instanceof Float32Array ? (i: number) => !Number.isNaN(data[i]) : (i: number) => data[i] !== -2;
  let first = 0;
  while (first < data.length && !measured(first)) first++;
  if (first === data.length) return { first: 0, end: 0 };
  let last = data.length - 1;
  while (!measured(last)) last--;
  return { first: Math.floor(first / perRow), end: Math.floor(last / perRow) + 1 };
}
