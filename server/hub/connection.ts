import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Control, Delivery } from '../../protocol/index.ts';
import { bundledLength, bundleFrames, LIVE_BUNDLES_SUBPROTOCOL } from '../../protocol/index.ts';
import { GuardedSocket } from '../sockets/guarded-socket.ts';
import { RateLimit } from '../sockets/rate-limit.ts';
import { type Asked, ClientRequests } from './client-requests.ts';
import { CLOSE, type DeliveryLimits } from './limits.ts';
import type { Pictures } from './pictures.ts';

/** Content that changed since it was last sent. */
interface Dirty {
  /** Rows [first, end) of a layer; undefined for a topic. */
  rows?: { layer: number; first: number; end: number };
  /** A flush has passed without it being sent: the client is behind. */
  waiting: boolean;
  /** It changed again while it was waiting: a picture that a faster client saw was left out. */
  renewed: boolean;
  /** When it was marked, ms of a monotonic clock. */
  since: number;
}

/** From so many rows on, a band lets what is smaller go first: new rows do not wait for a map that is painted anew … */
const LARGE_ROWS = 64;
/** … unless it has waited for so long itself. */
const PATIENCE_MS = 100;

const fresh = (): Dirty => ({ waiting: false, renewed: false, since: performance.now() });
export const isLarge = (rows: { first: number; end: number } | undefined): boolean =>
  rows !== undefined && rows.end - rows.first >= LARGE_ROWS;

const OPEN = 1;
const DELIVERY = 'delivery';
const UTF8 = new TextDecoder();

/**
 * One dashboard. The control plane is ordered and never dropped: if it cannot be kept, the client is closed. Pictures are
 * only marked as changed; what is sent is read from the state when the socket has room.
 */
export class Connection {
  readonly #ws: WebSocket;
  readonly #wire: Socket;
  readonly #limits: DeliveryLimits;
  readonly #requests: ClientRequests;
  readonly #control: Buffer[] = [];
  #controlBytes = 0;
  /** In the order of becoming dirty, which is the order of sending but for large bands: no content can starve another. */
  readonly #dirty = new Map<string, Dirty>();
  /** Frames or topics that go out as one message, where the client takes them so; nothing waits here between flushes. */
  readonly #bundle: Uint8Array[] = [];
  #bundlesPictures = true;
  #bundleBytes = 0;
  #skipped = 0;
  #reportedSkipped = 0;
  #bufferedBefore = 0;
  #progressAt = performance.now();
  readonly #guard: GuardedSocket;
  readonly #frameRate: RateLimit;
  readonly #messageRate: RateLimit;

  /**
   * @param wire what the socket runs over
   * @param asked serves what the client asks for; its errors are told to the client
   */
  constructor(ws: WebSocket, wire: Socket, limits: DeliveryLimits, asked: Asked) {
    this.#ws = ws;
    this.#wire = wire;
    this.#limits = limits;
    this.#requests = new ClientRequests(asked, (message) => this.send(message));
    this.#frameRate = new RateLimit(limits.framesPerSecond);
    this.#messageRate = new RateLimit(limits.messagesPerSecond);
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    // Pings and fragments make work, too.
    this.#guard = new GuardedSocket(ws, wire, (_bytes, frames) => {
      if (this.#frameRate.exceeds(frames))
        this.close(CLOSE.policy, `more than ${limits.framesPerSecond} frames in a second`);
    });
  }

  /** Pictures left out because this client was too slow. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Bytes handed to the socket that the system has not taken yet. */
  get unsentBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Sends on the control plane, or queues in order until the socket has room. */
  send(message: Control): void {
    if (this.#ws.readyState !== OPEN) return;
    const text = Buffer.from(JSON.stringify(message));
    this.#control.push(text);
    this.#controlBytes += text.byteLength;
    this.#sendControl();
    if (this.#controlBytes > this.#limits.controlBytes)
      this.close(CLOSE.tryAgainLater, 'too slow: control messages could not be delivered');
  }

  /** A new scan: what was waiting of the old one is of no use any more. */
  forgetPictures(): void {
    for (const entry of this.#dirty.values()) if (entry.waiting) this.#skipped++;
    this.#dirty.clear();
  }

  markTopic(key: string): void {
    const entry = this.#dirty.get(key);
    if (entry) entry.renewed ||= entry.waiting;
    else this.#dirty.set(key, fresh());
  }

  /** Repeats a topic unless the client is behind anyway. */
  repeatTopic(key: string): void {
    if (!this.#dirty.has(key)) this.markTopic(key);
  }

  markRows(layer: number, first: number, end: number): void {
    if (first >= end) return;
    // Rows that are measured again far from a band that waits must not make the band begin anew.
    const band = `layer/${layer}`;
    const waiting = this.#dirty.get(band)?.rows;
    const isApart =
      waiting !== undefined &&
      (end < waiting.first ||
        first > waiting.end ||
        (isLarge(waiting) && !isLarge({ first, end }) && end > waiting.end));
    const key = isApart ? `${band}/apart` : band;
    const entry = this.#dirty.get(key);
    if (!entry?.rows) {
      this.#dirty.set(key, { ...fresh(), rows: { layer, first, end } });
      return;
    }
    entry.renewed ||= entry.waiting;
    entry.rows.first = Math.min(entry.rows.first, first);
    entry.rows.end = Math.max(entry.rows.end, end);
  }

  /**
   * Sends the newest content of what changed, as far as the socket has room.
   * @returns whether anything is left to be sent
   */
  flush(pictures: Pictures): boolean {
    const ws = this.#ws;
    if (ws.readyState !== OPEN) return false;
    this.#watchProgress();
    this.#countSkipped();
    // Many small pictures make one call of the system.
    this.#wire.cork();
    this.#sendControl();
    while (this.#control.length === 0 && this.#dirty.size > 0 && this.#hasRoom()) this.#sendNext(pictures);
    this.#sendBundle();
    this.#wire.uncork();
    for (const entry of this.#dirty.values()) entry.waiting = true;
    this.#bufferedBefore = ws.bufferedAmount;
    return this.#dirty.size > 0 || this.#control.length > 0 || ws.bufferedAmount > 0;
  }

  close(code: number, reason: string): void {
    this.#guard.dismiss(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  #hasRoom(): boolean {
    return this.#ws.bufferedAmount + this.#bundleBytes < this.#limits.bufferedBytes;
  }

  #sendControl(): void {
    while (this.#control.length > 0 && this.#hasRoom()) {
      const text = this.#control.shift() as Buffer;
      this.#controlBytes -= text.byteLength;
      this.#ws.send(text, { binary: false });
    }
  }

  #sendNext(pictures: Pictures): void {
    const [key, { rows }] = this.#next();
    this.#dirty.delete(key);
    if (!rows) {
      const text = key === DELIVERY ? this.#delivery() : pictures.topic(key);
      if (text) this.#gather(text, false);
      return;
    }
    const { layer, first, end } = rows;
    const split = Math.min(end, first + pictures.rowsPerFrame(layer, this.#limits.frameBytes));
    const frame = pictures.frame(layer, first, split);
    if (!frame) return;
    this.#gather(frame, true);
    // Behind the others: a large layer that keeps changing must not hold them up.
    if (split < end) this.#dirty.set(key, { ...fresh(), rows: { layer, first: split, end } });
  }

  #gather(content: Uint8Array, isPicture: boolean): void {
    const isFull = this.#bundleBytes + content.byteLength > this.#limits.frameBytes;
    if (isFull || isPicture !== this.#bundlesPictures) this.#sendBundle();
    this.#bundlesPictures = isPicture;
    this.#bundle.push(content);
    this.#bundleBytes += bundledLength(content.byteLength);
    if (this.#ws.protocol !== LIVE_BUNDLES_SUBPROTOCOL) this.#sendBundle();
  }

  #sendBundle(): void {
    if (this.#bundle.length === 0) return;
    const content = this.#bundle.splice(0);
    this.#bundleBytes = 0;
    if (this.#bundlesPictures) this.#ws.send(bundleFrames(content));
    else if (content.length === 1) this.#ws.send(content[0], { binary: false });
    else this.#ws.send(`[${content.map((text) => UTF8.decode(text)).join()}]`, { binary: false });
  }

  /** What is sent next; there is something. */
  #next(): [string, Dirty] {
    const [oldest] = this.#dirty as Iterable<[string, Dirty]>;
    const [, { rows, since }] = oldest;
    if (!isLarge(rows) || performance.now() - since >= PATIENCE_MS) return oldest;
    for (const entry of this.#dirty) if (!isLarge(entry[1].rows)) return entry;
    return oldest;
  }

  #countSkipped(): void {
    for (const entry of this.#dirty.values()) {
      if (entry.renewed) this.#skipped++;
      entry.renewed = false;
    }
    if (this.#skipped > this.#reportedSkipped && !this.#dirty.has(DELIVERY))
      this.#dirty.set(DELIVERY, fresh());
  }

  #delivery(): Buffer {
    this.#reportedSkipped = this.#skipped;
    const delivery: Delivery = { type: 'delivery', skipped: this.#skipped };
    return Buffer.from(JSON.stringify(delivery));
  }

  /** Cuts off a client that has taken nothing for too long: its socket may be half dead, and it will join anew. */
  #watchProgress(): void {
    const now = performance.now();
    const buffered = this.#ws.bufferedAmount;
    if (buffered === 0 || buffered < this.#bufferedBefore) this.#progressAt = now;
    else if (now - this.#progressAt > this.#limits.stallMs) this.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#ws.readyState !== OPEN) return;
    if (this.#messageRate.exceeds()) {
      this.close(CLOSE.policy, `more than ${this.#limits.messagesPerSecond} messages in a second`);
    } else if (isBinary) {
      this.close(CLOSE.unsupportedData, 'expected JSON text, found binary');
    } else {
      this.#requests.serve(data.toString());
    }
  }
}
