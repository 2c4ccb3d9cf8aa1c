import type { Suspect } from './survey-protocol.ts';

type Kind = Suspect['kind'];

const IS_WRONG: Record<Kind, (value: number) => boolean> = {
  negative: (value) => value < 0,
  'not finite': (value) => !Number.isFinite(value),
};

/** Pixels with samples that cannot be counts: the first of each kind, and how many there are. */
export class Suspects {
  readonly #found = new Map<Kind, Suspect>();

  /** @param spectrum the pixel's, with at least one sample of that kind */
  add(kind: Kind, pixel: number, spectrum: Float32Array): void {
    const known = this.#found.get(kind);
    if (known) {
      known.pixels++;
      return;
    }
    const channel = spectrum.findIndex(IS_WRONG[kind]);
    this.#found.set(kind, { kind, pixel, channel, value: spectrum[channel], pixels: 1 });
  }

  clear(): void {
    this.#found.clear();
  }

  [Symbol.iterator](): Iterator<Suspect> {
    return this.#found.values();
  }
}
