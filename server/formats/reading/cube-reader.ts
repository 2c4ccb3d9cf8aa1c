import { BYTES_PER_SAMPLE, type Samples } from '../../../protocol/index.ts';
import type { CubeExtension, CubeLayout, ExactCubeReader } from '../cube.ts';
import { recordCount, recordIndexOfPixel } from '../scan-order.ts';
import { TaskQueue } from '../task-queue.ts';
import { checkLayout } from './layout-check.ts';
import { BY_RESCANS_ALONE, PatchedCubeReader } from './patched-reader.ts';
import { type ReadingOptions, SampleFile } from './sample-file.ts';
import { viewSamples } from './sample-view.ts';

/** Bytes read at once, and the most a reader's scratch buffer holds beyond a single record or run. */
const READ_BYTES = 4 * 2 ** 20;
/** Planes at least this close together are read in one go: a seek costs more than the bytes between. */
const GAP_BYTES = 32 * 1024;
/** Reads under way at once; Node's thread pool has four threads. */
const PARALLEL_READS = 16;
/** Files that a reader keeps open: a scan may have hundreds of passes, and every thread readers of its own. */
const MOST_OPEN = 8;

/** Pixels of one row whose records lie side by side. */
interface Segment {
  /** First of its records, in the order of acquisition. */
  record: number;
  count: number;
  /** First of its pixels, counted from the first pixel asked for. */
  pixel: number;
  backwards: boolean;
}

/**
 * A reader of a cube; any number of them may read the same files, in any thread. Calls of `read` on one reader are worked off
 * one after the other. Counts of rescans are added to those of the pixels they cover. Files are opened when they are first read.
 * @throws InputError when the layout is not valid
 */
export async function openCube(layout: CubeLayout, options: ReadingOptions = {}): Promise<ExactCubeReader> {
  checkLayout(layout);
  const readerOf = (cube: CubeLayout) => new FileCubeReader(cube, options);
  return new PatchedCubeReader(readerOf(layout), layout.patches ?? [], readerOf);
}

class FileCubeReader implements ExactCubeReader {
  #layout: CubeLayout;
  readonly #options: ReadingOptions;
  readonly #files: SampleFile[];
  readonly #sampleBytes: number;
  #scratch = Buffer.from(new ArrayBuffer(0));
  #sums = new Float64Array(0);
  #pass = new Float64Array(0);
  readonly #queue = new TaskQueue();

  constructor(layout: CubeLayout, options: ReadingOptions) {
    this.#layout = layout;
    this.#options = options;
    this.#files = layout.paths.map((path, pass) => new SampleFile(path, layout.stamps?.[pass], options));
    this.#sampleBytes = BYTES_PER_SAMPLE[layout.dtype];
  }

  get layout(): CubeLayout {
    return this.#layout;
  }

  read(
    firstPixel: number,
    count: number,
    firstChannel: number,
    endChannel: number,
    out: Float32Array | Float64Array,
    passes?: Uint8Array,
  ): Promise<void> {
    return this.#queue.add(() => this.#read(firstPixel, count, firstChannel, endChannel, out, passes));
  }

  extend({ paths }: CubeExtension): void {
    // At once: what is being read may wait for a file that has another name by now.
    for (const [pass, file] of this.#files.entries()) file.moveTo(paths[pass]);
    void this.#queue.add(() => {
      const further = paths.slice(this.#files.length);
      this.#files.push(...further.map((path) => new SampleFile(path, undefined, this.#options)));
      this.#layout = { ...this.#layout, paths: [...paths] };
    });
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    for (const file of this.#files) await file.close();
  }

  async #read(
    firstPixel: number,
    count: number,
    from: number,
    to: number,
    out: Float32Array | Float64Array,
    passes: Uint8Array | undefined,
  ): Promise<void> {
    const { shape, channels } = this.layout;
    const samples = count * (to - from);
    if (firstPixel < 0 || count < 0 || firstPixel + count > shape[0] * shape[1])
      throw new RangeError(`pixels ${firstPixel} + ${count} outside a scan of ${shape[0]} × ${shape[1]}`);
    if (from < 0 || to < from || to > channels)
      throw new RangeError(`channels ${from} to ${to} outside a spectrum of ${channels}`);
    if (out.length < samples) throw new RangeError(`${out.length} samples of room for ${samples}`);
    if (samples === 0) return;
    const segments = this.#segments(firstPixel, count);
    const neededOf = (pass: number) => (index: number) =>
      passes === undefined ||
      (passes[firstPixel + index] > pass && passes[firstPixel + index] !== BY_RESCANS_ALONE);
    if (this.#files.length === 1) return this.#readPass(0, segments, neededOf(0), from, to, out);
    // Passes are added in double precision and in their order, so that the sum does not depend on who asks for what.
    if (this.#sums.length < samples) {
      this.#sums = new Float64Array(samples);
      this.#pass = new Float64Array(samples);
    }
    const sums = this.#sums.subarray(0, samples).fill(0);
    const width = to - from;
    for (const pass of this.#files.keys()) {
      const own = this.#pass.subarray(0, samples);
      await this.#readPass(pass, segments, neededOf(pass), from, to, own);
      for (let pixel = 0; pixel < count; pixel++)
        if (!passes || passes[firstPixel + pixel] > pass)
          for (let i = pixel * width; i < (pixel + 1) * width; i++) sums[i] += own[i];
    }
    out.set(sums);
  }

  /** The pixels in runs of neighbouring records; a raster without fly-back is a single run. */
  #segments(firstPixel: number, count: number): Segment[] {
    const { shape, order, flybackColumns } = this.layout;
    const columns = shape[1];
    if (order === 'raster' && flybackColumns === 0)
      return [{ record: firstPixel, count, pixel: 0, backwards: false }];
    const segments: Segment[] = [];
    for (let pixel = firstPixel; pixel < firstPixel + count; ) {
      const row = Math.floor(pixel / columns);
      const end = Math.min((row + 1) * columns, firstPixel + count);
      const backwards = order === 'serpentine' && row % 2 === 1;
      segments.push({
        record: recordIndexOfPixel(this.layout, backwards ? end - 1 : pixel),
        count: end - pixel,
        pixel: pixel - firstPixel,
        backwards,
      });
      pixel = end;
    }
    return segments;
  }

  /**
   * One pass is stored into `out`.
   * @param isNeeded whether a pixel, counted from the first one asked for, must be there; others are 0 where the file does not reach them
   */
  async #readPass(
    pass: number,
    segments: Segment[],
    isNeeded: (pixel: number) => boolean,
    from: number,
    to: number,
    out: Float32Array | Float64Array,
  ): Promise<void> {
    const file = this.#files[pass];
    if (!file.isOpen) await this.#makeRoom();
    const perRead =
      this.layout.recordBy === 'vector'
        ? Math.max(1, Math.floor(READ_BYTES / (this.layout.channels * this.#sampleBytes)))
        : READ_BYTES / this.#sampleBytes;
    for (const run of joinSegments(segments, perRead)) {
      const end = endOfNeeded(run, isNeeded);
      if (end === undefined) leaveOut(run, to - from, out);
      else
        await file.attempt(() =>
          this.layout.recordBy === 'vector'
            ? this.#readVectors(file, run, end, from, to, out)
            : this.#readPlanes(file, run, end, from, to, out),
        );
    }
  }

  /** Closes files before another one is opened, where too many are open. */
  async #makeRoom(): Promise<void> {
    const open = this.#files.filter(({ isOpen }) => isOpen);
    for (const file of open.slice(0, Math.max(0, open.length + 1 - MOST_OPEN))) await file.close();
  }

  async #readVectors(
    file: SampleFile,
    run: Segment[],
    needed: number,
    from: number,
    to: number,
    out: Float32Array | Float64Array,
  ): Promise<void> {
    const { channels, byteOffset } = this.layout;
    const [first, end] = extent(run);
    const samples = (end - first - 1) * channels + (to - from);
    const position = byteOffset + (first * channels + from) * this.#sampleBytes;
    const bytes = this.#room(samples);
    const neededSamples = (needed - first - 1) * channels + (to - from);
    await file.fill(bytes, position, neededSamples * this.#sampleBytes, this.#sampleBytes);
    const view = this.#view(bytes);
    for (const segment of run) {
      const start = (segment.record - first) * channels;
      place(view, start, channels, 1, segment, to - from, 0, to - from, out);
    }
  }

  async #readPlanes(
    file: SampleFile,
    run: Segment[],
    needed: number,
    from: number,
    to: number,
    out: Float32Array | Float64Array,
  ): Promise<void> {
    const { byteOffset } = this.layout;
    const plane = recordCount(this.layout);
    const [first, end] = extent(run);
    const length = end - first;
    const together = (plane - length) * this.#sampleBytes <= GAP_BYTES;
    // Distance of two planes in the scratch buffer, in samples.
    const stride = together ? plane : length;
    const planesPerRead = Math.max(1, Math.floor(READ_BYTES / (stride * this.#sampleBytes)));
    for (let channel = from; channel < to; channel += planesPerRead) {
      const planes = Math.min(planesPerRead, to - channel);
      const bytes = this.#room((planes - 1) * stride + length);
      const positionOf = (index: number) =>
        byteOffset + ((channel + index) * plane + first) * this.#sampleBytes;
      const last = needed - first;
      if (together) {
        const neededBytes = ((planes - 1) * stride + last) * this.#sampleBytes;
        await file.fill(bytes, positionOf(0), neededBytes, this.#sampleBytes);
      } else
        for (let index = 0; index < planes; index += PARALLEL_READS) {
          const reads: Promise<void>[] = [];
          for (let at = index; at < Math.min(index + PARALLEL_READS, planes); at++) {
            const start = at * length * this.#sampleBytes;
            const part = bytes.subarray(start, start + length * this.#sampleBytes);
            reads.push(file.fill(part, positionOf(at), last * this.#sampleBytes, this.#sampleBytes));
          }
          // All of them have to be done with the scratch buffer before an error leaves it to the next call.
          for (const read of await Promise.allSettled(reads))
            if (read.status === 'rejected') throw read.reason;
        }
      const view = this.#view(bytes);
      for (const segment of run)
        place(view, segment.record - first, 1, stride, segment, planes, channel - from, to - from, out);
    }
  }

  #room(samples: number): Buffer<ArrayBuffer> {
    const bytes = samples * this.#sampleBytes;
    if (this.#scratch.length < bytes) this.#scratch = Buffer.from(new ArrayBuffer(bytes));
    return this.#scratch.subarray(0, bytes);
  }

  #view(bytes: Buffer<ArrayBuffer>): Samples {
    return viewSamples(bytes, this.layout.dtype, this.layout.littleEndian);
  }
}

const extent = (run: Segment[]): [number, number] => {
  const last = run[run.length - 1];
  return [run[0].record, last.record + last.count];
};

/** End of the last record of a run that is needed; undefined where none is. */
function endOfNeeded(run: Segment[], isNeeded: (pixel: number) => boolean): number | undefined {
  for (const { record, count, pixel, backwards } of run.toReversed())
    for (let i = count - 1; i >= 0; i--)
      if (isNeeded(backwards ? pixel + count - 1 - i : pixel + i)) return record + i + 1;
  return undefined;
}

/** Puts 0 where nothing was measured, and so nothing is read. */
function leaveOut(run: Segment[], width: number, out: Float32Array | Float64Array): void {
  for (const { pixel, count } of run) out.fill(0, pixel * width, (pixel + count) * width);
}

/** Cuts segments longer than `limit` records and joins neighbours as long as their span stays within it. */
function* joinSegments(segments: Segment[], limit: number): Generator<Segment[]> {
  let run: Segment[] = [];
  for (const segment of segments)
    for (let skip = 0; skip < segment.count; skip += limit) {
      const count = Math.min(limit, segment.count - skip);
      const pixel = segment.backwards ? segment.pixel + segment.count - skip - count : segment.pixel + skip;
      const part = { ...segment, record: segment.record + skip, count, pixel };
      if (run.length > 0 && part.record + count - run[0].record > limit) {
        yield run;
        run = [];
      }
      run.push(part);
    }
  if (run.length > 0) yield run;
}

/**
 * Copies `width` channels of a segment's records from `view`, where records lie `recordStride` and channels
 * `channelStride` samples apart, to channels `outFirst` … of its pixels in `out`, `outWidth` channels each.
 */
function place(
  view: Samples,
  start: number,
  recordStride: number,
  channelStride: number,
  segment: Segment,
  width: number,
  outFirst: number,
  outWidth: number,
  out: Float32Array | Float64Array,
): void {
  for (let index = 0; index < segment.count; index++) {
    const pixel = segment.pixel + (segment.backwards ? segment.count - 1 - index : index);
    let source = start + index * recordStride;
    let target = pixel * outWidth + outFirst;
    // Conversion by the engine takes a fifth of the time of a loop.
    if (channelStride === 1) out.set(view.subarray(source, source + width), target);
    else
      for (let channel = 0; channel < width; channel++, source += channelStride, target++)
        out[target] = view[source];
  }
}
