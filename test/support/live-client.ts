import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import {
  decodeBundle,
  decodeFrame,
  type Layer,
  type LayerFrame,
  LIVE_SUBPROTOCOL,
  type ScanMessage,
  type ServerMessage,
  type Topic,
  topicKey,
} from '../../protocol/index.ts';

const TOPICS = [
  'progress',
  'edge',
  'class-spectra',
  'sum-spectrum',
  'calibration',
  'information',
  'phases',
  'alerts',
  'annotations',
  'player',
  'timeline',
  'delivery',
];

/** A dashboard without a picture: keeps what it is told as a dashboard must. */
export class LiveClient {
  readonly ws: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly frames: LayerFrame[] = [];
  readonly topics = new Map<string, Topic>();
  readonly maps = new Map<number, Float32Array | Int16Array>();
  readonly layers = new Map<number, Layer>();
  largestFrame = 0;
  /** Binary messages, and those of text. */
  pictures = 0;
  words = 0;
  scan: ScanMessage | undefined;
  #wake: () => void = () => {};

  constructor(url: string, options: ClientOptions = {}, protocol = LIVE_SUBPROTOCOL) {
    this.ws = new WebSocket(url.replace('http', 'ws'), protocol, options);
    this.ws.on('error', () => {});
    this.ws.on('close', () => this.#wake());
    this.ws.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#paint(data);
      else {
        this.words++;
        for (const message of [JSON.parse(data.toString())].flat()) this.#hear(message);
      }
      this.#wake();
    });
  }

  /** Joins and waits for the greeting. */
  static async join(url: string, options?: ClientOptions, protocol?: string): Promise<LiveClient> {
    const client = new LiveClient(`${url}/live`, options, protocol);
    await client.until(() => client.messages.length > 0);
    return client;
  }

  /** Waits until something holds; fails when the connection ends before it does. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.ws.readyState === WebSocket.CLOSED) throw new Error('closed before the condition held');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  of<Type extends ServerMessage['type']>(type: Type): Extract<ServerMessage, { type: Type }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<
      ServerMessage,
      { type: Type }
    >[];
  }

  async closed(): Promise<{ code: number; reason: string }> {
    const [code, reason] = await once(this.ws, 'close');
    return { code, reason: String(reason) };
  }

  /** What a dashboard would show, comparable between clients. */
  picture(): unknown {
    const maps = [...this.maps].sort(([a], [b]) => a - b).map(([id, map]) => [id, Array.from(map)]);
    const own = ['delivery', 'progress'];
    const topics = [...this.topics]
      .filter(([key]) => !own.includes(key))
      .sort(([a], [b]) => a.localeCompare(b));
    return { scan: this.scan, layers: [...this.layers.values()], maps, topics };
  }

  #hear(message: ServerMessage): void {
    this.messages.push(message);
    if (message.type === 'scan') {
      const { layers, ...rest } = message;
      this.scan = { ...rest, layers: [] };
      this.maps.clear();
      this.topics.clear();
      this.layers.clear();
      for (const layer of layers) this.#addLayer(layer);
    } else if (message.type === 'layer') {
      this.#addLayer(message.layer);
    } else if (TOPICS.includes(message.type)) {
      this.topics.set(topicKey(message as Topic), message as Topic);
    }
  }

  #addLayer(layer: Layer): void {
    this.layers.set(layer.id, layer);
    const [rows, columns] = this.scan!.scan.shape;
    const samples = rows * columns * layer.components;
    this.maps.set(
      layer.id,
      layer.dtype === 'f32' ? new Float32Array(samples).fill(Number.NaN) : new Int16Array(samples).fill(-2),
    );
  }

  #paint(data: Buffer): void {
    this.pictures++;
    this.largestFrame = Math.max(this.largestFrame, data.byteLength);
    const { buffer } = new Uint8Array(data);
    if (this.ws.protocol === LIVE_SUBPROTOCOL) this.#paintFrame(decodeFrame(buffer));
    else for (const frame of decodeBundle(buffer)) this.#paintFrame(frame);
  }

  #paintFrame(frame: LayerFrame): void {
    this.frames.push(frame);
    if (frame.epoch !== this.scan?.epoch) throw new Error(`frame of epoch ${frame.epoch} before its scan`);
    const map = this.maps.get(frame.layer);
    if (!map) throw new Error(`frame of unknown layer ${frame.layer}`);
    map.set(frame.data, frame.firstRow * frame.columns * frame.components);
  }
}
