import { type FileAccess, SYSTEM_FILES } from '../files/file-access.ts';
import { stampDifference } from '../files/file-stamp.ts';
import { ReadFault, readFault } from './read-fault.ts';

/** What is in the way of reading. */
export interface ReadingTrouble {
  message: string;
  /** It is not tried again. */
  isFinal: boolean;
}

/** How long what fails is tried again, and who hears of it. */
export interface ReadingOptions {
  /**
   * For so long (ms) reading is tried again as long as the file exists; a file that has changed since it was opened is not tried
   * again at all.
   */
  patienceMs?: number;
  /** Is told what is in the way, and, with nothing, when it no longer is. */
  trouble?: (trouble?: ReadingTrouble) => void;
  files?: FileAccess;
}

/** For who asks once and can ask again. */
const PATIENCE_MS = 2000;
/** A file that is not there, or ends too early, may be a moment of a share or of a rename; longer, and it is cut. */
const MISSING_MS = 3000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

/**
 * A file of samples: its bytes are read or an error is thrown. Opened when it is first read. Reads within one `attempt` may overlap, attempts must not.
 */
export class SampleFile {
  #path: string;
  readonly #stamp: string | undefined;
  readonly #files: FileAccess;
  readonly #patienceMs: number;
  readonly #trouble: NonNullable<ReadingOptions['trouble']>;
  #isInTrouble = false;
  #descriptor: Promise<number> | undefined;

  /** @param stamp of the file when it was opened (`stampText`), where nobody may write to it since */
  constructor(path: string, stamp: string | undefined, options: ReadingOptions = {}) {
    this.#path = path;
    this.#stamp = stamp;
    this.#files = options.files ?? SYSTEM_FILES;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#trouble = options.trouble ?? (() => {});
  }

  /** The file has another name from now on. */
  moveTo(path: string): void {
    this.#path = path;
  }

  get isOpen(): boolean {
    return this.#descriptor !== undefined;
  }

  /**
   * Does some reads, all of them again when one meets a fault that may pass. What was read counts once this resolves.
   * @throws ReadFault when the file has changed, or when patience is at its end
   */
  async attempt(work: () => Promise<void>): Promise<void> {
    let waited = 0;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const fault = await this.#try(work);
      if (!fault) break;
      // The next try opens what lies under the name by then.
      await this.close();
      const isFinal = waited >= this.#patienceWith(fault);
      this.#isInTrouble = true;
      this.#trouble({ message: fault.message, isFinal });
      if (isFinal) throw fault;
      await this.#files.pause(pauseMs);
      waited += pauseMs;
    }
    if (this.#isInTrouble) this.#trouble();
    this.#isInTrouble = false;
  }

  /**
   * Fills `bytes` from `position` on; within an attempt. Behind the first `needed` of them they are 0 where the file ends, a sample of
   * `sampleBytes` that is cut by its end included.
   */
  async fill(bytes: Uint8Array, position: number, needed: number, sampleBytes: number): Promise<void> {
    let done = 0;
    const descriptor = await this.#open();
    while (done < bytes.length) {
      const count = await this.#files.read(descriptor, bytes, done, bytes.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    if (done < needed)
      throw new ReadFault(
        'short',
        this.#path,
        `expected ${position + needed} bytes at least, found that the file ends at ${position + done} or before`,
      );
    if (done < bytes.length) bytes.fill(0, done - (done % sampleBytes));
  }

  async close(): Promise<void> {
    const descriptor = await this.#descriptor?.catch(() => undefined);
    this.#descriptor = undefined;
    // Nothing was written: what a share says at the end is of no concern.
    if (descriptor !== undefined) await this.#files.close(descriptor).catch(() => {});
  }

  #open(): Promise<number> {
    this.#descriptor ??= this.#files.open(this.#path);
    return this.#descriptor;
  }

  async #try(work: () => Promise<void>): Promise<ReadFault | undefined> {
    try {
      await work();
      // Whoever wrote to it while it was read has set its time before.
      const found = this.#stamp !== undefined && (await this.#files.stamp(await this.#open()));
      if (found === false || found === this.#stamp) return undefined;
      return this.#changed(found);
    } catch (error) {
      const fault = readFault(error, this.#path);
      if (!(fault instanceof ReadFault)) throw fault;
      return fault.code === 'short' && this.#stamp !== undefined ? this.#cut(fault) : fault;
    }
  }

  #changed(found: string): ReadFault {
    return new ReadFault(
      'changed',
      this.#path,
      `expected to stay as it was when it was opened, found ${stampDifference(this.#stamp ?? '', found)}; analyse it again once it is written`,
    );
  }

  /** A file that nobody writes to any more and ends too early has been cut. */
  async #cut(fault: ReadFault): Promise<ReadFault> {
    const found = await this.#open()
      .then((descriptor) => this.#files.stamp(descriptor))
      .catch(() => this.#stamp);
    return found === undefined || found === this.#stamp ? fault : this.#changed(found);
  }

  #patienceWith({ code }: ReadFault): number {
    if (code === 'transient') return this.#patienceMs;
    if (code === 'short' || code === 'gone') return Math.min(this.#patienceMs, MISSING_MS);
    return 0;
  }
}
