import { setTimeout as delay } from 'node:timers/promises';
import { Packr, Unpackr } from 'msgpackr';
import { WebSocket } from 'ws';
import { InputError, type ScanRegion } from '../../protocol/index.ts';
import type { IngestReply, ProducerMessage } from '../../protocol/ingest.ts';
import type { Acquirable, ScanRow } from './acquirable.ts';
import type { RowSink } from './acquire.ts';
import { BEAM } from './beam.ts';

export interface IngestSinkOptions {
  /** Identity of the scan: a scan pushed again under the same one is gone on with. */
  id: string;
  name?: string;
  dwellSeconds?: number;
  /** Of a rescan: where it lies in its parent. */
  region?: ScanRegion;
  signal?: AbortSignal;
}

/** A message holds at most this many bytes of spectra, and at least one spectrum. */
const MESSAGE_BYTES = 1 << 20;
/** Bytes that may be on their way without an acknowledgement. */
const UNACKNOWLEDGED_BYTES = 8 << 20;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;
const HANG_UP_MS = 2000;
/** Close code of a monitor to which the same scan is now sent by another connection. */
const REPLACED = 4000;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/**
 * Pushes a scan to an `/ingest` address. A lost connection is made again, and the scan goes on at the pixel that the
 * monitor asks for: since a simulated row can be generated again, nothing needs to be kept until it is acknowledged.
 * @throws InputError when nobody listens at the address
 */
export async function createIngestSink(
  url: string,
  scan: Acquirable,
  options: IngestSinkOptions,
): Promise<RowSink> {
  const sink = new IngestSink(url, scan, options);
  await sink.open();
  return sink;
}

class IngestSink implements RowSink {
  readonly #url: string;
  readonly #scan: Acquirable;
  readonly #options: IngestSinkOptions;
  readonly #bytesPerPixel: number;
  #socket: WebSocket | undefined;
  /** The monitor has taken the scan on this connection. */
  #ready = false;
  #pass = 0;
  /** In the pass, in the order of acquisition: first pixel not sent yet, first not acknowledged, first not acquired. */
  #sent = 0;
  #acknowledged = 0;
  #acquired = 0;
  #row: { row: ScanRow; index: number } | undefined;
  #failure: Error | undefined;
  #wake: () => void = () => {};
  readonly #onAbort = () => this.#wake();

  constructor(url: string, scan: Acquirable, options: IngestSinkOptions) {
    this.#url = url;
    this.#scan = scan;
    this.#options = options;
    const { core, lowLoss } = scan.model;
    this.#bytesPerPixel = scan.bytesPerSample * (core.channels + (scan.withLowLoss ? lowLoss.channels : 0));
    options.signal?.addEventListener('abort', this.#onAbort);
  }

  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      if (error instanceof InputError) throw error;
      const expectation = `expected a monitor that listens (${(error as Error).message})`;
      throw new InputError(this.#url, 'connection', expectation, { cause: error });
    }
  }

  async write(row: ScanRow, index: number, pass: number): Promise<void> {
    if (pass !== this.#pass) {
      await this.#advance(true);
      this.#pass = pass;
      this.#sent = this.#acknowledged = this.#acquired = 0;
      this.#announce();
    }
    this.#row = { row, index };
    this.#acquired = (index + 1) * this.#scan.shape[1];
    await this.#advance(false);
  }

  async close(status: 'complete' | 'aborted'): Promise<void> {
    try {
      if (status === 'complete') await this.#advance(true);
      if (this.#ready) this.#send({ type: 'end', status });
    } finally {
      this.#options.signal?.removeEventListener('abort', this.#onAbort);
      await this.#hangUp();
    }
  }

  /** Lets what was sent go out; a monitor that does not answer is left alone. */
  async #hangUp(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    const deadline = setTimeout(() => socket.terminate(), HANG_UP_MS);
    socket.close(1000);
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(deadline);
  }

  /** Sends what is acquired; waits for all acknowledgements if `settled`, else only while too many are missing. */
  async #advance(settled: boolean): Promise<void> {
    const allowance = Math.max(1, Math.floor(UNACKNOWLEDGED_BYTES / this.#bytesPerPixel));
    for (;;) {
      this.#options.signal?.throwIfAborted();
      if (this.#failure) throw this.#failure;
      if (!this.#socket) await this.#reconnect();
      else if (this.#ready && this.#sent < this.#acquired && this.#sent < this.#acknowledged + allowance)
        this.#sendSpectra();
      else if (this.#ready && (settled ? this.#acknowledged : this.#sent) >= this.#acquired) return;
      else await this.#change();
    }
  }

  /** Sends the next spectra, within one row. */
  #sendSpectra(): void {
    const columns = this.#scan.shape[1];
    const index = Math.floor(this.#sent / columns);
    const from = this.#sent - index * columns;
    const count = Math.min(columns - from, Math.max(1, Math.floor(MESSAGE_BYTES / this.#bytesPerPixel)));
    const row = this.#row?.index === index ? this.#row.row : this.#scan.row(index, this.#pass);
    const part = (
      samples: { buffer: ArrayBufferLike; byteOffset: number; BYTES_PER_ELEMENT: number },
      channels: number,
    ) => {
      const bytes = channels * samples.BYTES_PER_ELEMENT;
      return Buffer.from(samples.buffer as ArrayBuffer, samples.byteOffset + from * bytes, count * bytes);
    };
    const { core, lowLoss } = this.#scan.model;
    this.#send({
      type: 'spectra',
      first: this.#sent,
      count,
      data: part(row.core, core.channels),
      ...(row.lowLoss ? { lowLoss: part(row.lowLoss, lowLoss.channels) } : {}),
      signals: { HAADF: part(row.haadf, 1) },
    });
    this.#sent += count;
  }

  #announce(): void {
    const { shape, dtype, order, passes, noise, pixelSizeNm, context, withLowLoss, model } = this.#scan;
    const { id, name, dwellSeconds = 0, region } = this.#options;
    this.#ready = false;
    this.#send({
      type: 'scan',
      id,
      ...(name === undefined ? {} : { name }),
      shape,
      channels: model.core.channels,
      energy: model.core.energy,
      dtype,
      ...(withLowLoss ? { lowLoss: { ...model.lowLoss, dtype } } : {}),
      order,
      pass: this.#pass,
      passes,
      pixelSizeNm,
      ...(context && { context }),
      ...(region && { region }),
      ...(dwellSeconds > 0 ? { dwellSeconds } : {}),
      ...BEAM,
      gain: noise.gain,
      readNoise: noise.readNoise,
      simulated: true,
    });
  }

  #send(message: ProducerMessage): void {
    this.#socket?.send(packr.pack(message));
  }

  /** Resolves at the next answer, or when the connection is lost or the scan is aborted. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #reconnect(): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !this.#socket; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      await delay(wait, undefined, this.#options.signal ? { signal: this.#options.signal } : {});
      await this.#connect().catch(() => {});
      if (this.#failure) throw this.#failure;
    }
  }

  /** Connects and announces the scan; the answer `ready` says where to go on. */
  #connect(): Promise<void> {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        this.#socket = socket;
        this.#announce();
        resolve();
      });
      socket.on('message', (data) => this.#take(unpackr.unpack(data as Buffer) as IngestReply));
      socket.on('close', (code) => {
        if (code === REPLACED)
          this.#failure = new InputError(this.#url, 'connection', 'expected no other producer of this scan');
        if (this.#socket === socket) this.#socket = undefined;
        this.#ready = false;
        this.#wake();
        reject(new Error(`closed with ${code}`));
      });
    });
  }

  #take(reply: IngestReply): void {
    if (reply.type === 'ready') {
      this.#ready = true;
      this.#sent = this.#acknowledged = reply.next;
    } else if (reply.type === 'ack') this.#acknowledged = reply.next;
    // A full disk may be given room; every other error would come again.
    else if (reply.type === 'error' && reply.code !== 'storage')
      this.#failure ??= new InputError(this.#url, reply.code, reply.message);
    this.#wake();
  }
}
