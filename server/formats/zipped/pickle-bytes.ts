/** The bytes of a pickle, one after the other; every method throws a RangeError at their end. */
export class PickleBytes {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many have been read. */
  get at(): number {
    return this.#at;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError(`cut off at byte ${this.#bytes.length}`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return Buffer.from(taken.buffer, taken.byteOffset, length);
  }

  /** A whole number without a sign. */
  count(length: 1 | 2 | 4): number {
    return this.take(length).readUIntLE(0, length);
  }

  text(length: number): string {
    return this.take(length).toString('utf8');
  }

  /** A whole number with a sign, of any length; those above 2^53 are rounded. */
  long(length: number): number {
    const bytes = this.take(length);
    const below = length > 0 && bytes[length - 1] > 127 ? 256 ** length : 0;
    return bytes.reduceRight((value, byte) => value * 256 + byte, 0) - below;
  }

  /** Goes on behind the end of the line. */
  skipLine(): void {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new RangeError(`cut off at byte ${this.#bytes.length}`);
    this.#at = end + 1;
  }
}
