import type { FileHandle } from 'node:fs/promises';
import { openForWriting, writeAll } from '../passes/positional-file.ts';

/** The file of samples that a journal refers to: only ever appended to. States: open, closed. */
export class PictureFile {
  readonly #file: FileHandle;
  #end: number;

  private constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** Opens the file at `path`, behind what it holds. */
  static async open(path: string): Promise<PictureFile> {
    const file = await openForWriting(path);
    try {
      return new PictureFile(file, (await file.stat()).size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Appends bytes; what a failed write leaves is written over by the next one.
   * @returns where they begin
   */
  async append(bytes: Uint8Array): Promise<number> {
    const at = this.#end;
    await writeAll(this.#file, bytes, at);
    this.#end = at + bytes.byteLength;
    return at;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
