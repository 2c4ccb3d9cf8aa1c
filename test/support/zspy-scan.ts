import { join } from 'node:path';
import type { EnergyAxis } from '../../protocol/index.ts';
import { writePart } from './hyperspy-files.ts';

/** A scan that is written as a ZSpy folder, uncompressed, chunk by chunk. */
export class ZspyScan {
  readonly path: string;
  readonly #shape: [number, number, number];
  readonly #chunk: [number, number, number];
  readonly #samples: Float32Array;

  constructor(
    path: string,
    shape: [number, number, number],
    chunk: [number, number, number],
    samples: Float32Array,
  ) {
    this.path = path;
    this.#shape = shape;
    this.#chunk = chunk;
    this.#samples = samples;
  }

  /** Places of the chunks in their grid, row-major. */
  get chunks(): [number, number, number][] {
    const [rows, columns, channels] = this.#shape.map((size, axis) => Math.ceil(size / this.#chunk[axis]));
    return Array.from({ length: rows * columns * channels }, (_, index) => [
      Math.floor(index / (columns * channels)),
      Math.floor(index / channels) % columns,
      index % channels,
    ]);
  }

  /** Everything but the chunks. */
  async writeHeader(energy: EnergyAxis): Promise<void> {
    const group = 'Experiments/made';
    const json = (value: unknown) => Buffer.from(JSON.stringify(value));
    for (const name of ['.', 'Experiments', group])
      await this.#write(`${name}/.zgroup`, json({ zarr_format: 2 }));
    for (const [axis, size] of this.#shape.entries()) {
      const isEnergy = axis === 2;
      await this.#write(
        `${group}/axis-${axis}/.zattrs`,
        json({
          _type: 'UniformDataAxis',
          size,
          navigate: !isEnergy,
          offset: isEnergy ? energy.offset : 0,
          scale: isEnergy ? energy.dispersion : 1,
          units: isEnergy ? 'eV' : 'nm',
        }),
      );
    }
    await this.#write(`${group}/metadata/Signal/.zattrs`, json({ signal_type: 'EELS' }));
    await this.#write(
      `${group}/data/.zarray`,
      json({
        zarr_format: 2,
        shape: this.#shape,
        chunks: this.#chunk,
        dtype: '<f4',
        fill_value: 0,
        order: 'C',
        compressor: null,
        filters: null,
      }),
    );
  }

  /** One chunk; `rows` of its own rows are there, the rest is the fill value. */
  async writeChunk(place: [number, number, number], rows = this.#chunk[0]): Promise<void> {
    const [height, width, depth] = this.#chunk;
    const chunk = new Float32Array(height * width * depth);
    const start = place.map((at, axis) => at * this.#chunk[axis]);
    for (let row = 0; row < Math.min(rows, this.#shape[0] - start[0]); row++)
      for (let column = 0; column < Math.min(width, this.#shape[1] - start[1]); column++) {
        const pixel = (start[0] + row) * this.#shape[1] + start[1] + column;
        const from = pixel * this.#shape[2] + start[2];
        const count = Math.min(depth, this.#shape[2] - start[2]);
        chunk.set(this.#samples.subarray(from, from + count), (row * width + column) * depth);
      }
    await this.#write(`Experiments/made/data/${place.join('.')}`, new Uint8Array(chunk.buffer));
  }

  #write(name: string, bytes: Uint8Array): Promise<void> {
    return writePart(this.path, join(name), bytes);
  }
}
