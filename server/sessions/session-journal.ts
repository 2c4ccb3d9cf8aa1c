import type { JournalContent, JournalTopic } from './journal-records.ts';
import { JournalWriter } from './journal-writer.ts';
import type { PixelSpan } from './pixel-set.ts';

/** Arrivals are written after this many ms, or this many spans. */
const FLUSH_MS = 500;
const FLUSH_SPANS = 512;
/** A journal that could not be written is tried again after this many ms. */
const RETRY_MS = 5000;
/** Records that wait for that; of more the oldest are left out. */
const MOST_WAITING = 4096;

export interface SessionJournalOptions {
  /** The journal cannot be written (`undefined`: it can again). */
  fault: (error: Error | undefined) => void;
  /** ms since 1970. */
  now?: () => number;
}

/**
 * Takes what happens to a scan and writes it into the journal of its session, without keeping anybody waiting. Arrivals are gathered for
 * half a second. Where the journal cannot be written, as on a full disk, records wait, and the recording goes on. States: open, closed.
 */
export class SessionJournal {
  readonly #path: string;
  readonly #fault: SessionJournalOptions['fault'];
  readonly #now: () => number;
  readonly #waiting: { topic: JournalTopic; content: unknown; time: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #arrived: { pass: number; spans: PixelSpan[] } = { pass: 0, spans: [] };
  #writer: JournalWriter | undefined;
  #failedAt: number | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(path: string, { fault, now = Date.now }: SessionJournalOptions) {
    this.#path = path;
    this.#fault = fault;
    this.#now = now;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  note<Topic extends JournalTopic>(topic: Topic, content: JournalContent<Topic>): void {
    this.#gather();
    this.#add(topic, content);
    void this.flush();
  }

  /** Pixels [first, end) are complete in pass `pass`. */
  arrived(pass: number, first: number, end: number): void {
    if (pass !== this.#arrived.pass) this.#gather();
    const { spans } = this.#arrived;
    const last = spans.at(-1);
    if (last?.end === first) last.end = end;
    else spans.push({ first, end });
    this.#arrived.pass = pass;
    if (spans.length >= FLUSH_SPANS) void this.flush();
  }

  /** Resolves when everything noted so far is with the system, or has failed. */
  flush(): Promise<void> {
    this.#gather();
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.flush();
    await this.#writer?.close().catch((error: Error) => this.#fault(error));
  }

  #add(topic: JournalTopic, content: unknown): void {
    this.#waiting.push({ topic, content, time: this.#now() });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  #gather(): void {
    const { pass, spans } = this.#arrived;
    if (spans.length === 0) return;
    this.#arrived = { pass, spans: [] };
    this.#add('arrivals', {
      pass,
      pixels: spans.map(({ first, end }): [number, number] => [first, end]),
    });
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    if (this.#failedAt !== undefined && performance.now() - this.#failedAt < RETRY_MS) return;
    try {
      this.#writer ??= await JournalWriter.open(this.#path);
      while (this.#waiting.length > 0) {
        const { topic, content, time } = this.#waiting[0];
        await this.#writer.write(topic, content as never, time);
        this.#waiting.shift();
      }
      if (this.#failedAt !== undefined) this.#fault(undefined);
      this.#failedAt = undefined;
    } catch (error) {
      this.#writer = undefined;
      this.#failedAt = performance.now();
      this.#fault(error as Error);
    }
  }
}
