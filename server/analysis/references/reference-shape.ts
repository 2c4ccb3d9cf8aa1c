/** A reference spectrum of one phase at one edge, its background subtracted. */
export interface ReferenceSpectrum {
  /** As it is shown: `SiO2`, `a-C`. References of one name stand for one phase and do not compete. */
  phase: string;
  /** `Si-L` … and where the edge begins in the pure element, eV. */
  edge: string;
  onsetEv: number;
  /** Where it comes from, with the credit due. */
  origin: string;
  /** Net counts in any unit, equal steps: energy of the first sample and step, eV. */
  startEv: number;
  stepEv: number;
  values: Float64Array;
  /** Energy resolution, full width at half maximum, eV; unknown where absent. */
  fwhmEv?: number;
}

const SIGMAS_PER_FWHM = 1 / Math.sqrt(8 * Math.LN2);

/** Natural cubic spline through (x, y), x ascending; evaluated at `at`, which must lie within the knots. */
export function cubicSpline(x: readonly number[], y: readonly number[]): (at: number) => number {
  const n = x.length;
  // Second derivatives by the tridiagonal system, zero at both ends.
  const second = new Float64Array(n);
  const upper = new Float64Array(n);
  for (let i = 1; i < n - 1; i++) {
    const share = (x[i] - x[i - 1]) / (x[i + 1] - x[i - 1]);
    const pivot = share * upper[i - 1] + 2;
    const slope = (y[i + 1] - y[i]) / (x[i + 1] - x[i]) - (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
    upper[i] = (share - 1) / pivot;
    second[i] = ((6 * slope) / (x[i + 1] - x[i - 1]) - share * second[i - 1]) / pivot;
  }
  for (let i = n - 2; i > 0; i--) second[i] += upper[i] * second[i + 1];
  return (at) => {
    let i = 1;
    while (i < n - 1 && x[i] < at) i++;
    const h = x[i] - x[i - 1];
    const a = (x[i] - at) / h;
    const b = 1 - a;
    return (
      a * y[i - 1] + b * y[i] + ((a ** 3 - a) * second[i - 1] + (b ** 3 - b) * second[i]) * ((h * h) / 6)
    );
  };
}

/** Samples convolved with a Gaussian of `fwhm` samples' width; at the ends with what there is of it. */
export function broadened(values: Float64Array, fwhm: number): Float64Array {
  const sigma = fwhm * SIGMAS_PER_FWHM;
  if (!(sigma > 0.2)) return values;
  const reach = Math.ceil(4 * sigma);
  const weights = Float64Array.from({ length: reach + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  return values.map((_, i) => {
    let sum = 0;
    let total = 0;
    for (let j = Math.max(0, i - reach); j <= Math.min(values.length - 1, i + reach); j++) {
      const weight = weights[Math.abs(j - i)];
      sum += weight * values[j];
      total += weight;
    }
    return sum / total;
  });
}

/** A reference made ready to be averaged over the channels of a scan, at any shift. */
export class ReferenceShape {
  readonly fromEv: number;
  readonly toEv: number;
  readonly #step: number;
  /** Integral from the start to sample i, trapezoidal. */
  readonly #integral: Float64Array;
  readonly #values: Float64Array;

  /** @param fwhmEv resolution to broaden a reference of better known resolution to; absent: left as it is */
  constructor(
    { startEv, stepEv, values, fwhmEv }: Pick<ReferenceSpectrum, 'startEv' | 'stepEv' | 'values' | 'fwhmEv'>,
    targetFwhmEv?: number,
  ) {
    const missing =
      fwhmEv !== undefined && targetFwhmEv !== undefined && targetFwhmEv > fwhmEv
        ? Math.sqrt(targetFwhmEv ** 2 - fwhmEv ** 2)
        : 0;
    this.#values = broadened(values, missing / stepEv);
    this.#step = stepEv;
    this.fromEv = startEv;
    this.toEv = startEv + stepEv * (values.length - 1);
    this.#integral = new Float64Array(values.length);
    for (let i = 1; i < values.length; i++)
      this.#integral[i] = this.#integral[i - 1] + ((this.#values[i - 1] + this.#values[i]) / 2) * stepEv;
  }

  /** Mean over [centre − width/2, centre + width/2], both within the reference's range. */
  mean(centreEv: number, widthEv: number): number {
    return (this.#area(centreEv + widthEv / 2) - this.#area(centreEv - widthEv / 2)) / widthEv;
  }

  #area(energyEv: number): number {
    const last = this.#values.length - 1;
    const at = (energyEv - this.fromEv) / this.#step;
    // Before the onset there is nothing; after the end the last sample goes on for the half channel that may be asked.
    if (at <= 0) return 0;
    if (at >= last) return this.#integral[last] + (at - last) * this.#step * this.#values[last];
    const i = Math.floor(at);
    const rest = at - i;
    const between = this.#values[i] + (rest / 2) * (this.#values[i + 1] - this.#values[i]);
    return this.#integral[i] + between * rest * this.#step;
  }
}
