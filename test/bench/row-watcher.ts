import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeFrame, LIVE_SUBPROTOCOL, type ScanMessage, UNMEASURED } from '../../protocol/index.ts';

/** A dashboard that only notes when every edge's classes of a row have come. */
export class RowWatcher {
  /** By row, ms of the monotonic clock; undefined where they have not come. */
  readonly seen: number[] = [];
  /** When classes came for the first time. */
  firstModel = Number.POSITIVE_INFINITY;
  readonly #socket: WebSocket;
  /** By layer of classes, whether rows are known. */
  readonly #known = new Map<number, Uint8Array>();

  private constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/live`, LIVE_SUBPROTOCOL);
    this.#socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#look(data);
      else this.#hear(JSON.parse(data.toString()) as { type: string });
    });
  }

  static async join(url: string): Promise<RowWatcher> {
    const watcher = new RowWatcher(url);
    await once(watcher.#socket, 'open');
    return watcher;
  }

  close(): void {
    this.#socket.terminate();
  }

  #hear(message: { type: string }): void {
    if (message.type !== 'scan') return;
    const { layers, scan } = message as ScanMessage;
    for (const { kind, id } of layers)
      if (kind === 'labels') this.#known.set(id, new Uint8Array(scan.shape[0]));
  }

  #look(data: Buffer): void {
    const now = performance.now();
    // Magic, version and dtype come first; the layer tells whether the rest is worth decoding.
    const known = this.#known.get(data.readUInt32LE(12));
    if (!known) return;
    const frame = decodeFrame(new Uint8Array(data).buffer);
    for (let row = 0; row < frame.rows; row++) {
      const at = frame.firstRow + row;
      if (known[at] || frame.data[(row + 1) * frame.columns - 1] === UNMEASURED) continue;
      known[at] = 1;
      if (![...this.#known.values()].every((rows) => rows[at])) continue;
      this.seen[at] ??= now;
      this.firstModel = Math.min(this.firstModel, now);
    }
  }
}
