import { exponential } from './exponential.ts';
import { KernelRoom, type Kernels } from './kernels.ts';

/** Laws A·s·e^(−r·x) over given channels, by server/kernels/assembly/power-law.ts where this thread has kernels. */
export class PowerSums {
  /** Σ w, Σ w·x, Σ w·x² of the last call of `sum`. */
  readonly moments: Float64Array;
  /** The law of the last call of `evaluate`; one more channel where their number is odd. */
  readonly law: Float64Array;
  readonly #x: Float64Array;
  readonly #shape: Float64Array;
  readonly #sum: (exponent: number) => void;
  readonly #evaluate: (amplitude: number, exponent: number) => void;

  /** @param shape s, as long as x */
  constructor(x: Float64Array, shape: Float64Array) {
    const pairs = Math.ceil(x.length / 2);
    const room = new KernelRoom();
    const at = { x: room.take(16 * pairs), shape: room.take(16 * pairs), law: room.take(16 * pairs) };
    const moments = room.take(24);
    const kernels: Kernels | undefined = room.kernels();
    const memory = kernels?.memory ?? new ArrayBuffer(moments + 24);
    this.#x = new Float64Array(memory, at.x, 2 * pairs);
    this.#shape = new Float64Array(memory, at.shape, 2 * pairs);
    this.law = new Float64Array(memory, at.law, 2 * pairs);
    this.moments = new Float64Array(memory, moments, 3);
    this.#x.set(x);
    this.#shape.set(shape);
    this.#sum = kernels
      ? (exponent) => kernels.powerMoments(at.x, at.shape, pairs, exponent, moments)
      : (exponent) => powerMoments(this.#x, this.#shape, exponent, this.moments);
    this.#evaluate = kernels
      ? (amplitude, exponent) => kernels.powerLaw(at.x, at.shape, pairs, amplitude, exponent, at.law)
      : (amplitude, exponent) => powerLaw(this.#x, this.#shape, amplitude, exponent, this.law);
  }

  /** Writes the moments of x under weights w = s·e^(−r·x). */
  sum(exponent: number): void {
    this.#sum(exponent);
  }

  evaluate(amplitude: number, exponent: number): void {
    this.#evaluate(amplitude, exponent);
  }
}

/** Even and odd places are summed apart, as the kernel's two lanes are. */
function powerMoments(x: Float64Array, shape: Float64Array, exponent: number, moments: Float64Array): void {
  let even = 0;
  let odd = 0;
  let evenFirst = 0;
  let oddFirst = 0;
  let evenSecond = 0;
  let oddSecond = 0;
  for (let i = 0; i < x.length; i += 2) {
    const weight = shape[i] * exponential(x[i] * -exponent);
    const other = shape[i + 1] * exponential(x[i + 1] * -exponent);
    even += weight;
    odd += other;
    evenFirst += weight * x[i];
    oddFirst += other * x[i + 1];
    evenSecond += weight * x[i] * x[i];
    oddSecond += other * x[i + 1] * x[i + 1];
  }
  moments[0] = even + odd;
  moments[1] = evenFirst + oddFirst;
  moments[2] = evenSecond + oddSecond;
}

function powerLaw(
  x: Float64Array,
  shape: Float64Array,
  amplitude: number,
  exponent: number,
  law: Float64Array,
): void {
  for (let i = 0; i < x.length; i++) law[i] = amplitude * shape[i] * exponential(x[i] * -exponent);
}
