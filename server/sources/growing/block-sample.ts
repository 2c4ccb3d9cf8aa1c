import { createHash } from 'node:crypto';
import { type Piece, readPieces } from './read-bytes.ts';

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
    const pieces: Piece[] = [];
    for (let position = next; position + BLOCK_BYTES <= end; position += this.#stride)
      pieces.push({ position, count: BLOCK_BYTES });
    const tail = Math.max(this.#start, end - BLOCK_BYTES);
    const head = { position: this.#start, count: Math.min(end - this.#start, BLOCK_BYTES) };
    const found = await readPieces(this.#path, [...pieces, { position: tail, count: end - tail }, head]);
    for (const [index, { position }] of pieces.entries()) this.#blocks.push(blockOf(position, found[index]));
    this.#last = blockOf(tail, found[pieces.length]);
    if (this.#head.length < BLOCK_BYTES) this.#head = found[pieces.length + 1];
    this.#end = end;
  }

  /** Whether the first and the last bytes that were taken are what they were: two reads, whatever the size. */
  areEndsIntact(): Promise<boolean> {
    return this.#areAsBefore(this.#head.length, this.#last ? [this.#last] : []);
  }

  /** Whether all blocks are what they were, as far as `size` bytes of the file reach. */
  isIntact(size: number): Promise<boolean> {
    const known = Math.max(0, Math.min(this.#head.length, size - this.#start));
    const blocks = [...this.#blocks, ...(this.#last ? [this.#last] : [])];
    const end = Math.min(size, this.#end);
    return this.#areAsBefore(
      known,
      blocks.filter(({ position, bytes }) => position + bytes <= end),
    );
  }

  /** @param known bytes of the beginning that are sampled */
  async #areAsBefore(known: number, blocks: readonly Block[]): Promise<boolean> {
    if (known === 0 && blocks.length === 0) return true;
    const pieces = blocks.map(({ position, bytes }) => ({ position, count: bytes }));
    const [head, ...found] = await readPieces(this.#path, [
      { position: this.#start, count: known },
      ...pieces,
    ]);
    if (!head.equals(this.#head.subarray(0, head.length))) return false;
    // One that got shorter since is for others to find.
    return blocks.every(
      ({ position, bytes, digest }, index) =>
        found[index].length !== bytes || blockOf(position, found[index]).digest === digest,
    );
  }
}

const blockOf = (position: number, found: Buffer): Block => ({
  position,
  bytes: found.length,
  digest: createHash('sha1').update(found).digest('base64'),
});
