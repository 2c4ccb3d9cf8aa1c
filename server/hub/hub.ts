import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { InputError, type PixelSpectrum, pixelCount, type ScanMessage } from '../../protocol/index.ts';
import type { LiveState, StateChange } from '../pipeline/live-state.ts';
import { Connection, isLarge } from './connection.ts';
import { CLOSE, DELIVERY_LIMITS, type DeliveryLimits } from './limits.ts';
import { measuredRows, Pictures } from './pictures.ts';

export interface HubOptions {
  state: LiveState;
  /** Differs after a restart of the monitor. */
  sessionId: string;
  version: string;
  capabilities?: string[];
  /** Where the monitor looks for scans, for people. */
  awaits?: string;
  limits?: Partial<DeliveryLimits>;
}

/** Rows [first, end) of a layer. */
interface Band {
  layer: number;
  first: number;
  end: number;
}

/**
 * Tells any number of dashboards what the state shows. It only listens to the state, so however slow they are, what writes
 * the state never waits for them.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #limits: DeliveryLimits;
  readonly #connections = new Set<Connection>();
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  /** Rows that have changed since the last flush: the dashboards are told once, however often they did. */
  #changed: Band[] = [];
  #skippedByClosed = 0;
  #refusedMessages = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#limits = { ...DELIVERY_LIMITS, ...options.limits };
    this.#unsubscribe = options.state.subscribe((change) => this.#spread(change));
    this.#heartbeat = setInterval(() => this.#beat(), this.#limits.heartbeatMs).unref();
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Pictures that slow dashboards were not shown, since the start. */
  get skippedPictures(): number {
    let skipped = this.#skippedByClosed;
    for (const connection of this.#connections) skipped += connection.skipped;
    return skipped;
  }

  /** Messages of dashboards that were refused, since the start. */
  get refusedMessages(): number {
    return this.#refusedMessages;
  }

  /** Of the slowest dashboard; bounded by the limits, whatever it does. */
  get mostUnsentBytes(): number {
    return Math.max(0, ...[...this.#connections].map((connection) => connection.unsentBytes));
  }

  /**
   * Takes over a socket whose handshake is done: greets it and sends everything there is.
   * @param wire what it runs over
   */
  accept(ws: WebSocket, wire: Socket): void {
    // Without a listener, one faulty client would bring the server down.
    ws.on('error', () => ws.terminate());
    const connection = new Connection(ws, wire, this.#limits, {
      spectrum: (pixel) => this.#spectrum(pixel),
      command: (command) => this.#options.state.command(command),
      refused: () => this.#refusedMessages++,
    });
    this.#connections.add(connection);
    ws.on('close', () => {
      if (this.#connections.delete(connection)) this.#skippedByClosed += connection.skipped;
    });
    const { sessionId, version, capabilities = [], awaits } = this.#options;
    connection.send({
      type: 'hello',
      sessionId,
      version,
      capabilities,
      ...(awaits !== undefined && { awaits }),
    });
    this.#introduce(connection, this.#measured());
    this.#schedule();
  }

  close(): void {
    this.#unsubscribe();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    for (const connection of this.#connections) connection.close(CLOSE.goingAway, 'the monitor stops');
  }

  /** The scan, if there is one, and everything that is known about it. */
  #introduce(connection: Connection, measured: readonly Band[]): void {
    const { state } = this.#options;
    const { scan } = state;
    if (scan) connection.send(this.#complete(scan));
    for (const key of state.topics.keys()) connection.markTopic(key);
    if (state.alerts.length > 0) connection.markTopic('alerts');
    for (const { layer, first, end } of measured) connection.markRows(layer, first, end);
  }

  /** With all layers there are by now. */
  #complete(scan: ScanMessage): ScanMessage {
    return { ...scan, layers: this.#options.state.layers.map(({ layer }) => layer) };
  }

  /** Rows of every layer that hold something; told once for all dashboards, since it takes a while on large scans. */
  #measured(): Band[] {
    const { scan, layers } = this.#options.state;
    if (!scan) return [];
    return layers.map((layer) => ({ layer: layer.layer.id, ...measuredRows(layer, scan.scan.shape[0]) }));
  }

  #spread(change: StateChange): void {
    if (this.#connections.size === 0) {
      // Nobody is left to be told; who comes gets everything.
      this.#changed = [];
      return;
    }
    this.#schedule();
    if (change.type === 'rows') {
      this.#gather({ layer: change.layer, first: change.firstRow, end: change.firstRow + change.rows });
      return;
    }
    this.#tellChanged();
    const measured = change.type === 'scan' ? this.#measured() : [];
    for (const connection of this.#connections) this.#tell(connection, change, measured);
  }

  /** A map that is painted anew stays apart: new rows go before it. */
  #gather(band: Band): void {
    const known = this.#changed.find(
      (one) =>
        one.layer === band.layer &&
        band.first <= one.end &&
        band.end >= one.first &&
        !isLarge(one) &&
        !isLarge(band),
    );
    if (!known) this.#changed.push(band);
    else {
      known.first = Math.min(known.first, band.first);
      known.end = Math.max(known.end, band.end);
    }
  }

  #tellChanged(): void {
    for (const connection of this.#connections)
      for (const { layer, first, end } of this.#changed) connection.markRows(layer, first, end);
    this.#changed = [];
  }

  #tell(
    connection: Connection,
    change: Exclude<StateChange, { type: 'rows' }>,
    measured: readonly Band[],
  ): void {
    switch (change.type) {
      case 'scan':
        connection.forgetPictures();
        this.#introduce(connection, measured);
        break;
      case 'retuned':
        connection.send(this.#complete(change.message));
        break;
      case 'layer': {
        const { layer } = change.message;
        connection.send(change.message);
        connection.markRows(layer.id, 0, this.#options.state.scan?.scan.shape[0] ?? 0);
        break;
      }
      case 'topic':
        connection.markTopic(change.key);
        break;
      default:
        change satisfies never;
    }
  }

  #beat(): void {
    if (!this.#options.state.topics.has('progress')) return;
    for (const connection of this.#connections) connection.repeatTopic('progress');
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer || this.#connections.size === 0) return;
    const due = this.#flushedAt + this.#limits.tickMs - performance.now();
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, due));
  }

  #flush(): void {
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    this.#tellChanged();
    const pictures = new Pictures(this.#options.state);
    let pending = false;
    for (const connection of this.#connections) pending = connection.flush(pictures) || pending;
    if (pending) this.#schedule();
  }

  async #spectrum(pixel: number): Promise<PixelSpectrum> {
    const { state } = this.#options;
    const count = state.scan ? pixelCount(state.scan.scan) : 0;
    if (pixel >= count)
      throw new InputError(
        'spectrum',
        'pixel',
        `expected less than ${count} (pixels of the scan), found ${pixel}`,
      );
    return state.spectrum(pixel);
  }
}
