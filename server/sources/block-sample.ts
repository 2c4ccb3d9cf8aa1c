import { createHash } from 'node:crypto';
import { readBytes } from './read-bytes.ts';

/** Bytes of a block, and the most blocks of a file. */
const BLOCK_BYTES = 4096;
const MOST_BLOCKS = 128;

/** Where a block begins, and the digest of its bytes. */
interface Block {
  position: number;
  bytes: number;
  digest: string;
}

/**
 * What some blocks of a file hold, evenly over what was taken of it, by which a file that was written anew is known: its first and its last
 * bytes, and blocks between that lie further apart the longer the file gets. Whatever changes a stretch of a 64th of it is found.
 */
export class BlockSample {
  #path: string;
  readonly #start: number;
  #blocks: Block[] = [];
  /** How far apart blocks are. */
  #stride = BLOCK_BYTES;
  #end: number;
  /** The beginning as it is, since a file may get shorter than a block. */
  #head = Buffer.alloc(0);
  #last: Block | undefined;

  /** @param start of the first byte that counts */
  constructor(path: string, start: number) {
    this.#path = path;
    this.#start = start;
    this.#end = start;
  }

  moveTo(path: string): void {
    this.#path = path;
  }

  /** Takes what there is up to `end` for known. */
  async extend(end: number): Promise<void> {
    while (this.#blocks.length > 0 && (end - this.#start) / this.#stride > MOST_BLOCKS) {
      this.#stride *= 2;
      this.#blocks = this.#blocks.filter(({ position }) => (position - this.#start) % this.#stride === 0);
    }
    if (this.#blocks.length === 0) while ((end - this.#start) / this.#stride > MOST_BLOCKS) this.#stride *= 2;
    const next = (this.#blocks.at(-1)?.position ?? this.#start - this.#stride) + this.#stride;
    for (let position = next; position + BLOCK_BYTES <= end; position += this.#stride)
      this.#blocks.push(await this.#take(position, BLOCK_BYTES));
    if (this.#head.length < BLOCK_BYTES)
      this.#head = await readBytes(this.#path, this.#start, Math.min(end - this.#start, BLOCK_BYTES));
    const tail = Math.max(this.#start, end - BLOCK_BYTES);
    this.#last = await this.#take(tail, end - tail);
    this.#end = end;
  }

  /** Whether the first and the last bytes that were taken are what they were: two reads, whatever the size. */
  async areEndsIntact(): Promise<boolean> {
    const head = await readBytes(this.#path, this.#start, this.#head.length);
    return (
      head.equals(this.#head.subarray(0, head.length)) &&
      (this.#last === undefined || this.#isAsBefore(this.#last))
    );
  }

  /** Whether all blocks are what they were, as far as `size` bytes of the file reach. */
  async isIntact(size: number): Promise<boolean> {
    const known = Math.max(0, Math.min(this.#head.length, size - this.#start));
    const head = known > 0 ? await readBytes(this.#path, this.#start, known) : Buffer.alloc(0);
    if (!head.equals(this.#head.subarray(0, head.length))) return false;
    for (const { position, bytes, digest } of [...this.#blocks, ...(this.#last ? [this.#last] : [])]) {
      if (position + bytes > Math.min(size, this.#end)) continue;
      if (!(await this.#isAsBefore({ position, bytes, digest }))) return false;
    }
    return true;
  }

  async #isAsBefore({ position, bytes, digest }: Block): Promise<boolean> {
    const now = await this.#take(position, bytes);
    // It got shorter since: for others to find.
    return now.bytes !== bytes || now.digest === digest;
  }

  async #take(position: number, count: number): Promise<Block> {
    const found = await readBytes(this.#path, position, count);
    return { position, bytes: found.length, digest: createHash('sha1').update(found).digest('base64') };
  }
}
