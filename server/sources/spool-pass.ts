import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PixelSet, type RecordRange } from './pixel-set.ts';
import { openForWriting, writeAll } from './spool-file.ts';
import { SpoolLedger } from './spool-ledger.ts';
import { SpoolScalars } from './spool-scalars.ts';

/** Bytes of one record in each of a pass's files. */
export interface RecordSize {
  core: number;
  /** 0 where no low loss is recorded. */
  lowLoss: number;
}

export interface WriteResult {
  /** Records that were not there before. */
  written: RecordRange[];
  /** First record that was there with other content, and is kept as it was. */
  conflict?: number;
}

export const corePath = (folder: string, pass: number): string => join(folder, `core-${pass}.raw`);
export const lowLossPath = (folder: string, pass: number): string => join(folder, `low-loss-${pass}.raw`);
const scalarPath = (folder: string, pass: number, scalar: number): string =>
  join(folder, `scalar-${scalar}-${pass}.raw`);

/** One pass over the pixels of a scan, written to files at the place of each record. Calls must not overlap, but `sync` may. */
export class SpoolPass {
  readonly #files: { file: FileHandle; size: number }[];
  readonly #ledger: SpoolLedger;
  readonly #present: PixelSet;
  readonly #scalars: SpoolScalars;
  #synced: number;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;

  private constructor(
    files: { file: FileHandle; size: number }[],
    scalars: SpoolScalars,
    ledger: SpoolLedger,
    present: PixelSet,
  ) {
    this.#files = files;
    this.#scalars = scalars;
    this.#ledger = ledger;
    this.#present = present;
    this.#synced = present.firstMissing;
  }

  /** Opens the files of a pass, which go on where they ended. */
  static async open(
    folder: string,
    pass: number,
    records: number,
    size: RecordSize,
    sameBoot: boolean,
  ): Promise<SpoolPass> {
    const { ledger, written } = await SpoolLedger.open(join(folder, `ledger-${pass}`), sameBoot);
    const files = [{ file: await openForWriting(corePath(folder, pass)), size: size.core }];
    if (size.lowLoss > 0)
      files.push({ file: await openForWriting(lowLossPath(folder, pass)), size: size.lowLoss });
    const present = new PixelSet(records);
    for (const range of written) present.add(range);
    const scalars = new SpoolScalars((scalar) => scalarPath(folder, pass, scalar), records);
    return new SpoolPass(files, scalars, ledger, present);
  }

  /** Smallest record that is not written yet. */
  get next(): number {
    return this.#present.firstMissing;
  }

  /** Smallest record that is not known to be on disk. */
  get synced(): number {
    return this.#synced;
  }

  get unsyncedBytes(): number {
    return this.#unsyncedBytes;
  }

  get count(): number {
    return this.#present.count;
  }

  /** Records that are there. */
  ranges(): RecordRange[] {
    return this.#present.ranges();
  }

  /**
   * Writes records [first, end) where they are missing and compares them where they are there.
   * @param parts bytes for the core and, where it is recorded, the low loss
   * @param scalars values of the same records by the number of the scalar signal
   */
  async write(
    { first, end }: RecordRange,
    parts: Uint8Array[],
    scalars: ReadonlyMap<number, Float32Array>,
  ): Promise<WriteResult> {
    const written: RecordRange[] = [];
    let conflict: number | undefined;
    for (const part of this.#present.parts({ first, end })) {
      if (part.present) {
        conflict ??= await this.#firstDifference(part, first, parts);
        continue;
      }
      for (const [index, { file, size }] of this.#files.entries()) {
        const bytes = parts[index].subarray((part.first - first) * size, (part.end - first) * size);
        await writeAll(file, bytes, part.first * size);
        this.#unsyncedBytes += bytes.byteLength;
      }
      for (const [scalar, values] of scalars)
        await this.#scalars.write(scalar, part.first, values.subarray(part.first - first, part.end - first));
      await this.#ledger.addWritten(part);
      this.#present.add(part);
      written.push({ first: part.first, end: part.end });
    }
    return conflict === undefined ? { written } : { written, conflict };
  }

  /** Values of a scalar signal by record, NaN where none was written; undefined where none ever was. */
  values(scalar: number): Promise<Float32Array | undefined> {
    return this.#scalars.read(scalar);
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

  async close(): Promise<void> {
    await this.#syncing?.catch(() => {});
    for (const { file } of this.#files) await file.close();
    await this.#scalars.close();
    await this.#ledger.close();
  }

  async #sync(): Promise<void> {
    const { next } = this;
    const { entries } = this.#ledger;
    const bytes = this.#unsyncedBytes;
    for (const { file } of this.#files) await file.datasync();
    await this.#scalars.sync();
    await this.#ledger.addSynced(entries);
    this.#unsyncedBytes -= bytes;
    this.#synced = next;
  }

  async #firstDifference(part: RecordRange, first: number, parts: Uint8Array[]): Promise<number | undefined> {
    let found: number | undefined;
    for (const [index, { file, size }] of this.#files.entries()) {
      const here = Buffer.alloc((part.end - part.first) * size);
      await file.read(here, 0, here.byteLength, part.first * size);
      const there = parts[index].subarray((part.first - first) * size, (part.end - first) * size);
      if (here.equals(there)) continue;
      const byte = here.findIndex((value, at) => value !== there[at]);
      const record = part.first + Math.floor(byte / size);
      if (found === undefined || record < found) found = record;
    }
    return found;
  }
}
