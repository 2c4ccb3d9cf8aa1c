import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';
import type { PixelSpan } from '../passes/pixel-set.ts';
import { sessionFiles } from '../session-files.ts';
import type { JournalContent, JournalTopic } from './journal-records.ts';
import { JournalWriter } from './journal-writer.ts';
import { PictureFile } from './picture-file.ts';
import { steadyClock } from './steady-clock.ts';

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
  content: (stored: StoredPart[]) => unknown;
  time: number;
  parts?: Uint8Array[];
}

/** Where bytes that a record refers to lie, compressed. */
export interface StoredPart {
  at: number;
  bytes: number;
  /** CRC-32 of these. */
  checksum: number;
}

const deflated = promisify(deflateRaw);
/** Bytes by which deflated bytes may be more than they were, at the least: so that they come in one piece. */
const MOST_DEFLATED = 1024;

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
  constructor(folder: string, { fault, now = steadyClock() }: SessionJournalOptions) {
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
   * Notes a record that refers to bytes in the file of pictures, where they lie deflated one after the other.
   * @param content given where each part lies
   */
  noteParts<Topic extends JournalTopic>(
    topic: Topic,
    parts: Uint8Array[],
    content: (stored: StoredPart[]) => JournalContent<Topic>,
  ): void {
    this.#gather();
    this.#waitingBytes += sizeOf(parts);
    this.#add({ topic, content, time: this.#now(), parts });
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
    if (this.#waiting.length > MOST_WAITING) this.#waitingBytes -= sizeOf(this.#waiting.shift()?.parts);
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
        const { topic, content, time, parts = [] } = record;
        // Before the record that refers to them.
        const stored = parts.length > 0 ? await this.#store(parts, files.pictures) : [];
        await this.#writer.write(topic, content(stored) as never, time);
        // Too many may have come meanwhile: then it is gone already.
        if (this.#waiting[0] !== record) continue;
        this.#waiting.shift();
        this.#waitingBytes -= sizeOf(parts);
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

  async #store(parts: readonly Uint8Array[], path: string): Promise<StoredPart[]> {
    this.#pictures ??= await PictureFile.open(path);
    // One after the other: the spectra that are recorded are written by the same few threads.
    const pieces: Uint8Array[] = [];
    for (const part of parts)
      pieces.push(await deflated(part, { level: 1, chunkSize: part.length + MOST_DEFLATED }));
    let at = await this.#pictures.append(Buffer.concat(pieces));
    return pieces.map((piece) => {
      const part = { at, bytes: piece.length, checksum: crc32(piece) };
      at += piece.length;
      return part;
    });
  }

  /** They are large, and shown maps can be taken again. */
  #dropPictures(): void {
    const kept = this.#waiting.filter(({ parts }) => parts === undefined);
    this.#lostPictures ||= kept.length < this.#waiting.length;
    this.#waiting.splice(0, this.#waiting.length, ...kept);
    this.#waitingBytes = 0;
  }
}

const sizeOf = (parts: readonly Uint8Array[] = []): number =>
  parts.reduce((sum, { length }) => sum + length, 0);
