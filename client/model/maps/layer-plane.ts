import type { Signal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Layer, LayerFrame } from '../../../protocol/index.ts';
import { InputError, UNMEASURED } from '../../../protocol/index.ts';

/** The samples of one layer, changed in place; `version` counts the changes. */
export class LayerPlane {
  readonly layer: Layer;
  readonly rows: number;
  readonly columns: number;
  /** `rows * columns * components`; NaN (f32) or −2 (i16) where not measured. */
  readonly data: Float32Array | Int16Array;
  readonly version: Signal<number> = signal(0);
  /** Of the pixels that hold a sample, in percent: 0 none, 100 all. Changes a hundred times in a scan, not with every row. */
  readonly percent: Signal<number> = signal(0);
  /** Revision of the newest rows. */
  revision = 0;
  /** Pixels that hold a sample. */
  measured = 0;
  /** How many of them the newest picture shows. */
  drawn = 0;
  readonly #measuredInRow: Int32Array;
  readonly #listeners = new Set<(firstRow: number, rows: number) => void>();

  constructor(layer: Layer, shape: readonly [number, number]) {
    this.layer = layer;
    [this.rows, this.columns] = shape;
    this.#measuredInRow = new Int32Array(this.rows);
    const samples = this.rows * this.columns * layer.components;
    this.data =
      layer.dtype === 'i16'
        ? new Int16Array(samples).fill(UNMEASURED)
        : new Float32Array(samples).fill(Number.NaN);
  }

  /** Calls `listener` with the rows that were written; textures are updated by it. */
  onRows(listener: (firstRow: number, rows: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws InputError when the frame does not fit the layer */
  write(frame: LayerFrame): void {
    this.#check(frame);
    const rowLength = this.columns * this.layer.components;
    const start = frame.firstRow * rowLength;
    this.data.set(frame.data, start);
    for (let row = frame.firstRow; row < frame.firstRow + frame.rows; row++) this.#count(row);
    this.percent.value =
      Math.min(1, this.measured) + Math.floor((99 * this.measured) / (this.rows * this.columns));
    this.revision = frame.revision;
    for (const listener of this.#listeners) listener(frame.firstRow, frame.rows);
    this.version.value++;
  }

  isMeasured(pixel: number): boolean {
    const sample = this.data[pixel * this.layer.components];
    return this.data instanceof Int16Array ? sample !== UNMEASURED : !Number.isNaN(sample);
  }

  /**
   * Pixels left out between measured ones. Rows after the newest measured one are not scanned, and its own may still be
   * filling, unless the scan is `over`.
   */
  missing(over: boolean): number {
    let end = this.rows;
    if (!over) {
      end--;
      while (end > 0 && this.#measuredInRow[end] === 0) end--;
    }
    let missing = 0;
    for (let row = 0; row < end; row++) missing += this.columns - this.#measuredInRow[row];
    return missing;
  }

  /** Up to about `most` measured samples, evenly from all rows; of each pixel the first component. */
  sample(most: number): Float32Array {
    const stride = Math.max(1, Math.ceil(this.measured / most));
    const sample = new Float32Array(Math.ceil(this.measured / stride));
    const { data, columns } = this;
    const step = this.layer.components;
    let taken = 0;
    // Every `stride`-th measured pixel is taken: how many to skip before the next.
    let wait = 0;
    for (let row = 0; row < this.rows; row++) {
      const measured = this.#measuredInRow[row];
      const start = row * columns;
      if (measured === columns) {
        let x = wait;
        for (; x < columns; x += stride) sample[taken++] = data[(start + x) * step];
        wait = x - columns;
      } else if (measured <= wait) wait -= measured;
      else
        for (let x = 0; x < columns; x++) {
          if (!this.isMeasured(start + x)) continue;
          if (wait === 0) sample[taken++] = data[(start + x) * step];
          wait = wait === 0 ? stride - 1 : wait - 1;
        }
    }
    return sample;
  }

  #count(row: number): void {
    const { data } = this;
    const step = this.layer.components;
    const start = row * this.columns * step;
    const end = start + this.columns * step;
    let count = 0;
    if (data instanceof Int16Array) {
      for (let i = start; i < end; i += step) if (data[i] !== UNMEASURED) count++;
    } else for (let i = start; i < end; i += step) if (!Number.isNaN(data[i])) count++;
    this.measured += count - this.#measuredInRow[row];
    this.#measuredInRow[row] = count;
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
