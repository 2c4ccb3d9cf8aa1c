import type { Layer } from '../../protocol/index.ts';
import type { LiveLayer } from '../pipeline/live-state.ts';
import { type Band, DirtyRows } from './dirty-rows.ts';
import type { PictureReader } from './picture-reader.ts';
import type { RecordedBand } from './shown-history.ts';
import { unmeasured, unmeasuredOf } from './unmeasured.ts';

interface ShownLayer extends LiveLayer {
  revision: number;
}

/** Samples of the layers of a recorded scan, painted from what was recorded. */
export class ShownMaps {
  readonly #rows: number;
  readonly #columns: number;
  readonly #reader: PictureReader;
  readonly #layers = new Map<number, ShownLayer>();
  /** Bands that could not be read as they were written. */
  damaged = 0;

  /** @param shape rows and columns of the scan */
  constructor([rows, columns]: readonly [number, number], reader: PictureReader) {
    this.#rows = rows;
    this.#columns = columns;
    this.#reader = reader;
  }

  get all(): readonly LiveLayer[] {
    return [...this.#layers.values()];
  }

  get(id: number): LiveLayer | undefined {
    return this.#layers.get(id);
  }

  setRevision(edge: string, revision: number): void {
    for (const shown of this.#layers.values()) if (shown.layer.edge === edge) shown.revision = revision;
  }

  /** Layers that are there from now on, without samples; those that are there already keep theirs. */
  add(layers: readonly Layer[]): void {
    for (const layer of layers)
      if (!this.#layers.has(layer.id))
        this.#layers.set(layer.id, {
          layer,
          data: unmeasured(layer, this.#rows * this.#columns),
          revision: 0,
        });
  }

  /**
   * Paints bands in their order over what is there.
   * @returns rows that have changed
   */
  async paint(bands: readonly RecordedBand[]): Promise<Band[]> {
    const changed = new DirtyRows();
    const order = new Map(bands.map((band, index) => [band, index]));
    const read: { band: RecordedBand; samples: Uint8Array | undefined }[] = [];
    for await (const each of this.#reader.read(bands)) read.push(each);
    read.sort((a, b) => (order.get(a.band) ?? 0) - (order.get(b.band) ?? 0));
    for (const { band, samples } of read) {
      this.#write(this.#layers.get(band.layer), band, samples);
      changed.add({ layer: band.layer, first: band.firstRow, end: band.firstRow + band.rows });
    }
    return changed.take();
  }

  /**
   * Paints anew what shows at another moment.
   * @param bands that show then, newest first
   * @returns rows that differ from those before
   */
  async repaint(bands: readonly RecordedBand[]): Promise<Band[]> {
    const fresh = new ShownMaps([this.#rows, this.#columns], this.#reader);
    fresh.add(this.all.map(({ layer }) => layer));
    await fresh.paint([...bands].reverse());
    this.damaged += fresh.damaged;
    const changed = new DirtyRows();
    for (const [id, { data }] of fresh.#layers) {
      const before = this.#layers.get(id);
      if (!before) continue;
      for (let row = 0; row < this.#rows; row++)
        if (Buffer.compare(this.#bytes(before.data, row), this.#bytes(data, row)) !== 0)
          changed.add({ layer: id, first: row, end: row + 1 });
      this.#bytes(before.data).set(this.#bytes(data));
    }
    return changed.take();
  }

  #write(
    layer: ShownLayer | undefined,
    { firstRow, rows }: RecordedBand,
    samples: Uint8Array | undefined,
  ): void {
    if (!layer) return;
    const perRow = layer.data.length / this.#rows;
    const perRowBytes = layer.data.byteLength / this.#rows;
    // A piece of another length is none of this layer.
    if (samples?.length === rows * perRowBytes) this.#bytes(layer.data).set(samples, firstRow * perRowBytes);
    else {
      // What was shown there is not known: older rows would pass for it.
      this.damaged++;
      layer.data.fill(unmeasuredOf(layer.layer), firstRow * perRow, (firstRow + rows) * perRow);
    }
  }

  /** Of one row, or of all. */
  #bytes({ buffer, byteOffset, byteLength }: LiveLayer['data'], row?: number): Uint8Array {
    const perRow = byteLength / this.#rows;
    if (row === undefined) return new Uint8Array(buffer, byteOffset, byteLength);
    return new Uint8Array(buffer, byteOffset + row * perRow, perRow);
  }
}
