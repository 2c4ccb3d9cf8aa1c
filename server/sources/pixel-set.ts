/** Half-open range of records [first, end). */
export interface RecordRange {
  first: number;
  end: number;
}

/** Which records of a pass are there: one bit each, so that its size does not depend on the order they come in. */
export class PixelSet {
  readonly size: number;
  readonly #bits: Uint8Array;
  #firstMissing = 0;
  #count = 0;

  constructor(size: number) {
    this.size = size;
    this.#bits = new Uint8Array(Math.ceil(size / 8));
  }

  /** Smallest record that is missing; `size` when none is. */
  get firstMissing(): number {
    return this.#firstMissing;
  }

  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return (this.#bits[index >> 3] & (1 << (index & 7))) !== 0;
  }

  add({ first, end }: RecordRange): void {
    for (let index = first; index < end; index++) {
      if (this.has(index)) continue;
      this.#bits[index >> 3] |= 1 << (index & 7);
      this.#count++;
    }
    while (this.#firstMissing < this.size && this.has(this.#firstMissing)) this.#firstMissing++;
  }

  /** The parts of a range that are there (`present`) or are not, in order. */
  parts({ first, end }: RecordRange): (RecordRange & { present: boolean })[] {
    const parts: (RecordRange & { present: boolean })[] = [];
    for (let index = first; index < end; ) {
      const present = this.has(index);
      let next = index + 1;
      while (next < end && this.has(next) === present) next++;
      parts.push({ first: index, end: next, present });
      index = next;
    }
    return parts;
  }

  /** All that is there, as few ranges as possible. */
  ranges(): RecordRange[] {
    return this.parts({ first: 0, end: this.size }).filter(({ present }) => present);
  }
}
