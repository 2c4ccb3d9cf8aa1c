import { BufferImageSource } from 'pixi.js';
import type { LayerPlane } from '../model/layer-plane.ts';

/** Stands for "not measured" in a texture: NaN does not survive every shader compiler. */
const UNMEASURED_SAMPLE = -3e38;

/** Pictures let go of a texture when they are next drawn or dropped: it is freed some time after that, ms. */
const RETIREMENT_MS = 3000;

/** Frees a texture when nothing draws with it any more. */
export const retire = (source: BufferImageSource): void => {
  setTimeout(() => source.destroy(), RETIREMENT_MS);
};

/** A 256 × 1 table of colours. */
export const lutSource = (table: Uint8Array): BufferImageSource =>
  new BufferImageSource({
    resource: table,
    width: table.length / 4,
    height: 1,
    format: 'rgba8unorm',
    scaleMode: 'nearest',
    // Alpha of an entry is a flag, not an opacity.
    alphaMode: 'no-premultiply-alpha',
  });

export const floatSource = (
  samples: Float32Array,
  width: number,
  height: number,
  format: 'r32float' | 'rg32float' | 'rgba32float',
): BufferImageSource =>
  new BufferImageSource({
    resource: samples,
    width,
    height,
    format,
    scaleMode: 'nearest',
    alphaMode: 'no-premultiply-alpha',
  });

/** The samples of a layer as a float texture that follows them row by row; shared by every picture that shows the layer. */
export class PlaneTexture {
  readonly source: BufferImageSource;
  readonly #plane: LayerPlane;
  readonly #samples: Float32Array;
  #dirtyFrom = 0;
  #dirtyTo: number;
  readonly #dispose: () => void;

  constructor(plane: LayerPlane) {
    this.#plane = plane;
    this.#samples = new Float32Array(plane.data.length).fill(UNMEASURED_SAMPLE);
    this.source = floatSource(
      this.#samples,
      plane.columns,
      plane.rows,
      plane.layer.components === 2 ? 'rg32float' : 'r32float',
    );
    this.#dirtyTo = plane.rows;
    this.#dispose = plane.onRows((firstRow, rows) => {
      this.#dirtyFrom = Math.min(this.#dirtyFrom, firstRow);
      this.#dirtyTo = Math.max(this.#dirtyTo, firstRow + rows);
    });
  }

  /** Copies what changed since the last time; called when a picture is drawn, not when data arrive. */
  update(): void {
    if (this.#dirtyTo <= this.#dirtyFrom) return;
    const { data, columns, layer } = this.#plane;
    const start = this.#dirtyFrom * columns * layer.components;
    const end = this.#dirtyTo * columns * layer.components;
    // NaN is the one value that differs from itself; a class map's −2 lies below no class and keeps its table entry.
    for (let i = start; i < end; i++) {
      const sample = data[i];
      this.#samples[i] = Number.isNaN(sample) ? UNMEASURED_SAMPLE : sample;
    }
    this.source.update(this.#dirtyFrom * columns, this.#dirtyTo * columns);
    this.#dirtyFrom = this.#plane.rows;
    this.#dirtyTo = 0;
  }

  destroy(): void {
    this.#dispose();
    retire(this.source);
  }
}

/** Textures by layer, made when a picture first asks. */
export class PlaneTextures {
  readonly #textures = new Map<LayerPlane, PlaneTexture>();

  of(plane: LayerPlane): PlaneTexture {
    let texture = this.#textures.get(plane);
    if (texture === undefined) {
      texture = new PlaneTexture(plane);
      this.#textures.set(plane, texture);
    }
    return texture;
  }

  /** Frees what belongs to layers that are gone. */
  keepOnly(planes: Iterable<LayerPlane>): void {
    const kept = new Set(planes);
    for (const [plane, texture] of this.#textures)
      if (!kept.has(plane)) {
        texture.destroy();
        this.#textures.delete(plane);
      }
  }
}
