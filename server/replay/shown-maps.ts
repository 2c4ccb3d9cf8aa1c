import type { Layer } from '../../protocol/index.ts';
import type { LiveLayer } from '../pipeline/live-state.ts';
import { type Band, DirtyRows } from './dirty-rows.ts';
import type { PictureReader } from './picture-reader.ts';
import type { RecordedBand } from './shown-history.ts';
import { unmeasured } from './unmeasured.ts';

interface ShownLayer extends LiveLayer {
  revision: number;
}

/** Samples of the layers of a recorded scan, painted from what was recorded. */
export class ShownMaps {
  readonly #rows: number;
  readonly #columns: number;
  readonly #reader: PictureReader;
  readonly #layers = new Map<number, ShownLayer>();
  /** Rows of samples that are not measured, by the kind of sample. */
  readonly #emptyRows = new Map<string, Uint8Array>();
  /** Where bands lie that could not be read as they were written. */
  readonly #damaged = new Set<number>();

  /** @param shape rows and columns of the scan */
  constructor([rows, columns]: readonly [number, number], reader: PictureReader) {
    this.#rows = rows;
    this.#columns = columns;
    this.#reader = reader;
  }

  /** Bands so far that could not be read as they were written. */
  get damaged(): number {
    return this.#damaged.size;
  }

  get all(): readonly LiveLayer[] {
    return [...this.#layers.values()];
  }

  setRevision(edge: string, revision: number): void {
    for (const shown of this.#layers.values()) if (shown.layer.edge === edge) shown.revision = revision;
  }

  setPhaseRevision(revision: number): void {
    for (const shown of this.#layers.values()) if (shown.layer.kind === 'phases') shown.revision = revision;
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
    for (const { band, samples } of await this.#read(bands)) {
      const layer = this.#layers.get(band.layer);
      if (!layer) continue;
      const end = band.firstRow + band.rows;
      for (let row = band.firstRow; row < end; row++) this.#write(layer, row, rowOf(band, samples, row));
      changed.add({ layer: band.layer, first: band.firstRow, end });
    }
    return changed.take();
  }

  /**
   * Paints anew what shows at another moment; rows without a band are not measured then.
   * @param bands that show then, newest first
   * @returns rows that differ from those before
   */
  async repaint(bands: readonly RecordedBand[]): Promise<Band[]> {
    const changed = new DirtyRows();
    const done = new Map([...this.#layers.keys()].map((id) => [id, new Uint8Array(this.#rows)]));
    const write = (layer: ShownLayer, row: number, samples: Uint8Array | undefined) => {
      if (this.#write(layer, row, samples)) changed.add({ layer: layer.layer.id, first: row, end: row + 1 });
    };
    for (const { band, samples } of await this.#read(bands)) {
      const [layer, rows] = [this.#layers.get(band.layer), done.get(band.layer)];
      if (!layer || !rows) continue;
      for (let row = band.firstRow; row < band.firstRow + band.rows; row++) {
        if (rows[row]) continue;
        rows[row] = 1;
        write(layer, row, rowOf(band, samples, row));
      }
    }
    for (const [id, layer] of this.#layers)
      done.get(id)?.forEach((isDone, row) => {
        if (!isDone) write(layer, row, undefined);
      });
    return changed.take();
  }

  /** Bands in their order with their samples; undefined where these are not what was written. */
  async #read(
    bands: readonly RecordedBand[],
  ): Promise<{ band: RecordedBand; samples: Uint8Array | undefined }[]> {
    const read = new Map<RecordedBand, Uint8Array | undefined>();
    const sizeOf = ({ layer, rows }: RecordedBand) =>
      (rows * (this.#layers.get(layer)?.data.byteLength ?? 0)) / this.#rows;
    for await (const { band, samples } of this.#reader.read(bands, sizeOf)) read.set(band, samples);
    return bands.map((band) => {
      const samples = read.get(band);
      // What was shown there is not known: older rows would pass for it.
      if (!samples) this.#damaged.add(band.at);
      return { band, samples };
    });
  }

  /**
   * Writes a row, of samples that are not measured where there are none.
   * @returns whether it was another before
   */
  #write(layer: ShownLayer, row: number, samples = this.#unmeasuredRow(layer)): boolean {
    const before = this.#rowBytes(layer.data, row);
    if (Buffer.compare(before, samples) === 0) return false;
    before.set(samples);
    return true;
  }

  #unmeasuredRow({ layer }: ShownLayer): Uint8Array {
    const key = `${layer.dtype}/${layer.components}`;
    let row = this.#emptyRows.get(key);
    if (!row) {
      row = new Uint8Array(unmeasured(layer, this.#columns).buffer);
      this.#emptyRows.set(key, row);
    }
    return row;
  }

  #rowBytes({ buffer, byteOffset, byteLength }: LiveLayer['data'], row: number): Uint8Array {
    const perRow = byteLength / this.#rows;
    return new Uint8Array(buffer, byteOffset + row * perRow, perRow);
  }
}

const rowOf = ({ firstRow, rows }: RecordedBand, samples: Uint8Array | undefined, row: number) => {
  const perRow = (samples?.length ?? 0) / rows;
  return samples?.subarray((row - firstRow) * perRow, (row - firstRow + 1) * perRow);
};
