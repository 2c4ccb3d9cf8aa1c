/** Where lines are written to. */
export interface LineStream {
  write(text: string): unknown;
  /** Bytes that wait to be written. */
  readonly writableLength: number;
}

/** Bytes that may wait for whoever reads the output; what a pager does not read stays in memory. */
const MOST_WAITING_BYTES = 2 ** 20;

/**
 * Writes lines for whoever reads them, and waits for nobody: while too much waits, as in a pipe that is not read on, lines are left out, and their
 * number is written once there is room.
 */
export class LineOutput {
  readonly #stream: LineStream;
  readonly #words: (lines: number) => string;
  #leftOut = 0;

  /** @param words for lines that were left out, one line of its own */
  constructor(stream: LineStream, words: (lines: number) => string) {
    this.#stream = stream;
    this.#words = words;
  }

  /** @param line with its end */
  write(line: string): void {
    if (this.#stream.writableLength >= MOST_WAITING_BYTES) {
      this.#leftOut++;
      return;
    }
    if (this.#leftOut > 0) this.#stream.write(this.#words(this.#leftOut));
    this.#leftOut = 0;
    this.#stream.write(line);
  }
}
