import { BufferImageSource } from 'pixi.js';
import { UNMEASURED } from '../../protocol/index.ts';
import type { LayerPlane } from '../model/maps/layer-plane.ts';
import { RowRange } from '../model/maps/row-range.ts';

/** Stands for "not measured" in a texture: NaN does not survive every shader compiler. */
const UNMEASURED_SAMPLE = Math.fround(-3e38);

/** Pictures release a texture when they are next drawn or dropped, so it is freed this much later, ms. */
const RETIREMENT_MS = 3000;

/** Frees a texture once no picture uses it. */
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
  /** Counts how often samples were replaced. */
  replaced = 0;
  readonly #dirty = new RowRange();
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
    this.#dirty.add(0, plane.rows);
    this.#dispose = plane.onRows((firstRow, rows) => this.#dirty.add(firstRow, firstRow + rows));
  }

  /** Copies what changed since the last time; called when a picture is drawn, not when data arrive. */
  update(): void {
    const [from, to] = this.#dirty.take();
    if (to <= from) return;
    const { data, columns, layer } = this.#plane;
    const samples = this.#samples;
    const missing = data instanceof Int16Array ? UNMEASURED : UNMEASURED_SAMPLE;
    const end = to * columns * layer.components;
    let isReplaced = false;
    // NaN is the one value that differs from itself; a class map's −2 lies below no class and keeps its table entry.
    for (let i = from * columns * layer.components; i < end; i++) {
      const sample = Number.isNaN(data[i]) ? UNMEASURED_SAMPLE : data[i];
      if (samples[i] !== sample && samples[i] > missing) isReplaced = true;
      samples[i] = sample;
    }
    if (isReplaced) this.replaced++;
    this.source.update(from * columns, to * columns);
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

  /** Frees the textures of layers that no longer exist. */
  keepOnly(planes: Iterable<LayerPlane>): void {
    const kept = new Set(planes);
    for (const [plane, texture] of this.#textures)
      if (!kept.has(plane)) {
        texture.destroy();
        this.#textures.delete(plane);
      }
  }
}
