import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { BYTES_PER_SAMPLE, type Scan } from '../../protocol/index.ts';
import { isIntact } from './intact.ts';
import { LazyFile } from './lazy-file.ts';
import { PixelSet, type PixelSpan } from './pixel-set.ts';
import { openForWriting, writeAll } from './positional-file.ts';
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
  file: LazyFile;
  /** Bytes of a spectrum in it. */
  size: number;
}

const passFile = (path: string, size: number): PassFile => ({
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

/**
 * One pass over the pixels of a scan: each spectrum is written at its place, row-major. The files have their full size from
 * the start, zero where nothing is measured. Calls must not overlap, but `sync` may.
 */
export class PassWriter {
  readonly #files: PassFile[];
  readonly #ledger: WriteLedger;
  readonly #present: PixelSet;
  readonly #signals: SignalFiles;
  #synced: number;
  #syncedCount: number;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;

  private constructor(files: PassFile[], signals: SignalFiles, ledger: WriteLedger, present: PixelSet) {
    this.#files = files;
    this.#signals = signals;
    this.#ledger = ledger;
    this.#present = present;
    this.#synced = present.next;
    this.#syncedCount = present.count;
  }

  /** Opens the files of a pass, which go on where they ended; spectra that are not those that were written are missing. */
  static async open({ pixels, size, pixelAt, paths, sameBoot }: PassInput): Promise<PassWriter> {
    const { ledger, written } = await WriteLedger.open(paths.ledger, sameBoot);
    const files = [passFile(paths.core, size.core)];
    if (size.lowLoss > 0) files.push(passFile(paths.lowLoss, size.lowLoss));
    const present = new PixelSet(pixels, pixelAt);
    const pass = new PassWriter(files, new SignalFiles(paths.signal, pixels), ledger, present);
    try {
      for (const { file, size: bytes } of files)
        await file.use(async (handle) => {
          const found = await handle.stat();
          if (found.isFile() && found.size < pixels * bytes) await handle.truncate(pixels * bytes);
        });
      await withHandles(files, async (open) => {
        for (const span of written) if (await isIntact(span, open)) present.add(span);
      });
    } finally {
      // A session may have hundreds of passes and rescans; the one that is written to opens its files again.
      await pass.release();
    }
    pass.#noteSynced();
    return pass;
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
  async write(
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

  /** Puts everything written so far on disk. */
  async sync(): Promise<void> {
    await this.#syncing;
    if (this.#unsyncedBytes === 0) return;
    this.#syncing = this.#sync().finally(() => {
      this.#syncing = undefined;
    });
    await this.#syncing;
  }

  /** Closes the files, until they are written to again. */
  async release(): Promise<void> {
    await this.#syncing?.catch(() => {});
    for (const { file } of this.#files) await file.release();
    await this.#signals.release();
    await this.#ledger.release();
  }

  /** What is written is on disk. */
  #noteSynced(): void {
    this.#synced = this.#present.next;
    this.#syncedCount = this.#present.count;
  }

  async #sync(): Promise<void> {
    const { next, count } = this;
    const { entries } = this.#ledger;
    const bytes = this.#unsyncedBytes;
    // What was written by a handle that was closed since is put on disk, too.
    for (const { file } of this.#files) await file.use((handle) => handle.datasync());
    await this.#signals.sync();
    await this.#ledger.addSynced(entries);
    this.#unsyncedBytes -= bytes;
    this.#synced = next;
    this.#syncedCount = count;
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
