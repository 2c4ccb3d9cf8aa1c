/** Maps of one shape that are made one after the other, by name. */
export class NamedMaps {
  readonly all = new Map<string, Float32Array>();
  readonly #pixels: number;

  constructor(pixels: number) {
    this.#pixels = pixels;
  }

  /** A new map, all NaN. */
  create(name: string): Float32Array {
    const map = new Float32Array(this.#pixels).fill(Number.NaN);
    this.all.set(name, map);
    return map;
  }
}
