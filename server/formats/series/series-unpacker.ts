import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BYTES_PER_SAMPLE, InputError } from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import { stampOf, stampText } from '../files/file-stamp.ts';
import { ReadFault, readFault } from '../reading/read-fault.ts';
import { SampleFile } from '../reading/sample-file.ts';
import { type PixelRange, pixelOfRecord, rangesOfPixels } from '../scan-order.ts';
import { SpectraFile } from '../unpacking/spectra-file.ts';
import { spoolName } from '../unpacking/spool.ts';
import type { Unpacker, UnpackSight } from '../unpacking/unpacker.ts';
import type { ReadBytes, SpectrumSeries } from './spectrum-series.ts';

/** A file that is written to is left alone for so long where what it held is not there: on shares sizes jump back for a moment. */
const REST_MS = 1000;
/** Some of what was taken is looked at again this often. */
const VERIFY_MS = 30_000;
const VERIFIED_RECORDS = 16;
/** Of a file that nobody writes to reading is tried again for so long. */
const PATIENCE_MS = 3000;

type Attempt = <Result>(work: (read: ReadBytes) => Promise<Result>) => Promise<Result>;
interface FileState {
  stamp: string;
  size: number;
}

/**
 * Unpacks a series of records into a file of spectra, in their order, as far as the file reaches. A record that cannot be read is left
 * out once one after it can be. While the file grows other bytes in what was taken are another scan.
 */
export class SeriesUnpacker implements Unpacker {
  readonly source: { readonly place: string; readonly name: string };
  readonly layout: CubeLayout;
  readonly #series: SpectrumSeries;
  readonly #file: SpectraFile;
  readonly #spectrumBytes: number;
  /** Record that comes next, in the file. */
  #next = 0;
  /** Pixels that were taken. Made by `prepare`. */
  #taken = new Uint8Array(0);
  /** Of what was left out, and of the record that is waited for. */
  #fault: InputError | undefined;
  #waiting: InputError | undefined;
  /** The record that is waited for, and since when (monotonic ms, like all of these). */
  #stuck: { record: number; since: number } | undefined;
  /** Since when the file cannot be read, and is shorter than it was; when it was verified last. */
  #troubleAt: number | undefined;
  #shrunkAt: number | undefined;
  #verifiedAt: number | undefined;
  #seen: FileState | undefined;

  /** @param folder where the file of spectra goes */
  constructor(series: SpectrumSeries, folder: string) {
    this.#series = series;
    this.source = { place: series.path, name: series.name };
    this.#file = new SpectraFile(join(folder, spoolName('raw')));
    this.layout = {
      paths: [this.#file.path],
      byteOffset: 0,
      dtype: series.dtype,
      littleEndian: true,
      recordBy: 'vector',
      shape: series.order.shape,
      channels: series.channels,
      order: 'raster',
      flybackColumns: 0,
      unpackedFrom: series.path,
    };
    this.#spectrumBytes = series.channels * BYTES_PER_SAMPLE[series.dtype];
  }

  async prepare(): Promise<void> {
    if (this.#file.isOpen) return;
    const pixels = this.layout.shape[0] * this.layout.shape[1];
    await this.#file.create(pixels * this.#spectrumBytes, this.#series.path);
    this.#taken = new Uint8Array(pixels);
  }

  /**
   * @param finished what is there is all, and nobody writes to the file while it is read. Otherwise a record that cannot be read waits
   */
  async *look(now: number, finished: boolean, budgetMs: number): AsyncGenerator<PixelRange[], UnpackSight> {
    await this.prepare();
    const until = performance.now() + budgetMs;
    const { path, recordsPerRead } = this.#series;
    const found = await stateOf(path);
    if (!found) return { state: 'absent', behind: false };
    const before = this.#seen;
    this.#seen = found;
    if (finished && before && before.stamp !== found.stamp) return { state: 'rewritten', behind: false };
    const file = new SampleFile(path, finished ? found.stamp : undefined, {
      patienceMs: finished ? PATIENCE_MS : 0,
    });
    const attempt = attemptsOn(file);
    try {
      const records = await this.#records(attempt, found, now, finished);
      const wasTouched = before?.size === found.size && before.stamp !== found.stamp;
      if (records === 'rewritten' || (!finished && (await this.#isOther(attempt, now, wasTouched))))
        return { state: 'rewritten', behind: false };
      while (this.#next < records) {
        if (performance.now() >= until) return this.#sight(true);
        // Summing keeps the thread busy: others get a turn after each batch.
        await nextTurn();
        const count = Math.min(recordsPerRead, records - this.#next);
        const ranges = await this.#take(attempt, count, now, finished);
        if (ranges.length > 0) yield ranges;
        if (this.#stuck) break;
      }
      this.#troubleAt = undefined;
      return this.#sight(false);
    } catch (error) {
      const fault = readFault(error, path);
      if (!(fault instanceof ReadFault)) throw fault;
      if (fault.code === 'changed') return { state: 'rewritten', behind: false };
      if (fault.code === 'gone') return { state: 'absent', behind: false };
      // While the file grows the next look is the next try.
      this.#troubleAt ??= now;
      const isSaid = finished || now - this.#troubleAt >= REST_MS;
      return { state: 'seen', behind: false, ...(isSaid && { fault }) };
    } finally {
      await file.close();
    }
  }

  close(): void {
    this.#file.close();
  }

  remove(): Promise<void> {
    return this.#file.remove();
  }

  #sight(behind: boolean): UnpackSight {
    const fault = this.#fault ?? this.#waiting;
    return { state: 'seen', behind, ...(fault && { fault }) };
  }

  /** Records that are there; another beginning, or fewer of them for a while, are another scan. */
  async #records(
    attempt: Attempt,
    { size }: FileState,
    now: number,
    finished: boolean,
  ): Promise<number | 'rewritten'> {
    const { start, order } = this.#series;
    let records = 0;
    if (size >= start.length) {
      const found = await attempt((read) => read(0, start.length));
      if (Buffer.compare(found, start) !== 0) return 'rewritten';
      records = await attempt((read) => this.#series.extent(read, size));
    }
    const most = order.shape[0] * (order.shape[1] + order.flybackColumns);
    if (records > most)
      this.#fault ??= new InputError(
        this.#series.path,
        'size',
        `expected ${most} ${this.#series.name} for ${order.shape[0]} × ${order.shape[1]} pixels, found ${records}: the others are left out`,
      );
    if (records >= this.#next) this.#shrunkAt = undefined;
    else {
      this.#shrunkAt ??= now;
      if (finished || now - this.#shrunkAt >= REST_MS) return 'rewritten';
    }
    return Math.min(records, most);
  }

  /** @returns ranges of pixels that became complete; `#stuck` says whether a record has to be waited for */
  async #take(attempt: Attempt, count: number, now: number, finished: boolean): Promise<PixelRange[]> {
    const { places, values } = await attempt((read) => this.#series.spectra(read, this.#next, count));
    const before = this.#stuck;
    this.#stuck = undefined;
    this.#waiting = undefined;
    const pixels: number[] = [];
    let run: { first: number; from: number; to: number } | undefined;
    const flush = () => {
      if (!run) return;
      const [from, to] = [run.from * this.#spectrumBytes, run.to * this.#spectrumBytes];
      const bytes = new Uint8Array(values.buffer, values.byteOffset + from, to - from);
      this.#file.write(bytes, run.first * this.#spectrumBytes);
      run = undefined;
    };
    for (const [index, place] of places.entries()) {
      if (place instanceof InputError) {
        const isLast = places.slice(index + 1).every((later) => later instanceof InputError);
        const since = before?.record === this.#next ? before.since : now;
        if (!finished && (isLast || now - since < REST_MS)) {
          this.#stuck = { record: this.#next, since };
          if (now - since >= REST_MS) this.#waiting = place;
          break;
        }
        this.#fault ??= place;
        this.#next++;
        continue;
      }
      this.#next++;
      const pixel = pixelOfRecord(this.#series.order, place);
      if (pixel === undefined || this.#taken[pixel] === 1) continue;
      this.#taken[pixel] = 1;
      pixels.push(pixel);
      if (run && run.to === index && run.first + run.to - run.from === pixel) run.to++;
      else {
        flush();
        run = { first: pixel, from: index, to: index + 1 };
      }
    }
    flush();
    return rangesOfPixels(pixels.sort((a, b) => a - b));
  }

  /** Whether records that were taken are others by now, as far as some of them tell. */
  async #isOther(attempt: Attempt, now: number, wasTouched: boolean): Promise<boolean> {
    this.#verifiedAt ??= now;
    if (!wasTouched && now - this.#verifiedAt < VERIFY_MS) return false;
    this.#verifiedAt = now;
    const step = Math.max(1, Math.floor(this.#next / VERIFIED_RECORDS));
    for (let record = 0; record < this.#next; record += step) {
      const { places, values } = await attempt((read) => this.#series.spectra(read, record, 1));
      const pixel = typeof places[0] === 'number' ? pixelOfRecord(this.#series.order, places[0]) : undefined;
      if (pixel === undefined || this.#taken[pixel] === 0) continue;
      const bytes = new Uint8Array(values.buffer, values.byteOffset, this.#spectrumBytes);
      if (!this.#file.holds(bytes, pixel * this.#spectrumBytes)) return true;
    }
    return false;
  }
}

/** Reads of a file that are tried again together. */
const attemptsOn =
  (file: SampleFile): Attempt =>
  async (work) => {
    let result: Awaited<ReturnType<typeof work>> | undefined;
    await file.attempt(async () => {
      result = await work(async (position, length) => {
        const bytes = new Uint8Array(length);
        await file.fill(bytes, position, length, 1);
        return bytes;
      });
    });
    return result as Awaited<ReturnType<typeof work>>;
  };

async function stateOf(path: string): Promise<FileState | undefined> {
  const stamp = await stampOf(path);
  return stamp && { stamp: stampText(stamp), size: stamp.size };
}
