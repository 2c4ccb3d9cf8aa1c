import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BYTES_PER_SAMPLE, type DType, InputError, type Samples } from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import { type PixelRange, rangesOfPixels } from '../scan-order.ts';
import type { StoredArray } from '../signals/stored-signal.ts';
import { type CubeAxes, PieceGrid } from './piece-grid.ts';
import { spectraOfPiece } from './piece-spectra.ts';
import { PieceWatch } from './piece-watch.ts';
import { SpectraFile } from './spectra-file.ts';
import { spoolName } from './spool.ts';
import type { Unpacker, UnpackSight } from './unpacker.ts';

/**
 * Unpacks an array that is stored in pieces (compressed, or with its axes in another order) into a file of spectra that cubes
 * are read from; memory holds one piece. Pieces may appear in any order while they are written; what is not there is not reported.
 */
export class CubeUnpacker implements Unpacker {
  readonly source: StoredArray;
  readonly layout: CubeLayout;
  readonly #grid: PieceGrid;
  readonly #axes: CubeAxes;
  readonly #spectrumBytes: number;
  /** Pieces that are still wanted at each pixel; none: the pixel is complete. Made by `prepare`, as all that is large. */
  #missing: Uint16Array | Uint32Array = new Uint16Array(0);
  readonly #watch: PieceWatch;
  /** Identity of the array when it was prepared. */
  #identity: string | undefined;
  readonly #file: SpectraFile;
  /** How far the pieces have been gone through in their order, and the first of them that could not be read. */
  #sweep = 0;
  #fault: InputError | undefined;

  /** @param folder where the file of spectra goes */
  constructor(source: StoredArray, axes: CubeAxes, dtype: DType, folder: string) {
    const along = (axis: number | undefined) => (axis === undefined ? 1 : source.shape[axis]);
    this.source = source;
    this.#axes = axes;
    this.#grid = new PieceGrid(source.shape, source.pieceShape, axes);
    this.#file = new SpectraFile(join(folder, spoolName('raw')));
    this.layout = {
      paths: [this.#file.path],
      byteOffset: 0,
      dtype,
      littleEndian: true,
      recordBy: 'vector',
      shape: [along(axes.row), along(axes.column)],
      channels: along(axes.energy),
      order: 'raster',
      flybackColumns: 0,
      unpackedFrom: source.place,
    };
    this.#spectrumBytes = this.layout.channels * BYTES_PER_SAMPLE[dtype];
    this.#watch = new PieceWatch(source, this.#grid);
  }

  async prepare(): Promise<void> {
    if (this.#file.isOpen) return;
    const pixels = this.layout.shape[0] * this.layout.shape[1];
    await this.#file.create(pixels * this.#spectrumBytes, this.source.place);
    const Counts = this.#grid.perSpectrum > 65_535 ? Uint32Array : Uint16Array;
    this.#missing = new Counts(pixels).fill(this.#grid.perSpectrum);
    this.#identity = await this.source.stamp();
  }

  /**
   * Unpacks what is there and was not yet, for about `budgetMs`, and reports the pixels that became complete.
   * @param now monotonic ms
   * @param finished what is there is all: pieces are taken as they are. Otherwise a piece is taken once it rests, and pixels that
   *   hold nothing but the array's fill value wait for more
   */
  async *look(now: number, finished: boolean, budgetMs: number): AsyncGenerator<PixelRange[], UnpackSight> {
    await this.prepare();
    const stamp = await this.source.stamp();
    if (stamp !== this.#identity)
      return { state: stamp === undefined ? 'absent' : 'rewritten', behind: false };
    const until = performance.now() + budgetMs;
    if (!this.source.pieceStamp || finished) return yield* this.#takeAll(until);
    for await (const piece of this.#watch.changed(now)) {
      try {
        const ranges = await this.#take(piece, true);
        if (!ranges) return { state: 'rewritten', behind: false };
        if (ranges.length > 0) yield ranges;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        this.#watch.torn(piece, error, now);
      }
      if (performance.now() >= until) return { state: 'seen', behind: true };
    }
    const fault = this.#watch.fault(now);
    return { state: 'seen', behind: false, ...(fault && { fault }) };
  }

  close(): void {
    this.#file.close();
  }

  remove(): Promise<void> {
    return this.#file.remove();
  }

  /** All pieces in their order, each once. */
  async *#takeAll(until: number): AsyncGenerator<PixelRange[], UnpackSight> {
    const sight = (behind: boolean): UnpackSight => ({
      state: 'seen',
      behind,
      ...(this.#fault && { fault: this.#fault }),
    });
    for (; this.#sweep < this.#grid.size; this.#sweep++) {
      if (performance.now() >= until) return sight(true);
      // Decompression keeps the thread busy: others get a turn after each piece.
      await nextTurn();
      await this.#watch.noteRead(this.#sweep);
      try {
        const ranges = await this.#take(this.#sweep, false);
        if (ranges && ranges.length > 0) yield ranges;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        this.#fault ??= error;
      }
    }
    return sight(false);
  }

  /** @returns pixels that became complete; undefined where others than before stand in what was taken already */
  async #take(piece: number, waits: boolean): Promise<PixelRange[] | undefined> {
    const stored = await this.source.readPiece(this.#grid.indexOf(piece));
    if (!stored) return [];
    const block = this.#grid.blockOf(piece);
    const { dtype, channels, shape } = this.layout;
    const values = spectraOfPiece(stored, block, this.#axes, dtype, this.source);
    const whole = block.channels === channels;
    const bytes = new Uint8Array(values.buffer);
    const runBytes = block.channels * BYTES_PER_SAMPLE[dtype];
    const fresh: { pixel: number; at: number }[] = [];
    let waiting = false;
    for (let row = 0; row < block.rows; row++)
      for (let column = 0; column < block.columns; column++) {
        const at = row * block.columns + column;
        const pixel = (block.row + row) * shape[1] + block.column + column;
        const own = values.subarray(at * block.channels, (at + 1) * block.channels);
        if (whole ? this.#missing[pixel] === 0 : this.#watch.isDone(piece)) {
          if (
            !this.#file.holds(
              bytes.subarray(at * runBytes, (at + 1) * runBytes),
              this.#position(pixel, block.channel),
            )
          )
            return undefined;
        } else if (waits && whole && isAll(own, Number(this.source.fillValue ?? 0))) waiting = true;
        else fresh.push({ pixel, at });
      }
    for (let first = 0; first < fresh.length; ) {
      let end = first + 1;
      // Neighbours in the file of spectra that are neighbours in the piece, too.
      while (
        whole &&
        end < fresh.length &&
        fresh[end].pixel === fresh[end - 1].pixel + 1 &&
        fresh[end].at === fresh[end - 1].at + 1
      )
        end++;
      const run = bytes.subarray(fresh[first].at * runBytes, (fresh[end - 1].at + 1) * runBytes);
      this.#file.write(run, this.#position(fresh[first].pixel, block.channel));
      first = end;
    }
    if (!waiting) this.#watch.done(piece);
    return rangesOfPixels(fresh.map(({ pixel }) => pixel).filter((pixel) => --this.#missing[pixel] === 0));
  }

  #position(pixel: number, channel: number): number {
    return pixel * this.#spectrumBytes + channel * BYTES_PER_SAMPLE[this.layout.dtype];
  }
}

function isAll(samples: Samples, value: number): boolean {
  for (const sample of samples) if (!Object.is(sample, value) && sample !== value) return false;
  return true;
}
