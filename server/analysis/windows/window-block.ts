import { KernelMemory } from '../math/kernels.ts';
import type { EdgeWindow } from './edge-window.ts';
import { netRows, powerLaws } from './net-rows.ts';
import { capacityOf, SpectrumBlock } from './spectrum-block.ts';
import { rowMoments } from './spectrum-rows.ts';

/** The span of an edge in a block of spectra, with backgrounds and what lies above them (server/kernels/assembly/power-law.ts). */
export class WindowBlock extends SpectrumBlock {
  readonly window: EdgeWindow;
  /** Σ y, Σ y·x and Σ y·x² of each spectrum over the channels that backgrounds are fitted to, capacity × 3. */
  readonly moments: Float64Array;
  /** Amplitude and exponent of each background, capacity × 2. */
  readonly scales: Float64Array;
  /** Backgrounds over the span, counts, capacity × `stride`. */
  readonly laws: Float64Array;
  readonly stride: number;
  /** Divisor of the net counts. */
  readonly divisors: Float64Array;
  /** Net counts over the divisor, capacity × features. */
  readonly net: Float32Array;
  /** Net counts over the signal window. */
  readonly intensities: Float64Array;
  readonly #x: Float64Array;
  readonly #shape: Float64Array;
  /** 1, x and x² of the channels of the fit window; 0 where a channel is left out. */
  readonly #weights: Float64Array;
  readonly #places: Record<
    'moments' | 'scales' | 'laws' | 'divisors' | 'net' | 'intensities' | 'x' | 'shape' | 'weights',
    number
  >;

  constructor(window: EdgeWindow) {
    const width = window.endChannel - window.firstChannel;
    const rows = capacityOf(width);
    const stride = width + (width & 1);
    const room = new KernelMemory();
    const places = {
      moments: room.take(24 * rows),
      scales: room.take(16 * rows),
      laws: room.take(8 * rows * stride),
      divisors: room.take(8 * rows),
      net: room.take(4 * rows * window.features),
      intensities: room.take(8 * rows),
      x: room.take(8 * stride),
      shape: room.take(8 * stride),
      weights: room.take(24 * window.fitChannels),
    };
    super(width, room);
    const { memory } = this;
    this.window = window;
    this.stride = stride;
    this.#places = places;
    this.moments = new Float64Array(memory, places.moments, 3 * rows);
    this.scales = new Float64Array(memory, places.scales, 2 * rows);
    this.laws = new Float64Array(memory, places.laws, rows * stride);
    this.divisors = new Float64Array(memory, places.divisors, rows).fill(1);
    this.net = new Float32Array(memory, places.net, rows * window.features);
    this.intensities = new Float64Array(memory, places.intensities, rows);
    this.#x = new Float64Array(memory, places.x, stride);
    this.#shape = new Float64Array(memory, places.shape, stride);
    this.#weights = new Float64Array(memory, places.weights, 3 * window.fitChannels);
  }

  /**
   * Backgrounds are A·s·e^(−r·x) from now on.
   * @param x per channel of the span
   * @param shape s, as many
   * @param channels those that backgrounds are fitted to
   */
  follow(x: Float64Array, shape: Float64Array, channels: ArrayLike<number>): void {
    this.#x.set(x);
    this.#shape.set(shape);
    this.#weights.fill(0);
    for (let n = 0; n < channels.length; n++) {
      const i = channels[n];
      this.#weights.set([1, x[i], x[i] * x[i]], 3 * i);
    }
  }

  /** Moments of the first `rows` spectra. */
  findMoments(rows: number): void {
    const { width, samples, moments, kernels } = this;
    const { fitChannels } = this.window;
    const { weights, moments: to } = this.#places;
    if (kernels) kernels.rowMoments(this.at.samples, rows, width, weights, fitChannels, to);
    else rowMoments(samples, rows, width, this.#weights, fitChannels, moments);
  }

  /** Backgrounds of the first `rows` spectra from their scales, from channel `from` of the span on. */
  findLaws(rows: number, from: number): void {
    const { stride, scales, laws, kernels } = this;
    const places = this.#places;
    const [first, pairs] = [from >> 1, stride / 2];
    if (kernels) kernels.powerLaws(places.x, places.shape, first, pairs, places.scales, rows, places.laws);
    else powerLaws(this.#x, this.#shape, first, pairs, scales, rows, laws);
  }

  /** Net counts of the first `rows` spectra above their backgrounds. */
  findNet(rows: number): void {
    const { width, stride, kernels, samples, laws, divisors, net, intensities } = this;
    const { signalStart, channelsPerFeature, features } = this.window;
    const sizes = [stride, signalStart, channelsPerFeature, features] as const;
    const places = this.#places;
    if (kernels)
      kernels.netRows(
        this.at.samples,
        rows,
        width,
        places.laws,
        ...sizes,
        places.divisors,
        places.net,
        places.intensities,
      );
    else netRows(samples, rows, width, laws, ...sizes, divisors, net, intensities);
  }
}
