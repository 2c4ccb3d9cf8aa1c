import type { CubeExtension, CubeLayout, ExactCubeReader, Patch } from '../cube.ts';
import { TaskQueue } from '../task-queue.ts';
import { checkLayout } from './layout-check.ts';
import { runsWithin } from './pixel-runs.ts';

/**
 * Value for pixels in what `read` takes as `passes`: no pass of the scan itself has measured the pixel, rescans alone have.
 * What the files of the scan hold of it (zeros, or part of a spectrum) is left out.
 */
export const BY_RESCANS_ALONE = 255;

/** How many samples are added up to one at most. */
export const addends = ({ paths, patches = [] }: CubeExtension): number => paths.length + patches.length;

/** Whether the counts of a pixel may be sums. */
export const isSum = (cube: CubeExtension): boolean => addends(cube) > 1;

interface OpenPatch {
  patch: Patch;
  reader: ExactCubeReader;
}

/**
 * Adds the counts of rescans to those of another reader, in double precision, in the order in which the rescans came, or
 * puts them in the place of what came before, pixel by pixel as each rescan says. A
 * rescan that comes by `extend` is in every read that is asked for afterwards, and in none before.
 */
export class PatchedCubeReader implements ExactCubeReader {
  readonly #base: ExactCubeReader;
  readonly #open: (layout: CubeLayout) => ExactCubeReader;
  readonly #patches: OpenPatch[] = [];
  #sums = new Float64Array(0);
  #added = new Float64Array(0);
  readonly #queue = new TaskQueue();

  /**
   * @param patches known from the start
   * @param open a reader of the cube of a rescan
   */
  constructor(
    base: ExactCubeReader,
    patches: readonly Patch[],
    open: (layout: CubeLayout) => ExactCubeReader,
  ) {
    this.#base = base;
    this.#open = open;
    this.#add(patches);
  }

  get layout(): CubeLayout {
    const { layout } = this.#base;
    const patches = this.#patches.map(({ patch }) => patch);
    return patches.length > 0 ? { ...layout, patches } : layout;
  }

  extend(layout: CubeExtension): void {
    const { patches } = layout;
    checkLayout({ ...this.#base.layout, ...(patches && { patches }) });
    this.#base.extend(layout);
    if (patches) void this.#queue.add(() => this.#add(patches.slice(this.#patches.length)));
  }

  #add(patches: readonly Patch[]): void {
    for (const patch of patches) this.#patches.push({ patch, reader: this.#open(patch.cube) });
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

  async close(): Promise<void> {
    await this.#queue.idle();
    await Promise.all([this.#base, ...this.#patches.map(({ reader }) => reader)].map((one) => one.close()));
  }

  async #read(
    firstPixel: number,
    count: number,
    from: number,
    to: number,
    out: Float32Array | Float64Array,
    passes: Uint8Array | undefined,
  ): Promise<void> {
    const columns = this.#base.layout.shape[1];
    const covering = this.#patches.flatMap(({ patch, reader }) => {
      const rows = overlap(patch, columns, firstPixel, count);
      return rows.length > 0 ? [{ patch, reader, rows }] : [];
    });
    if (covering.length === 0) return this.#base.read(firstPixel, count, from, to, out, passes);
    const width = to - from;
    this.#sums = roomOf(this.#sums, count * width);
    const sums = this.#sums.subarray(0, count * width);
    await this.#base.read(firstPixel, count, from, to, sums, passes);
    for (let p = 0; p < count; p++)
      if (passes?.[firstPixel + p] === BY_RESCANS_ALONE) sums.fill(0, p * width, (p + 1) * width);
    for (const { patch, reader, rows } of covering) {
      // Between the first and the last pixel lies little that is not wanted: what juts out over the scan's sides.
      const first = rows[0].source;
      const last = rows[rows.length - 1];
      const pixels = last.source + last.count - first;
      this.#added = roomOf(this.#added, pixels * width);
      const added = this.#added;
      await reader.read(first, pixels, from, to, added);
      for (const [start, end] of runsWithin(patch.replaces, firstPixel, firstPixel + count))
        sums.fill(0, (start - firstPixel) * width, (end - firstPixel) * width);
      const omitted = runsWithin(patch.omits, firstPixel, firstPixel + count);
      for (const { source, target, count: wanted } of rows)
        for (const [start, end] of runsWithin(omitted, target, target + wanted)) {
          const at = source - first + start - target;
          added.fill(0, at * width, (at + end - start) * width);
        }
      for (const { source, target, count: wanted } of rows)
        for (
          let i = (source - first) * width, at = (target - firstPixel) * width, n = wanted * width;
          n > 0;
          n--
        )
          sums[at++] += added[i++];
    }
    out.set(sums);
  }
}

const roomOf = (room: Float64Array<ArrayBuffer>, samples: number): Float64Array<ArrayBuffer> =>
  room.length < samples ? new Float64Array(samples) : room;

/** Pixels of a rescan, and of the scan it is added to, that lie in one row. */
export interface CoveredRow {
  /** First pixel of the rescan, and of the scan. */
  source: number;
  target: number;
  count: number;
}

/**
 * The pixels of a scan that a rescan covers.
 * @param columns of the scan
 * @param first of the pixels of interest, row-major
 * @param count of them; they must lie within the scan
 * @returns in the order of pixels
 */
export function overlap(
  { cube, y, x }: Pick<Patch, 'y' | 'x'> & { cube: Pick<CubeLayout, 'shape'> },
  columns: number,
  first: number,
  count: number,
): CoveredRow[] {
  const [height, width] = cube.shape;
  const end = first + count;
  const rows: CoveredRow[] = [];
  const endRow = Math.min(y + height, Math.ceil(end / columns));
  for (let row = Math.max(y, Math.floor(first / columns)); row < endRow; row++) {
    const target = Math.max(first, row * columns + Math.max(x, 0));
    const behind = Math.min(end, row * columns + Math.min(x + width, columns));
    if (behind <= target) continue;
    rows.push({
      source: (row - y) * width + (target - row * columns - x),
      target,
      count: behind - target,
    });
  }
  return rows;
}
