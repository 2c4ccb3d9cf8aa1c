import { exponential } from './exponential.ts';
import { KernelRoom, type Kernels } from './kernels.ts';

/** Laws A·s·e^(−r·x) over given channels, by server/kernels/assembly/power-law.ts where this thread has kernels. */
export class PowerCurve {
  /** The law of the last call of `evaluate`; one more channel where their number is odd. */
  readonly law: Float64Array;
  readonly #x: Float64Array;
  readonly #shape: Float64Array;
  readonly #evaluate: (amplitude: number, exponent: number) => void;

  /** @param shape s, as long as x */
  constructor(x: Float64Array, shape: Float64Array) {
    const pairs = Math.ceil(x.length / 2);
    const room = new KernelRoom();
    const at = { x: room.take(16 * pairs), shape: room.take(16 * pairs), law: room.take(16 * pairs) };
    const kernels: Kernels | undefined = room.kernels();
    const memory = kernels?.memory ?? new ArrayBuffer(48 * pairs);
    this.#x = new Float64Array(memory, at.x, 2 * pairs);
    this.#shape = new Float64Array(memory, at.shape, 2 * pairs);
    this.law = new Float64Array(memory, at.law, 2 * pairs);
    this.#x.set(x);
    this.#shape.set(shape);
    this.#evaluate = kernels
      ? (amplitude, exponent) => kernels.powerLaw(at.x, at.shape, pairs, amplitude, exponent, at.law)
      : (amplitude, exponent) => powerLaw(this.#x, this.#shape, amplitude, exponent, this.law);
  }

  /** Writes the law. */
  evaluate(amplitude: number, exponent: number): void {
    this.#evaluate(amplitude, exponent);
  }
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
