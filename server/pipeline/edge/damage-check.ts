import { type SignalCalibration, SignalExtractor } from '../../analysis/background/edge-signal.ts';
import { parts } from '../../analysis/math/parts.ts';
import {
  type DosePoint,
  doseTrend,
  type ExposureSums,
  isDamaged,
  type SpectrumChange,
  spectrumChange,
} from '../../analysis/scan/damage.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import { type CubeLayout, type PixelRun, passOf } from '../../formats/cube.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { BY_RESCANS_ALONE } from '../../formats/reading/patched-reader.ts';
import type { ReadingOptions } from '../../formats/reading/sample-file.ts';
import { AlignedReader, type Alignment } from '../reading/aligned-reader.ts';
import { TileReader } from '../reading/tiles.ts';

/** How the spectra of a class differ between the first exposure and the later ones. */
export interface ClassDamage extends Omit<SpectrumChange, 'difference'> {
  label: number;
  /** Pixels of the class that were exposed more than once. */
  pixels: number;
  /** The spectrum has changed, and not by chance. */
  changed: boolean;
  /** Later less first spectrum over the span, counts per pixel and unit of exposure. */
  difference: number[];
  /** Signal of each exposure against the first, by cumulative dose, and its slope per dwell. */
  trend: DosePoint[];
  slope?: { slope: number; sigma: number };
}

export interface DamageInput {
  core: CubeLayout;
  shifts: Float32Array;
  alignment?: Alignment | undefined;
  window: EdgeWindow;
  calibration: SignalCalibration;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same. */
  dwell?: Float32Array;
  labels: Int16Array;
  /** How each of the readers is to read. */
  reading?: () => ReadingOptions;
}

/** One exposure of some pixels. */
interface Exposure {
  layout: CubeLayout;
  /** Passes for the reader, where they differ from the pixels with an exposure. */
  passes?: Uint8Array;
  /** Exposure of a pixel by it; 0 where it has none. */
  dwells: (pixel: number) => number;
}

/** The passes and rescans of a scan, each by itself, in the order in which they came. */
function exposuresOf({ core, measured, dwell }: DamageInput): Exposure[] {
  const { patches = [] } = core;
  const columns = core.shape[1];
  const alone = new Uint8Array(patches.length > 0 ? measured.length : 0).fill(BY_RESCANS_ALONE);
  const passes = core.paths.map(
    (_, pass): Exposure => ({
      layout: passOf(core, pass),
      dwells: (pixel) => {
        const complete = measured[pixel];
        if (complete === BY_RESCANS_ALONE || complete <= pass) return 0;
        return pass === 0 ? (dwell?.[pixel] ?? 0) || 1 : 1;
      },
    }),
  );
  const rescans = patches.map((patch): Exposure => {
    const [height, width] = patch.cube.shape;
    const omitted = new Set(pixelsOf(patch.omits));
    return {
      layout: { ...passOf(core, 0), patches: [{ ...patch, replaces: [], omits: [] }] },
      passes: alone,
      dwells: (pixel) => {
        const [row, column] = [Math.floor(pixel / columns) - patch.y, (pixel % columns) - patch.x];
        if (omitted.has(pixel)) return 0;
        return row >= 0 && row < height && column >= 0 && column < width ? patch.dwells : 0;
      },
    };
  });
  return [...passes, ...rescans];
}

const pixelsOf = (runs: readonly PixelRun[] = []): number[] =>
  runs.flatMap(([first, end]) => Array.from({ length: end - first }, (_, i) => first + i));

/** Sums over the pixels of a class. */
interface ClassExposures extends ExposureSums {
  pixels: number;
  /** How long they were exposed after the first time, together. */
  exposed: number;
}

/**
 * Signal of a class in one later exposure, relative to the first of the same pixels: counts of the signal window, and
 * of all.
 */
class SignalSums {
  #own = 0;
  #first = 0;
  #ownOfAll = 0;
  #firstOfAll = 0;
  #firstVariance = 0;
  #dose = 0;
  #firstDose = 0;
  #weight = 0;

  /**
   * Adds a pixel.
   * @param own counts of the signal window and of all channels
   * @param first the same of the first exposure, per unit of exposure
   * @param dwells of this exposure, of the first, and of all before this one
   */
  add(
    own: [number, number],
    first: [number, number],
    dwells: { own: number; first: number; before: number },
  ): void {
    this.#own += own[0];
    this.#ownOfAll += own[1];
    this.#first += dwells.own * first[0];
    this.#firstOfAll += dwells.own * first[1];
    this.#firstVariance += (dwells.own * dwells.own * Math.max(first[0], 0)) / dwells.first;
    this.#dose += dwells.own * (dwells.before + dwells.own / 2);
    this.#firstDose += (dwells.own * dwells.first) / 2;
    this.#weight += dwells.own;
  }

  /** The first exposure, and this one. */
  points(gain: number): [DosePoint, DosePoint] | undefined {
    if (!(this.#first > 0 && this.#own > 0 && this.#ownOfAll > 0 && this.#firstOfAll > 0)) return undefined;
    // A factor common to all channels is due to the beam.
    const factor = this.#ownOfAll / this.#firstOfAll;
    const scale = this.#first * factor;
    return [
      {
        dose: this.#firstDose / this.#weight,
        signal: 1,
        sigma: Math.sqrt(gain * this.#firstVariance) / this.#first,
      },
      {
        dose: this.#dose / this.#weight,
        signal: this.#own / scale,
        sigma: Math.sqrt(gain * this.#own) / scale,
      },
    ];
  }
}

/**
 * Compares, class by class, the spectra of the first pass with those of later passes and rescans of the same pixels.
 * @returns one for each class that has pixels enough; none where nothing was exposed twice
 */
export async function checkDamage(input: DamageInput): Promise<ClassDamage[]> {
  const { window, calibration, labels } = input;
  const { signalStart, firstChannel, endChannel } = window;
  const width = endChannel - firstChannel;
  const [first, ...later] = exposuresOf(input);
  const total = Float32Array.from(labels, (_, p) => later.reduce((sum, { dwells }) => sum + dwells(p), 0));
  const wanted = Uint8Array.from(labels, (label, p) =>
    label >= 0 && total[p] > 0 && first.dwells(p) > 0 ? 1 : 0,
  );
  // Pixels saturated at first have no spectrum to compare with.
  for (const { replaces = [] } of input.core.patches ?? [])
    for (const [from, end] of replaces) wanted.fill(0, from, end);
  if (!wanted.includes(1)) return [];
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const buffer = () => new Float64Array(width);
  const sums = Array.from(
    { length: classes },
    (): ClassExposures => ({
      pixels: 0,
      exposed: 0,
      later: buffer(),
      first: buffer(),
      firstVariance: buffer(),
    }),
  );
  const signals = Array.from({ length: classes }, () => later.map(() => new SignalSums()));
  /** Counts of the first exposure per unit of exposure, by pixel: of the signal window, and of all channels. */
  const seenFirst = new Float32Array(2 * labels.length);
  await visit(input, first, wanted, (samples, at, pixel) => {
    const sum = sums[labels[pixel]];
    const own = first.dwells(pixel);
    const scale = total[pixel] / own;
    sum.pixels++;
    sum.exposed += total[pixel];
    for (let i = 0; i < width; i++) {
      const sample = samples[at + i];
      sum.first[i] += scale * sample;
      sum.firstVariance[i] += scale * scale * Math.max(sample, 0);
      if (i >= signalStart) seenFirst[2 * pixel] += sample / own;
      seenFirst[2 * pixel + 1] += sample / own;
    }
  });
  const before = Float32Array.from(labels, (_, p) => first.dwells(p));
  for (const [n, exposure] of later.entries()) {
    const here = wanted.map((flag, p) => (flag && exposure.dwells(p) > 0 ? 1 : 0));
    await visit(input, exposure, here, (samples, at, pixel) => {
      const sum = sums[labels[pixel]];
      const dwells = { own: exposure.dwells(pixel), first: first.dwells(pixel), before: before[pixel] };
      let [signal, all] = [0, 0];
      for (let i = 0; i < width; i++) {
        const sample = samples[at + i];
        sum.later[i] += sample;
        all += sample;
        if (i >= signalStart) signal += sample;
      }
      signals[labels[pixel]][n].add([signal, all], [seenFirst[2 * pixel], seenFirst[2 * pixel + 1]], dwells);
      before[pixel] += dwells.own;
    });
  }
  const { gain, channelGain, correlation } = calibration.noise;
  const changes = sums.flatMap((sum, label) => {
    const change = spectrumChange(sum, calibration.bad, { gain: channelGain, correlation });
    return change ? [{ label, ...sum, change }] : [];
  });
  return changes.map(({ label, pixels, exposed, change }) => {
    const pairs = signals[label].map((each) => each.points(gain)).filter((pair) => pair !== undefined);
    // The most precise pair gives the first point.
    const [start] = pairs.map(([first]) => first).sort((a, b) => a.sigma - b.sigma);
    const trend = start ? [start, ...pairs.map(([, own]) => own)] : [];
    const slope = doseTrend(trend);
    return {
      label,
      pixels,
      ...change,
      difference: Array.from(change.difference, (value) => value / exposed),
      changed: isDamaged(change, changes.length),
      trend,
      ...(slope && { slope }),
    };
  });
}

/** Reads one exposure by itself, corrected and on the scan's axis, pixel after pixel. */
async function visit(
  { shifts, alignment, window, calibration, reading }: DamageInput,
  { layout, passes, dwells }: Exposure,
  wanted: Uint8Array,
  take: (samples: Float32Array, at: number, pixel: number) => void,
): Promise<void> {
  const reader = new AlignedReader(await openCube(layout, reading?.()), shifts, alignment);
  try {
    const extractor = new SignalExtractor(window, calibration);
    const { block } = extractor;
    const there = passes ?? Uint8Array.from(wanted, (_, pixel) => (dwells(pixel) > 0 ? 1 : 0));
    const tileReader = new TileReader(reader, [window.firstChannel, window.endChannel], there);
    await tileReader.visit(wanted, ({ first, count, spectra }) => {
      for (const { from, rows } of parts(count, block.capacity)) {
        extractor.extractBlock(spectra, from * block.width, rows);
        for (let row = 0; row < rows; row++)
          if (wanted[first + from + row]) take(block.samples, row * block.width, first + from + row);
      }
    });
  } finally {
    await reader.close();
  }
}
