import type { Edge, EnergyAxis, Scan, SumSpectrum } from '../../../protocol/index.ts';
import { type CommonShift, commonShift } from '../../analysis/alignment/common-shift.ts';
import {
  emptyShifts,
  fitShiftModel,
  measureShifts,
  type ShiftModel,
} from '../../analysis/alignment/edge-shifts.ts';
import { type ShiftSegment, shiftSegments } from '../../analysis/alignment/shift-filter.ts';
import { segmentWidths } from '../../analysis/alignment/shift-mean.ts';
import { badChannels } from '../../analysis/detector/bad-channels.ts';
import { edgeWindow } from '../../analysis/windows/edge-window.ts';
import type { CubeReader } from '../../formats/cube.ts';
import type { AlignMethod } from '../options.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import { TileReader } from '../reading/tiles.ts';
import { sampleRuns } from './shift-sample.ts';

/** Sample size to decide whether the energy axis shifts; only then all pixels are measured. */
const SAMPLE_PIXELS = 2048;
/** Standard deviation of shifts, channels, below which spectra are not worth resampling. */
const WORTH_CHANNELS = 0.1;

export interface EdgeShiftsFound extends Omit<CommonShift, 'edges'> {
  /** Row-major indices of the pixels of `shifts`. */
  pixels: Uint32Array;
  /** Names of the edges it was measured from. */
  edges: string[];
  dispersion: number;
}

/** Shifts of the energy axis as the edges show them, where no zero-loss peak does. A function of the spectra by pixel index alone. */
export class EdgeShiftSurvey {
  readonly #scan: Scan;
  readonly #edges: readonly Edge[];
  readonly #reader: CubeReader;
  /** Last result. */
  found: EdgeShiftsFound | undefined;
  #sampling: Promise<void> | undefined;

  constructor(scan: Scan, edges: readonly Edge[], reader: CubeReader) {
    this.#scan = scan;
    this.#edges = edges;
    this.#reader = reader;
  }

  /**
   * Starts measuring a sample of the pixels in the background, unless that is running; for use during a scan.
   * @param energy the axis in force
   * @param passes row-major, passes that are complete at each pixel
   */
  sample(energy: EnergyAxis, passes: Uint8Array): void {
    this.#sampling ??= this.#look(energy, Uint8Array.from(passes), false)
      .then((found) => {
        this.found = found;
      })
      // Read faults are reported at the end of the scan.
      .catch(() => {})
      .finally(() => {
        this.#sampling = undefined;
      });
  }

  /** Forgets what was found, once no sample is under way. */
  async restart(): Promise<void> {
    await this.#sampling;
    this.found = undefined;
  }

  /**
   * Measures a sample of the pixels, and all of them if that shifts.
   * @returns undefined without a usable edge or spectrum
   */
  async find(energy: EnergyAxis, passes: Uint8Array): Promise<EdgeShiftsFound | undefined> {
    this.found = await this.#look(energy, passes, true);
    return this.found;
  }

  async #look(energy: EnergyAxis, passes: Uint8Array, whole: boolean): Promise<EdgeShiftsFound | undefined> {
    const { channels, shape } = this.#scan;
    const covered = this.#edges.flatMap((edge) => {
      try {
        return [{ edge, window: edgeWindow(edge, energy, channels, 'none') }];
      } catch {
        // The axis in force does not cover it.
        return [];
      }
    });
    const onsets = covered.map(({ edge }) => edge.onsetEv);
    const segments = shiftSegments(
      covered.map(({ window }) => window),
      onsets,
      energy,
    );
    if (segments.length === 0) return undefined;
    const runs = sampleRuns(shape, passes, SAMPLE_PIXELS);
    const pixels = Uint32Array.from(
      runs.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
    );
    if (pixels.length < 2) return undefined;
    const counts = await this.#read(segments, runs, pixels.length, passes);
    const follows = Uint8Array.from(pixels, (pixel, i) => (i > 0 && pixel === pixels[i - 1] + 1 ? 1 : 0));
    const width = segmentWidths(segments);
    const sums = new Float64Array(width);
    for (let p = 0; p < pixels.length; p++) for (let i = 0; i < width; i++) sums[i] += counts[p * width + i];
    const usable = Float64Array.from(badChannels(sums, pixels.length), (bad) => (bad ? 0 : 1));
    const fit = fitShiftModel({ segments, counts, pixels: pixels.length, follows }, usable);
    if (!fit) return undefined;
    const named = (found: CommonShift, at: Uint32Array): EdgeShiftsFound => ({
      ...found,
      pixels: at,
      edges: found.edges.map((e) => covered[segments[e].edge].edge.name),
      dispersion: energy.dispersion,
    });
    const found = named(commonShift(fit.model, fit.shifts, pixels, shape[1]), pixels);
    if (found.edges.length === 0) return undefined;
    const all = Uint32Array.from(passes.keys()).filter((pixel) => passes[pixel] > 0);
    if (!whole || found.origin === 'none' || pixels.length === all.length) return found;
    const shifts = await this.#measureAll(segments, fit.model, passes, all);
    return named(commonShift(fit.model, shifts, all, shape[1]), all);
  }

  async #read(
    segments: readonly ShiftSegment[],
    runs: readonly { first: number; count: number }[],
    pixels: number,
    passes: Uint8Array,
  ): Promise<Float32Array> {
    const out = new Float32Array(pixels * segmentWidths(segments));
    const first = segments[0].first;
    const end = segments[segments.length - 1].end;
    const most = Math.max(...runs.map(({ count }) => count));
    const buffer = new Float32Array(most * (end - first));
    let at = 0;
    for (const run of runs) {
      await this.#reader.read(run.first, run.count, first, end, buffer, passes);
      at = gather(segments, buffer, run.count, out, at);
    }
    return out;
  }

  /** Every pixel, from where the sample's model has the edges. */
  async #measureAll(
    segments: readonly ShiftSegment[],
    model: ShiftModel,
    passes: Uint8Array,
    all: Uint32Array,
  ) {
    const shifts = emptyShifts(segments.length, all.length);
    const first = segments[0].first;
    const end = segments[segments.length - 1].end;
    const tileReader = new TileReader(this.#reader, [first, end], passes);
    const width = segmentWidths(segments);
    let at = 0;
    await tileReader.visit(passes, (tile) => {
      const own = new Float32Array(tile.count * width);
      gather(segments, tile.spectra, tile.count, own, 0);
      for (let p = 0; p < tile.count; p++) {
        if (!passes[tile.first + p]) continue;
        measureShifts(model, own, p * width, 1, shifts, at);
        // A second pass from the first result, since templates hold for small shifts.
        const strongest = shifts.shift.map((each, e) => [each[at], shifts.variance[e][at]]);
        const [best = [0, 0]] = strongest.filter(([x]) => !Number.isNaN(x)).sort((a, b) => a[1] - b[1]);
        const start = strongest.map(([x]) => Float32Array.of(Number.isNaN(x) ? best[0] : x));
        if (Math.abs(best[0]) > 0.25) measureShifts(model, own, p * width, 1, viewOf(shifts, at), 0, start);
        at++;
      }
    });
    return shifts;
  }
}

/** One pixel of shifts, as shifts of their own. */
const viewOf = (shifts: ReturnType<typeof emptyShifts>, at: number): ReturnType<typeof emptyShifts> => {
  const one = (each: Float32Array) => each.subarray(at, at + 1);
  return {
    shift: shifts.shift.map(one),
    product: shifts.product.map(one),
    variance: shifts.variance.map(one),
    net: shifts.net.map(one),
    level: one(shifts.level),
  };
};

/** Copies the segments of spectra that begin at the first segment; samples that are no numbers count as 0. */
function gather(
  segments: readonly ShiftSegment[],
  spectra: Float32Array,
  count: number,
  out: Float32Array,
  to: number,
): number {
  const origin = segments[0].first;
  const width = segments[segments.length - 1].end - origin;
  let at = to;
  for (let p = 0; p < count; p++)
    for (const { first, end } of segments)
      for (let i = p * width + first - origin; i < p * width + end - origin; i++) {
        const value = spectra[i];
        out[at++] = Number.isFinite(value) ? value : 0;
      }
  return at;
}

/** Whether spectra are to be moved by what was found. */
export function isWorthMoving({ origin, shifts, jitter }: EdgeShiftsFound, align: AlignMethod): boolean {
  if (align === 'onset') return shifts.some((x) => x !== 0);
  const mean = shifts.reduce((sum, x) => sum + x, 0) / shifts.length;
  const square = shifts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / shifts.length;
  return align === 'auto' && origin === 'instrument' && Math.max(Math.sqrt(square), jitter) > WORTH_CHANNELS;
}

/** A jitter that makes no classes: it is no phase, and may not be the specimen's. Of the instrument's, all edges are free. */
export function jitterOf(
  { origin, jitter, edges, dispersion }: EdgeShiftsFound,
  all: readonly Edge[],
): Alignment['jitter'] {
  if (!(jitter > 0) || (origin !== 'unknown' && origin !== 'instrument')) return undefined;
  return { edges: origin === 'instrument' ? all.map(({ name }) => name) : edges, ev: jitter * dispersion };
}

/** Writes eV by pixel. */
export function writeEdgeShifts({ shifts, pixels, dispersion }: EdgeShiftsFound, out: Float32Array): void {
  pixels.forEach((pixel, i) => {
    out[pixel] = shifts[i] * dispersion;
  });
}

export function driftOf(found: EdgeShiftsFound, aligned: boolean): NonNullable<SumSpectrum['drift']> {
  const { origin, shifts, dispersion, uncertainty, jitter, edges, agreement } = found;
  const [least, most] = [Math.min, Math.max].map(
    (f) => shifts.reduce((a, b) => f(a, b), shifts[0]) * dispersion,
  );
  return {
    by: 'edge onset',
    mean: (shifts.reduce((sum, x) => sum + x, 0) / shifts.length) * dispersion,
    least,
    most,
    uncertainty: uncertainty * dispersion,
    aligned,
    origin,
    jitter: jitter * dispersion,
    edges,
    ...(agreement !== undefined && { agreement }),
  };
}
