import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { BYTES_PER_SAMPLE, type Scan } from '../../../protocol/index.ts';
import { TaskQueue } from '../../formats/task-queue.ts';
import { RecordingFault } from '../recording-fault.ts';
import { isIntact } from './intact.ts';
import { LazyFile } from './lazy-file.ts';
import { PixelSet, type PixelSpan } from './pixel-set.ts';
import { leadsTo, openForWriting, writeAll } from './positional-file.ts';
import { SignalFiles } from './signal-files.ts';
import { WriteLedger } from './write-ledger.ts';

/** Bytes of one spectrum in each of a pass's files. */
export interface SpectrumSize {
  core: number;
  /** 0 where no low loss is recorded. */
  lowLoss: number;
}

export const spectrumSize = ({
  channels,
  dtype,
  lowLoss,
}: Pick<Scan, 'channels' | 'dtype' | 'lowLoss'>): SpectrumSize => ({
  core: channels * BYTES_PER_SAMPLE[dtype],
  lowLoss: lowLoss ? lowLoss.channels * BYTES_PER_SAMPLE[lowLoss.dtype] : 0,
});

export interface PassInput {
  /** Number of pixels of the scan. */
  pixels: number;
  size: SpectrumSize;
  /** Row-major pixel that is acquired as number `step`. */
  pixelAt: (step: number) => number;
  paths: { core: string; lowLoss: string; ledger: string; signal: (signal: number) => string };
  /** Whether the machine has run on since the pass was last written. */
  sameBoot: boolean;
}

export interface WriteResult {
  /** Pixels that were not there before. */
  written: PixelSpan[];
  /** First pixel that was there with other content, and is kept as it was. */
  conflict?: number;
}

interface PassFile {
  path: string;
  file: LazyFile;
  /** Bytes of a spectrum in it. */
  size: number;
}

const passFile = (path: string, size: number): PassFile => ({
  path,
  file: new LazyFile(() => openForWriting(path)),
  size,
});

/** Works with the files of a pass open. */
function withHandles(
  [{ file, size }, ...rest]: readonly PassFile[],
  work: (open: { file: FileHandle; size: number }[]) => Promise<void>,
): Promise<void> {
  return file.use((handle) => {
    const own = { file: handle, size };
    return rest.length > 0 ? withHandles(rest, (others) => work([own, ...others])) : work([own]);
  });
}

interface OpenPass {
  files: PassFile[];
  ledger: WriteLedger;
  present: PixelSet;
}

async function openPass({ pixels, size, pixelAt, paths, sameBoot }: PassInput): Promise<OpenPass> {
  const { ledger, written } = await WriteLedger.open(paths.ledger, sameBoot);
  const files = [passFile(paths.core, size.core)];
  if (size.lowLoss > 0) files.push(passFile(paths.lowLoss, size.lowLoss));
  const present = new PixelSet(pixels, pixelAt);
  try {
    for (const { file, size: bytes } of files)
      await file.use(async (handle) => {
        const found = await handle.stat();
        if (found.isFile() && found.size < pixels * bytes) await handle.truncate(pixels * bytes);
      });
    await withHandles(files, async (open) => {
      for (const span of written) if (await isIntact(span, open)) present.add(span);
      // What an earlier writer left to the system is told to be on disk from now on.
      for (const { file } of open) if ((await file.stat()).isFile()) await file.datasync();
    });
    if (written.length > 0) await ledger.addSynced(written.length);
    return { files, ledger, present };
  } finally {
    // A session may have hundreds of passes and rescans; the one that is written to opens its files again.
    await Promise.allSettled([...files.map(({ file }) => file.release()), ledger.release()]);
  }
}

/**
 * One pass over the pixels of a scan: each spectrum is written at its place, row-major. The files have their full size from
 * the start, zero where nothing is measured. Calls must not overlap, but `sync` may.
 */
export class PassWriter {
  readonly #input: PassInput;
  readonly #signals: SignalFiles;
  #files: PassFile[];
  #ledger: WriteLedger;
  #present: PixelSet;
  #synced: number;
  #syncedCount: number;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  readonly #tasks = new TaskQueue();
  /** Its files are not what they were, and were not opened anew. */
  #isLost = false;

  private constructor(input: PassInput, { files, ledger, present }: OpenPass) {
    this.#input = input;
    this.#files = files;
    this.#signals = new SignalFiles(input.paths.signal, input.pixels);
    this.#ledger = ledger;
    this.#present = present;
    this.#synced = present.next;
    this.#syncedCount = present.count;
  }

  /** Opens the files of a pass, which go on where they ended; spectra that are not those that were written are missing. */
  static async open(input: PassInput): Promise<PassWriter> {
    return new PassWriter(input, await openPass(input));
  }

  /** First pixel that is not written yet, counted in the order of acquisition. */
  get next(): number {
    return this.#present.next;
  }

  /** First pixel that is not known to be on disk, counted in the order of acquisition. */
  get synced(): number {
    return this.#synced;
  }

  get unsyncedBytes(): number {
    return this.#unsyncedBytes;
  }

  /** Pixels that are written. */
  get count(): number {
    return this.#present.count;
  }

  /** Pixels that are known to be on disk. */
  get syncedCount(): number {
    return this.#syncedCount;
  }

  /** Pixels that are written. */
  spans(): PixelSpan[] {
    return this.#present.spans();
  }

  /**
   * Writes pixels [first, end), row-major, where they are missing and compares them where they are there.
   * @param parts bytes for the core and, where it is recorded, the low loss
   * @param signals values of the same pixels by the number of the signal
   */
  write(
    span: PixelSpan,
    parts: Uint8Array[],
    signals: ReadonlyMap<number, Float32Array>,
  ): Promise<WriteResult> {
    return this.#tasks.add(async () => {
      if (this.#isLost) await this.#openAnew();
      return this.#write(span, parts, signals);
    });
  }

  async #write(
    { first, end }: PixelSpan,
    parts: Uint8Array[],
    signals: ReadonlyMap<number, Float32Array>,
  ): Promise<WriteResult> {
    const written: PixelSpan[] = [];
    let conflict: number | undefined;
    for (const part of this.#present.parts({ first, end })) {
      if (part.present) {
        conflict ??= await this.#firstDifference(part, first, parts);
        continue;
      }
      const checksums: number[] = [];
      for (const [index, { file, size }] of this.#files.entries()) {
        const bytes = parts[index].subarray((part.first - first) * size, (part.end - first) * size);
        await file.use((handle) => writeAll(handle, bytes, part.first * size));
        checksums.push(crc32(bytes));
        this.#unsyncedBytes += bytes.byteLength;
      }
      for (const [signal, values] of signals)
        await this.#signals.write(signal, part.first, values.subarray(part.first - first, part.end - first));
      await this.#ledger.addWritten({ first: part.first, end: part.end, checksums });
      this.#present.add(part);
      written.push({ first: part.first, end: part.end });
    }
    return conflict === undefined ? { written } : { written, conflict };
  }

  /** Writes values of a scalar signal for pixels from `first` on, by themselves. */
  async writeValues(signal: number, first: number, values: Float32Array): Promise<void> {
    await this.#signals.write(signal, first, values);
    this.#unsyncedBytes += values.byteLength;
  }

  /** Values of a scalar signal by pixel, NaN where none was written; undefined where none ever was. */
  values(signal: number): Promise<Float32Array | undefined> {
    return this.#signals.read(signal);
  }

  /**
   * Puts everything written so far on disk. Where that fails, or files were removed or cut meanwhile, what may be lost is missing from
   * then on, whatever a second attempt says: a system may drop what it could not write.
   * @throws RecordingFault `storage` that says how many spectra are needed again
   */
  async sync(): Promise<void> {
    await this.#syncing;
    if (this.#unsyncedBytes === 0) return;
    this.#syncing = this.#sync().finally(() => {
      this.#syncing = undefined;
    });
    await this.#syncing;
  }

  /**
   * Reads every sample and holds it against its checksum; what is not as it was written is missing from then on.
   * @throws RecordingFault `storage` where there is any
   */
  async check(): Promise<void> {
    await this.sync();
    await this.#tasks.add(async () => {
      const { count } = this;
      await this.#openAnew();
      this.#sayLost(count, `${dirname(this.#input.paths.core)}: samples are not those that were written`);
    });
  }

  /** Closes the files, until they are written to again. */
  async release(): Promise<void> {
    await this.#syncing?.catch(() => {});
    for (const { file } of this.#files) await file.release();
    await this.#signals.release();
    await this.#ledger.release();
  }

  async #sync(): Promise<void> {
    const { next, count } = this;
    const { entries } = this.#ledger;
    const bytes = this.#unsyncedBytes;
    try {
      const changed = await this.#changedFile();
      if (changed !== undefined) throw new Error(`${changed} was removed or cut while it is recorded`);
      // What was written by a handle that was closed since is put on disk, too.
      for (const { file } of this.#files) await file.use((handle) => handle.datasync());
      await this.#signals.sync();
      await this.#ledger.addSynced(entries);
    } catch (cause) {
      return this.#tasks.add(() => this.#recover(cause as Error));
    }
    this.#unsyncedBytes -= bytes;
    this.#synced = next;
    this.#syncedCount = count;
  }

  /** Path of a file that is no longer there as it was written. */
  async #changedFile(): Promise<string | undefined> {
    const { pixels, paths } = this.#input;
    for (const { path, file, size } of this.#files)
      if (!(await file.use((handle) => leadsTo(path, handle, pixels * size)))) return path;
    return (await this.#ledger.isAt(paths.ledger)) ? undefined : paths.ledger;
  }

  async #recover(cause: Error): Promise<never> {
    const { count } = this;
    this.#isLost = true;
    if (await this.#ledger.isAt(this.#input.paths.ledger)) await this.#ledger.cutUnsynced();
    await this.#openAnew();
    this.#sayLost(count, cause.message, cause);
    throw cause;
  }

  /** Takes what is in the files for what there is. */
  async #openAnew(): Promise<void> {
    this.#isLost = true;
    const { files, ledger, present } = await openPass({ ...this.#input, sameBoot: true });
    await Promise.allSettled([...this.#files.map(({ file }) => file.release()), this.#ledger.release()]);
    this.#files = files;
    this.#ledger = ledger;
    this.#present = present;
    this.#unsyncedBytes = 0;
    this.#synced = present.next;
    this.#syncedCount = present.count;
    this.#isLost = false;
  }

  /** @param before pixels that had been there */
  #sayLost(before: number, reason: string, cause?: Error): void {
    const lost = before - this.count;
    if (lost > 0)
      throw new RecordingFault('storage', `${reason}; ${lost} spectra are missing and needed again`, {
        cause,
      });
  }

  async #firstDifference(part: PixelSpan, first: number, parts: Uint8Array[]): Promise<number | undefined> {
    let found: number | undefined;
    for (const [index, { file, size }] of this.#files.entries()) {
      const here = Buffer.alloc((part.end - part.first) * size);
      await file.use((handle) => handle.read(here, 0, here.byteLength, part.first * size));
      const there = parts[index].subarray((part.first - first) * size, (part.end - first) * size);
      if (here.equals(there)) continue;
      const byte = here.findIndex((value, at) => value !== there[at]);
      const pixel = part.first + Math.floor(byte / size);
      if (found === undefined || pixel < found) found = pixel;
    }
    return found;
  }
}
