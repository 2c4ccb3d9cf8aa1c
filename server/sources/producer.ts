import { Packr } from 'msgpackr';
import type { RawData, WebSocket } from 'ws';
import { InputError } from '../../protocol/index.ts';
import type {
  IngestEnd,
  IngestErrorCode,
  IngestMessage,
  IngestReply,
  IngestScan,
  IngestSpectra,
} from '../../protocol/ingest.ts';
import type { PlanReply } from '../../protocol/plan.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import type { SpectraBlock } from '../sessions/scan-description.ts';
import { decodeMessage } from './decode-message.ts';
import type { Sender } from './recorder.ts';
import type { Recording } from './recording.ts';
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
  left(producer: Producer): void;
}

export interface ProducerLimits {
  /** Bytes received but not written; beyond it the socket is not read. */
  pendingBytes: number;
  /** Bytes of answers that the producer has not taken; acknowledgements wait, since a later one says the same. */
  unsentBytes: number;
}

const OPEN = 1;
/** The reason of a close frame is limited to 123 bytes (RFC 6455 §5.5). */
const REASON_CHARACTERS = 100;
const CLOSE_CODES: Partial<Record<IngestErrorCode, number>> = { busy: 1013, storage: 1011 };
const NO_SPACE = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EMFILE', 'EACCES'];

const packr = new Packr({ useRecords: false });

/** One producer's connection: its messages are worked off one after the other, and each is answered. */
export class Producer implements Sender {
  readonly #ws: WebSocket;
  readonly #host: ProducerHost;
  readonly #limits: ProducerLimits;
  #queue: Promise<void> = Promise.resolve();
  #pendingBytes = 0;
  #scan: Recording | undefined;
  #acknowledged = '';
  #isCut = false;

  constructor(ws: WebSocket, host: ProducerHost, limits: ProducerLimits) {
    this.#ws = ws;
    this.#host = host;
    this.#limits = limits;
    // Without a listener, one faulty producer would bring the server down.
    ws.on('error', () => ws.terminate());
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    ws.on('close', () => {
      this.#queue = this.#queue.then(() => this.#host.left(this));
    });
  }

  get isOpen(): boolean {
    return this.#ws.readyState === OPEN;
  }

  /** Ends the connection; what has been received and not worked off is left out. A producer's own goodbye leaves out nothing. */
  close(code: number, reason: string): void {
    this.#isCut = true;
    this.#ws.close(code, reason.slice(0, REASON_CHARACTERS));
  }

  replaced(): void {
    this.close(4000, 'replaced by a newer connection for the same scan');
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

  #receive(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer;
    this.#pendingBytes += bytes.byteLength;
    if (this.#pendingBytes > this.#limits.pendingBytes) this.#ws.pause();
    this.#queue = this.#queue.then(async () => {
      if (!this.#isCut) await this.#handle(bytes, isBinary);
      this.#pendingBytes -= bytes.byteLength;
      if (this.#ws.isPaused && this.#pendingBytes <= this.#limits.pendingBytes / 2) this.#ws.resume();
    });
  }

  async #handle(bytes: Buffer, isBinary: boolean): Promise<void> {
    try {
      if (!isBinary)
        throw new RecordingFault('message', 'ingest message: form: expected a binary message of msgpack');
      await this.#take(decodeMessage(bytes));
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #take(message: IngestMessage): Promise<void> {
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
    if (error instanceof RecordingFault && error.concernsContent) {
      this.#acknowledged = '';
      this.acknowledge();
    } else this.close(CLOSE_CODES[code] ?? 1008, `${code}: ${message}`);
  }

  #reply(reply: IngestReply): void {
    if (!this.isOpen) return;
    this.#ws.send(packr.pack(reply));
    if (this.#ws.bufferedAmount > 16 * this.#limits.unsentBytes) this.#ws.terminate();
  }
}

function blockOf({ first, count, data, lowLoss, channels = {}, dwell }: IngestSpectra): SpectraBlock {
  const signals = Object.entries(channels).map(([name, values]): [string, Float32Array] => [
    name,
    scalarValues(values, count, `channels.${name}`),
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
