/** Consecutive pixels, row-major: [first, end). */
export interface PixelSpan {
  first: number;
  end: number;
}

/** Which pixels of a pass are written: one bit each, so that its size does not depend on the order they come in. */
export class PixelSet {
  readonly size: number;
  readonly #pixelAt: (step: number) => number;
  readonly #bits: Uint8Array;
  #next = 0;
  #count = 0;

  /** @param pixelAt row-major pixel that is acquired as number `step`; default: the same number */
  constructor(size: number, pixelAt: (step: number) => number = (step) => step) {
    this.size = size;
    this.#pixelAt = pixelAt;
    this.#bits = new Uint8Array(Math.ceil(size / 8));
  }

  /** First pixel that is missing, counted in the order of acquisition; `size` when none is. */
  get next(): number {
    return this.#next;
  }

  get count(): number {
    return this.#count;
  }

  has(pixel: number): boolean {
    return (this.#bits[pixel >> 3] & (1 << (pixel & 7))) !== 0;
  }

  add({ first, end }: PixelSpan): void {
    for (let pixel = first; pixel < end; pixel++) {
      if (this.has(pixel)) continue;
      this.#bits[pixel >> 3] |= 1 << (pixel & 7);
      this.#count++;
    }
    while (this.#next < this.size && this.has(this.#pixelAt(this.#next))) this.#next++;
  }

  /** The parts of a span that are there (`present`) or are not, in order. */
  parts({ first, end }: PixelSpan): (PixelSpan & { present: boolean })[] {
    const parts: (PixelSpan & { present: boolean })[] = [];
    for (let pixel = first; pixel < end; ) {
      const present = this.has(pixel);
      let next = pixel + 1;
      while (next < end && this.has(next) === present) next++;
      parts.push({ first: pixel, end: next, present });
      pixel = next;
    }
    return parts;
  }

  /** All that is there, as few spans as possible. */
  spans(): PixelSpan[] {
    return this.parts({ first: 0, end: this.size }).filter(({ present }) => present);
  }
}
