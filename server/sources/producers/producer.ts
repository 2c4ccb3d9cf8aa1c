import type { Socket } from 'node:net';
import { Packr } from 'msgpackr';
import type { RawData, WebSocket } from 'ws';
import { InputError } from '../../../protocol/index.ts';
import type {
  IngestEnd,
  IngestErrorCode,
  IngestMessage,
  IngestReply,
  IngestScan,
  IngestSpectra,
} from '../../../protocol/ingest.ts';
import type { PlanReply } from '../../../protocol/plan.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import type { SpectraBlock } from '../../sessions/scan-description.ts';
import { breathe } from '../../sockets/breathe.ts';
import { GuardedSocket } from '../../sockets/guarded-socket.ts';
import { RateLimit } from '../../sockets/rate-limit.ts';
import type { Recording } from '../recording/recording.ts';
import type { Sender } from '../recording/sender.ts';
import { decodeMessage } from './decode-message.ts';
import { scalarValues } from './spectra-samples.ts';

/** What a producer's connection needs of the ingest. */
export interface ProducerHost {
  /**
   * @returns the scan to send to
   * @throws RecordingFault, InputError
   */
  openScan(message: IngestScan, producer: Producer): Promise<Recording>;
  /** Spectra have been written. */
  recorded(scan: Recording): void;
  ended(scan: Recording, status: IngestEnd['status']): void;
  /** What to scan next. */
  planReply(): PlanReply;
  /** A message that was refused, for people. */
  refused(code: IngestErrorCode, message: string): void;
  /** More has come that is not worked off. */
  held(): void;
  left(producer: Producer): void;
}

export interface ProducerLimits {
  /** Bytes and messages received but not written; beyond either the socket is not read. */
  pendingBytes: number;
  pendingMessages: number;
  /** Bytes of answers that the producer has not taken; acknowledgements wait, since a later one says the same. */
  unsentBytes: number;
  /** Largest message of a producer that has not announced a scan; others are as large as the socket takes. */
  firstBytes: number;
  /** So soon a first message has to come, ms. */
  firstMs: number;
  /** An unfinished message of which nothing has come for so long is given up, ms … */
  stallMs: number;
  /** … and one that is not complete after so long. */
  messageMs: number;
  /** Messages that bring no spectra, and pings. */
  perSecond: number;
  /** Frames of a few bytes in a second. */
  smallFrames: number;
}

const OPEN = 1;
const CLOSE_CODES: Partial<Record<IngestErrorCode, number>> = { busy: 1013, storage: 1011 };
const NO_SPACE = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EMFILE', 'EACCES'];
/** What a message takes beside its bytes until it is worked off. */
const MESSAGE_OVERHEAD = 512;
/** A message may come in so many pieces of any size, and beyond them in pieces of so many bytes on the average. */
const FREE_FRAGMENTS = 64;
const FRAGMENT_BYTES = 1024;
/** Frames of so many bytes on the average, header included, are not too small. */
const SMALL_FRAME_BYTES = 64;

const packr = new Packr({ useRecords: false });

interface Waiting {
  bytes: Buffer;
  isBinary: boolean;
}

const costOf = (bytes: Uint8Array): number => bytes.byteLength + MESSAGE_OVERHEAD;

/**
 * One producer's connection: its messages are worked off one after the other, and each is answered. What it can make the
 * monitor hold or do is bounded: by the host over all connections, and here by the second and by the message.
 */
export class Producer implements Sender {
  readonly #ws: WebSocket;
  readonly #guard: GuardedSocket;
  readonly #host: ProducerHost;
  readonly #limits: ProducerLimits;
  readonly #controls: RateLimit;
  readonly #small: RateLimit;
  readonly #others: RateLimit;
  /** Messages that are not worked off: those that have arrived since the ones that are being taken. */
  #arrived: Waiting[] = [];
  #waiting: (Waiting | undefined)[] = [];
  #taken = 0;
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  #pendingBytes = 0;
  #pendingMessages = 0;
  #scan: Recording | undefined;
  #acknowledged = '';
  #isCut = false;
  #hasSpoken = false;
  readonly #now: () => number;
  readonly #since: number;
  #seenControls = 0;
  /** When bytes came last. */
  #heardAt: number;
  #messageSince: number | undefined;

  /**
   * @param wire what the socket runs over
   * @param now milliseconds of a monotonic clock
   */
  constructor(ws: WebSocket, wire: Socket, host: ProducerHost, limits: ProducerLimits, now: () => number) {
    this.#ws = ws;
    this.#host = host;
    this.#limits = limits;
    this.#now = now;
    this.#since = this.#heardAt = now();
    this.#controls = new RateLimit(limits.perSecond, now);
    this.#small = new RateLimit(limits.smallFrames, now);
    this.#others = new RateLimit(limits.perSecond, now);
    // Without a listener, one faulty producer would bring the server down.
    ws.on('error', () => ws.terminate());
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    ws.on('close', () => void this.#working.then(() => this.#host.left(this)));
    this.#guard = new GuardedSocket(ws, wire, (bytes, frames) => this.#look(bytes, frames));
  }

  get isOpen(): boolean {
    return this.#ws.readyState === OPEN;
  }

  /** Ends the connection; what has been received and not worked off is left out. A producer's own goodbye leaves out nothing. */
  close(code: number, reason: string): void {
    this.#isCut = true;
    this.#arrived = [];
    this.#waiting = [];
    this.#taken = 0;
    this.#guard.dismiss(code, reason);
  }

  /** Whether it sends a scan that is not over. */
  get isSending(): boolean {
    return this.#scan?.ended === false;
  }

  /** Bytes that have come and are not worked off. */
  get heldBytes(): number {
    return this.isOpen ? this.#pendingBytes + this.#guard.frames.unfinishedBytes : 0;
  }

  /** Milliseconds since it was heard of. */
  get silentMs(): number {
    return this.#now() - this.#heardAt;
  }

  /** Called every second or so: whoever says nothing, or does not finish what it says, makes room for others. */
  watch(): void {
    const now = this.#now();
    const { firstMs, stallMs, messageMs } = this.#limits;
    const since = this.#messageSince;
    // What is not read here cannot be finished there.
    if (this.#ws.isPaused) this.#heardAt = this.#messageSince = now;
    else if (!this.#hasSpoken && now - this.#since > firstMs)
      this.close(1008, `expected a message within ${firstMs / 1000} s`);
    else if (since !== undefined && (this.silentMs > stallMs || now - since > messageMs))
      this.close(1008, 'expected the rest of a message, nothing came for long');
  }

  replaced(reason: string): void {
    this.close(4000, reason);
  }

  failed(reason: string): void {
    this.#reply({ type: 'error', code: 'storage', message: reason });
    this.close(1011, `storage: ${reason}`);
  }

  /** Tells how far the scan is written and synced, if that is news and the producer takes it. */
  acknowledge(): void {
    const state = this.#scan?.state;
    if (!state || !this.isOpen || this.#ws.bufferedAmount > this.#limits.unsentBytes) return;
    const text = `${state.next}/${state.synced}`;
    if (text === this.#acknowledged) return;
    this.#acknowledged = text;
    this.#reply({ type: 'ack', ...state });
  }

  /** Holds what comes against the limits. */
  #look(bytes: number, frames: number): void {
    const { controlFrames, unfinishedBytes, fragments } = this.#guard.frames;
    const limits = this.#limits;
    const controls = controlFrames - this.#seenControls;
    this.#seenControls = controlFrames;
    this.#heardAt = this.#now();
    if (fragments === 0) this.#messageSince = undefined;
    else this.#messageSince ??= this.#heardAt;
    if (this.#controls.exceeds(controls)) this.close(1008, `more than ${limits.perSecond} pings in a second`);
    else if (this.#small.exceeds(Math.max(0, frames - bytes / SMALL_FRAME_BYTES)))
      this.close(1008, `more than ${limits.smallFrames} frames below ${SMALL_FRAME_BYTES} bytes in a second`);
    else if (fragments > FREE_FRAGMENTS + unfinishedBytes / FRAGMENT_BYTES)
      this.close(1008, `expected fragments of ${FRAGMENT_BYTES} bytes or more`);
    else if (this.#isTooMuch) this.#hold();
    else this.#host.held();
  }

  /** More of a message has come than from one that sends no scan. */
  get #isTooMuch(): boolean {
    return this.#guard.frames.unfinishedBytes > this.#limits.firstBytes && !this.isSending;
  }

  /** A producer need not wait for the answer to what it announces, but what comes behind it is only read once that is taken. */
  #hold(): void {
    if (this.#pendingMessages > 0) this.#ws.pause();
    else this.close(1009, `expected at most ${this.#limits.firstBytes} bytes before a "scan"`);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isCut) return;
    const bytes = data as Buffer;
    this.#hasSpoken = true;
    this.#arrived.push({ bytes, isBinary });
    this.#pendingBytes += costOf(bytes);
    this.#pendingMessages++;
    if (this.#isFull(1)) this.#ws.pause();
    if (!this.#isWorking) this.#working = this.#work();
  }

  /** Works off what waits, one after the other. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let next = this.#next(); next; next = this.#next()) {
      await this.#handle(next.bytes, next.isBinary);
      this.#pendingBytes -= costOf(next.bytes);
      this.#pendingMessages--;
      if (this.#ws.isPaused && !this.#isFull(0.5)) this.#ws.resume();
      // It came before the answer to this one was known, and nothing may come behind it.
      if (this.isOpen && this.#isTooMuch) this.#hold();
    }
    this.#isWorking = false;
  }

  /** Whether more than a share of what may wait does. */
  #isFull(share: number): boolean {
    const { pendingBytes, pendingMessages } = this.#limits;
    return this.#pendingBytes > share * pendingBytes || this.#pendingMessages > share * pendingMessages;
  }

  #next(): Waiting | undefined {
    if (this.#taken === this.#waiting.length) {
      [this.#waiting, this.#taken] = [this.#arrived, 0];
      this.#arrived = [];
    }
    const next = this.#waiting[this.#taken];
    if (next) this.#waiting[this.#taken++] = undefined;
    return next;
  }

  async #handle(bytes: Buffer, isBinary: boolean): Promise<void> {
    await breathe();
    try {
      if (!isBinary)
        throw new RecordingFault('message', 'ingest message: form: expected a binary message of msgpack');
      await this.#take(decodeMessage(bytes));
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #take(message: IngestMessage): Promise<void> {
    if (message.type !== 'spectra') this.#countOther();
    if (message.type === 'plan?') {
      this.#reply(this.#host.planReply());
      return;
    }
    if (message.type === 'scan') {
      this.#scan = await this.#host.openScan(message, this);
      this.#acknowledged = '';
      this.#reply({ type: 'ready', next: this.#scan.state.next });
      return;
    }
    const scan = this.#scan;
    if (!scan) throw new RecordingFault('sequence', `${message.type}: expected a "scan" before it`);
    if (message.type === 'spectra') await scan.record(blockOf(message));
    else {
      await scan.end(message.status);
      this.#host.ended(scan, message.status);
    }
    this.#acknowledged = '';
    this.acknowledge();
    if (message.type === 'spectra') this.#host.recorded(scan);
  }

  /** Faults of content concern one message; whoever does not keep to the protocol is closed. */
  #refuse(error: unknown): void {
    const { code, message } = faultOf(error);
    this.#host.refused(code, message);
    this.#reply({ type: 'error', code, message });
    if (error instanceof RecordingFault && error.concernsContent && !this.#others.exceeds()) {
      this.#acknowledged = '';
      this.acknowledge();
    } else this.close(CLOSE_CODES[code] ?? 1008, `${code}: ${message}`);
  }

  #countOther(): void {
    if (this.#others.exceeds())
      throw new RecordingFault(
        'message',
        `ingest message: expected at most ${this.#limits.perSecond} in a second that bring no spectra`,
      );
  }

  #reply(reply: IngestReply): void {
    if (!this.isOpen) return;
    this.#ws.send(packr.pack(reply));
    if (this.#ws.bufferedAmount > 16 * this.#limits.unsentBytes) this.#ws.terminate();
  }
}

/**
 * The spectra and scalar signals of a message, as they are recorded.
 * @throws InputError where a signal has not as many values as there are spectra
 */
export function blockOf({ first, count, data, lowLoss, dwell, ...message }: IngestSpectra): SpectraBlock {
  const field = message.signals ? 'signals' : 'channels';
  const signals = Object.entries(message[field] ?? {}).map(([name, values]): [string, Float32Array] => [
    name,
    scalarValues(values, count, `${field}.${name}`),
  ]);
  if (dwell) signals.push(['dwell', scalarValues(dwell, count, 'dwell')]);
  return { first, count, core: data, signals, ...(lowLoss && { lowLoss }) };
}

function faultOf(error: unknown): { code: IngestErrorCode; message: string } {
  if (error instanceof RecordingFault) return { code: error.code, message: error.message };
  if (error instanceof InputError) return { code: 'message', message: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  const isSpace = code !== undefined && NO_SPACE.includes(code);
  return { code: 'storage', message: `session: ${isSpace ? 'cannot be written' : 'failed'} (${message})` };
}
