import type { Block } from './fit-input.ts';

/**
 * Hands out blocks in their order, and not too far ahead of the one whose turn it is: what comes of them has to be held
 * until then.
 */
export class BlockQueue {
  readonly #left: Block[];
  readonly #end: number;
  readonly #ahead: number;
  #turn = 0;
  #waiting: (() => void)[] = [];

  /** @param ahead most blocks that are handed out before their turn */
  constructor(blocks: readonly Block[], ahead: number) {
    this.#left = [...blocks];
    this.#end = blocks.length;
    this.#ahead = ahead;
  }

  /** The next block, when it may be begun; undefined when all have had their turn. */
  async take(): Promise<Block | undefined> {
    while (this.#turn < this.#end) {
      const [next] = this.#left;
      if (next && next.index < this.#turn + this.#ahead) return this.#left.shift();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return undefined;
  }

  /** A block was not done, and is for another to take. */
  putBack(block: Block): void {
    this.#left.push(block);
    this.#left.sort((a, b) => a.index - b.index);
    this.#wake();
  }

  /** It is the next one's turn. */
  advance(): void {
    this.#turn++;
    this.#wake();
  }

  /** Nothing more is wanted. */
  close(): void {
    this.#turn = this.#end;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
