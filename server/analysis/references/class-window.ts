import type { Edge } from '../../../protocol/index.ts';
import { PowerLawFitter } from '../background/power-law.ts';
import { differenceVariance } from '../detector/residual-noise.ts';
import { createRandom } from '../math/random.ts';
import type { BackgroundMethod } from '../windows/background-method.ts';
import { edgeWindow } from '../windows/edge-window.ts';
import { broadened } from './reference-shape.ts';

/** One class of one edge, summed over its pixels. */
export interface ClassSpectrum {
  edge: Edge;
  label: number;
  pixels: number;
  /** Energy of the first channel and dispersion, eV. */
  offsetEv: number;
  dispersionEv: number;
  /** Σ over the pixels, from the start of the fit window to the end of the signal window: net, and as measured. */
  net: ArrayLike<number>;
  raw: ArrayLike<number>;
  /** 1 for channels to leave out, span-long. */
  bad?: Uint8Array;
  /** Variance over mean of the counts; without a background, of sums of channels over that of single ones. */
  gain: number;
  /** How the background was taken; default `poisson`. */
  background?: BackgroundMethod;
}

const LONGEST_MATCH_EV = 30;
/** Finer axes are binned to this: edges are not sharper, and it saves time. */
const FINEST_DISPERSION_EV = 0.25;

/**
 * A class in the window that is compared: from just before the onset, where the signal window starts, over at most
 * 30 eV. The channels before it are masked: they show how well the background fits, not the phase.
 */
export class ClassWindow {
  /** Centres of the compared bins, and their width, eV. */
  readonly energyEv: Float64Array;
  readonly widthEv: number;
  /** Net counts in them. */
  readonly counts: number;
  readonly #spectrum: ClassSpectrum;
  /** Span index of the first channel of every bin; bins with a bad channel are left out. */
  readonly #bins: number[] = [];
  readonly #factor: number;
  /** Undefined where the spectra came without a background. */
  readonly #fitter: PowerLawFitter | undefined;

  constructor(spectrum: ClassSpectrum) {
    const { edge, offsetEv, dispersionEv, net, bad, background } = spectrum;
    this.#spectrum = spectrum;
    const axis = { offset: offsetEv, dispersion: dispersionEv, units: 'eV' as const };
    const window = edgeWindow(edge, axis, net.length, background);
    if (background !== 'none') this.#fitter = new PowerLawFitter(window, bad);
    this.#factor = Math.max(1, Math.ceil(FINEST_DISPERSION_EV / dispersionEv - 1e-9));
    this.widthEv = this.#factor * dispersionEv;
    const end = Math.min(net.length, window.signalStart + LONGEST_MATCH_EV / dispersionEv);
    for (let i = window.signalStart; i + this.#factor <= end; i += this.#factor)
      if (!bad?.subarray(i, i + this.#factor).some(Boolean)) this.#bins.push(i);
    this.energyEv = Float64Array.from(
      this.#bins,
      (i) => offsetEv + dispersionEv * (i + (this.#factor - 1) / 2),
    );
    this.counts = this.#binned(net).reduce((sum, value) => sum + value, 0);
  }

  /** Net counts per bin, first broadened by a Gaussian of this FWHM. */
  values(broadenEv = 0): Float64Array {
    const { net, dispersionEv } = this.#spectrum;
    return this.#binned(broadened(Float64Array.from(net), broadenEv / dispersionEv));
  }

  /**
   * Parametric bootstrap of `values()`: counting noise on the summed spectrum, the power law fitted again. Sums over a
   * class have many counts in every channel, so that a normal deviate stands for a Poisson one. For
   * background-subtracted data, the noise is that by which neighbouring channels differ.
   */
  *replicates(count: number, seed: number): Generator<Float64Array> {
    const { net, raw, gain } = this.#spectrum;
    const random = createRandom(seed);
    const size = net.length;
    const measured = Float32Array.from(raw);
    const before = this.#background(measured);
    const deviations = this.#fitter
      ? Float64Array.from(measured, (value) => Math.sqrt(gain * Math.max(value, 0)))
      : new Float64Array(size).fill(Math.sqrt(gain * differenceVariance(measured, 0, size)));
    const sample = new Float32Array(size);
    const out = new Float64Array(size);
    for (let replicate = 0; replicate < count; replicate++) {
      for (let i = 0; i < size; i++) sample[i] = measured[i] + deviations[i] * normal(random);
      const after = this.#background(sample);
      for (let i = 0; i < size; i++) out[i] = net[i] + (sample[i] - measured[i]) - (after[i] - before[i]);
      yield this.#binned(out);
    }
  }

  #background(spectrum: Float32Array): Float64Array {
    const out = new Float64Array(spectrum.length);
    const fit = this.#fitter?.fit(spectrum, 0, this.#spectrum.gain);
    if (fit) this.#fitter?.evaluate(fit, out);
    return out;
  }

  #binned(values: ArrayLike<number>): Float64Array {
    return Float64Array.from(this.#bins, (first) => {
      let sum = 0;
      for (let i = first; i < first + this.#factor; i++) sum += values[i];
      return sum;
    });
  }
}

/** A standard normal deviate (Box and Muller 1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
