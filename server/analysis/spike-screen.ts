import { KernelRoom, type Kernels } from './kernels.ts';

/** Squares that differ by more than rounding. */
const SURELY_LESS = 1 - 1e-12;
/** The kernel works in float32 and picks a little more than is asked for. */
const A_LITTLE_LESS = 0.999;
/** Squares below are not exact in float32 any more. */
const TINY = 1e-30;

/**
 * How far channel i stands above its neighbours two channels away, in units of counting noise for gain 1 (that of one count
 * where there are none). White lines stand out too, but in many pixels; x-rays hit one channel, sometimes two, of one.
 */
export function prominence(spectra: Float32Array, at: number): number {
  const around = (spectra[at - 2] + spectra[at + 2]) / 2;
  return (spectra[at] - around) / Math.sqrt(1.5 * Math.max(around, 0) + 1);
}

/** Whether the prominence exceeds `limit`; for nearly every sample told without the root and the division. */
function standsOut(spectra: Float32Array, at: number, limit: number): boolean {
  const around = (spectra[at - 2] + spectra[at + 2]) / 2;
  const height = spectra[at] - around;
  if (limit >= 0) {
    if (!(height > 0)) return false;
    const variance = around > 0 ? 1.5 * around + 1 : 1;
    if (height * height < SURELY_LESS * limit * limit * variance) return false;
  }
  return prominence(spectra, at) > limit;
}

/** Finds the samples of spectra that stand out by more than a limit of their channel. */
export class SpikeScreen {
  /** Channels found by the last search, ascending. */
  readonly found: Int32Array;
  readonly #limits: Float32Array;
  readonly #kernel: { pick: () => number; samples: Float32Array; thresholds: Float32Array } | undefined;

  /** @param limits prominence beyond which a sample stands out, per channel */
  constructor(limits: Float32Array) {
    const channels = limits.length;
    this.#limits = limits.slice();
    const room = new KernelRoom();
    // Four channels at a time, and two neighbours.
    const bytes = 4 * (channels + 8);
    const [samples, thresholds, found] = [room.take(bytes), room.take(bytes), room.take(bytes)];
    const kernels: Kernels | undefined = room.kernels();
    this.found = new Int32Array(kernels?.memory ?? new ArrayBuffer(found + bytes), found, channels);
    this.#kernel = kernels && {
      pick: () => kernels.screen(samples, thresholds, channels - 2, found),
      samples: new Float32Array(kernels.memory, samples, channels),
      thresholds: new Float32Array(kernels.memory, thresholds, channels),
    };
    limits.forEach((limit, channel) => {
      this.setLimit(channel, limit);
    });
  }

  setLimit(channel: number, limit: number): void {
    this.#limits[channel] = limit;
    const square = A_LITTLE_LESS * limit * limit;
    if (this.#kernel) this.#kernel.thresholds[channel] = limit < 0 ? -1 : square < TINY ? 0 : square;
  }

  /**
   * Looks through a spectrum of finite samples that starts at `from`.
   * @returns how many channels stand out; `found` has them
   */
  search(spectra: Float32Array, from: number): number {
    const limits = this.#limits;
    const { found } = this;
    let count = 0;
    if (this.#kernel) {
      const { pick, samples } = this.#kernel;
      samples.set(spectra.subarray(from, from + samples.length));
      const picked = pick();
      for (let n = 0; n < picked; n++)
        if (standsOut(spectra, from + found[n], limits[found[n]])) found[count++] = found[n];
    } else {
      for (let i = 2; i < limits.length - 2; i++)
        if (standsOut(spectra, from + i, limits[i])) found[count++] = i;
    }
    return count;
  }
}

const screens = new WeakMap<Float32Array, SpikeScreen>();

/** The screen of limits that do not change any more: made once, since a kernel's memory is dear. */
export function screenOf(limits: Float32Array): SpikeScreen {
  let screen = screens.get(limits);
  if (!screen) {
    screen = new SpikeScreen(limits);
    screens.set(limits, screen);
  }
  return screen;
}
