import type { Signal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Layer, LayerFrame } from '../../protocol/index.ts';
import { InputError, UNMEASURED } from '../../protocol/index.ts';

/** The samples of one layer, changed in place; `version` counts the changes. */
export class LayerPlane {
  readonly layer: Layer;
  readonly rows: number;
  readonly columns: number;
  /** `rows * columns * components`; NaN (f32) or −2 (i16) where not measured. */
  readonly data: Float32Array | Int16Array;
  readonly version: Signal<number> = signal(0);
  /** Revision of the newest rows. */
  revision = 0;
  /** Pixels that hold a sample. */
  measured = 0;
  /** Rows that changed since a reader last asked, as texel range; readers keep their own. */
  readonly #listeners = new Set<(firstRow: number, rows: number) => void>();

  constructor(layer: Layer, shape: readonly [number, number]) {
    this.layer = layer;
    [this.rows, this.columns] = shape;
    const samples = this.rows * this.columns * layer.components;
    this.data =
      layer.dtype === 'i16'
        ? new Int16Array(samples).fill(UNMEASURED)
        : new Float32Array(samples).fill(Number.NaN);
  }

  /** Tells which rows were written; the picture's textures follow it. */
  onRows(listener: (firstRow: number, rows: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws InputError when the frame does not fit the layer */
  write(frame: LayerFrame): void {
    this.#check(frame);
    const rowLength = this.columns * this.layer.components;
    const start = frame.firstRow * rowLength;
    const end = start + frame.data.length;
    this.measured -= this.#measuredIn(start, end);
    this.data.set(frame.data, start);
    this.measured += this.#measuredIn(start, end);
    this.revision = frame.revision;
    for (const listener of this.#listeners) listener(frame.firstRow, frame.rows);
    this.version.value++;
  }

  isMeasured(pixel: number): boolean {
    const sample = this.data[pixel * this.layer.components];
    return this.data instanceof Int16Array ? sample !== UNMEASURED : !Number.isNaN(sample);
  }

  #measuredIn(start: number, end: number): number {
    const { data } = this;
    const step = this.layer.components;
    let count = 0;
    if (data instanceof Int16Array) {
      for (let i = start; i < end; i += step) if (data[i] !== UNMEASURED) count++;
    } else for (let i = start; i < end; i += step) if (!Number.isNaN(data[i])) count++;
    return count;
  }

  #check(frame: LayerFrame): void {
    const place = `frame of layer "${this.layer.name}"`;
    if (frame.columns !== this.columns)
      throw new InputError(place, 'columns', `expected ${this.columns}, found ${frame.columns}`);
    if (frame.firstRow + frame.rows > this.rows)
      throw new InputError(
        place,
        'rows',
        `expected at most ${this.rows}, found ${frame.firstRow + frame.rows}`,
      );
    if (frame.components !== this.layer.components)
      throw new InputError(
        place,
        'components',
        `expected ${this.layer.components}, found ${frame.components}`,
      );
    const dtype = frame.data instanceof Float32Array ? 'f32' : 'i16';
    if (dtype !== this.layer.dtype)
      throw new InputError(place, 'dtype', `expected ${this.layer.dtype}, found ${dtype}`);
  }
}
