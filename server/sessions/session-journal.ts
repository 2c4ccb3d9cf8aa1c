import type { JournalContent, JournalTopic } from './journal-records.ts';
import { JournalWriter } from './journal-writer.ts';
import { PictureFile } from './picture-file.ts';
import type { PixelSpan } from './pixel-set.ts';
import { sessionFiles } from './session-files.ts';

/** Arrivals are written after this many ms, or this many spans. */
const FLUSH_MS = 500;
const FLUSH_SPANS = 512;
/** A journal that could not be written is tried again after this many ms. */
const RETRY_MS = 5000;
/** Records that wait for that; of more the oldest are left out. */
const MOST_WAITING = 4096;
/** Bytes of pictures that may wait for the disk; beyond them pictures are left out for now. */
const MOST_WAITING_BYTES = 64 * 2 ** 20;

interface Waiting {
  topic: JournalTopic;
  /** Given where its samples begin, for a record that has some. */
  content: (at: number) => unknown;
  time: number;
  samples?: Uint8Array;
}

export interface SessionJournalOptions {
  /** The journal cannot be written (`undefined`: it can again). */
  fault: (error: Error | undefined) => void;
  /** ms since 1970. */
  now?: () => number;
}

/**
 * Takes what happens to a scan and writes it into the journal of its session, without keeping anybody waiting. Arrivals are gathered for
 * half a second. Where the journal cannot be written, as on a full disk, records wait, pictures are left out, and the recording goes on.
 * States: open, closed.
 */
export class SessionJournal {
  readonly #folder: string;
  readonly #fault: SessionJournalOptions['fault'];
  readonly #now: () => number;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  readonly #timer: NodeJS.Timeout;
  #arrived: { pass: number; spans: PixelSpan[] } = { pass: 0, spans: [] };
  #writer: JournalWriter | undefined;
  #pictures: PictureFile | undefined;
  #lostPictures = false;
  #failedAt: number | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param folder of the session */
  constructor(folder: string, { fault, now = Date.now }: SessionJournalOptions) {
    this.#folder = folder;
    this.#fault = fault;
    this.#now = now;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  note<Topic extends JournalTopic>(topic: Topic, content: JournalContent<Topic>): void {
    this.#gather();
    this.#add({ topic, content: () => content, time: this.#now() });
    void this.flush();
  }

  /**
   * Notes a record with samples in the file of pictures.
   * @param content given the byte at which they begin
   */
  noteSamples<Topic extends JournalTopic>(
    topic: Topic,
    samples: Uint8Array,
    content: (at: number) => JournalContent<Topic>,
  ): void {
    this.#gather();
    this.#waitingBytes += samples.length;
    this.#add({ topic, content, time: this.#now(), samples });
    void this.flush();
  }

  /** Whether pictures are taken now: not while the disk is full, or so slow that many wait. */
  get takesPictures(): boolean {
    return this.#failedAt === undefined && this.#waitingBytes < MOST_WAITING_BYTES;
  }

  /** Whether pictures were left out since this was asked last: they are to be taken again. */
  hasLostPictures(): boolean {
    const lost = this.#lostPictures;
    this.#lostPictures = false;
    return lost;
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
    await this.#pictures?.close();
  }

  #add(record: Waiting): void {
    this.#waiting.push(record);
    if (this.#waiting.length > MOST_WAITING)
      this.#waitingBytes -= this.#waiting.shift()?.samples?.length ?? 0;
  }

  #gather(): void {
    const { pass, spans } = this.#arrived;
    if (spans.length === 0) return;
    this.#arrived = { pass, spans: [] };
    const pixels = spans.map(({ first, end }): [number, number] => [first, end]);
    this.#add({ topic: 'arrivals', content: () => ({ pass, pixels }), time: this.#now() });
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    if (this.#failedAt !== undefined && performance.now() - this.#failedAt < RETRY_MS) return;
    try {
      const files = sessionFiles(this.#folder);
      this.#writer ??= await JournalWriter.open(files.journal);
      while (this.#waiting.length > 0) {
        const [record] = this.#waiting;
        const { topic, content, time, samples } = record;
        if (samples) this.#pictures ??= await PictureFile.open(files.pictures);
        // Before the record that refers to them.
        const at = samples ? ((await this.#pictures?.append(samples)) ?? 0) : 0;
        await this.#writer.write(topic, content(at) as never, time);
        // Too many may have come meanwhile: then it is gone already.
        if (this.#waiting[0] !== record) continue;
        this.#waiting.shift();
        this.#waitingBytes -= samples?.length ?? 0;
      }
      if (this.#failedAt !== undefined) this.#fault(undefined);
      this.#failedAt = undefined;
    } catch (error) {
      this.#writer = undefined;
      this.#failedAt = performance.now();
      this.#dropPictures();
      this.#fault(error as Error);
    }
  }

  /** They are large, and shown maps can be taken again. */
  #dropPictures(): void {
    const kept = this.#waiting.filter(({ samples }) => samples === undefined);
    this.#lostPictures ||= kept.length < this.#waiting.length;
    this.#waiting.splice(0, this.#waiting.length, ...kept);
    this.#waitingBytes = 0;
  }
}
