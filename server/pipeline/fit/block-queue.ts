import type { Block } from './fit-input.ts';

/**
 * Hands out blocks in order, at most `ahead` beyond the one to be consumed next, since results are held until their
 * turn.
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

  /** Returns a block that was not done. */
  putBack(block: Block): void {
    this.#left.push(block);
    this.#left.sort((a, b) => a.index - b.index);
    this.#wake();
  }

  /** Marks the current block as consumed. */
  advance(): void {
    this.#turn++;
    this.#wake();
  }

  /** Cancels the rest. */
  close(): void {
    this.#turn = this.#end;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
