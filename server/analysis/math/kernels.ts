/**
 * The SIMD kernels over a memory of their own; documented in server/kernels/assembly. Every kernel has a twin in
 * TypeScript beside the class that calls it, with the same operations in the same order: the results are the same
 * bytes.
 */
export interface Kernels {
  readonly memory: ArrayBuffer;
  nearest(
    points: number,
    originals: number,
    blocks: number,
    dimension: number,
    query: number,
    from: number,
    k: number,
    keys: number,
  ): void;
  weigh(
    pairs: number,
    distances: number,
    weights: number,
    start: number,
    steepest: number,
    target: number,
    tolerance: number,
  ): void;
  addOuter(
    rows: number,
    count: number,
    dimension: number,
    stride: number,
    weight: number,
    scatter: number,
  ): void;
  powerLaws(
    x: number,
    shape: number,
    first: number,
    pairs: number,
    scales: number,
    rows: number,
    laws: number,
  ): void;
  netRows(
    samples: number,
    rows: number,
    width: number,
    laws: number,
    stride: number,
    from: number,
    group: number,
    features: number,
    divisors: number,
    net: number,
    intensities: number,
  ): void;
  layOut(
    rows: number,
    columns: number,
    interval: number,
    next: number,
    positions: number,
    random: number,
    pull: number,
    push: number,
    firstEntry: number,
    entries: number,
    n: number,
    epochs: number,
    learningRate: number,
    longest: number,
  ): void;
  screen(
    samples: number,
    rows: number,
    width: number,
    least: number,
    most: number,
    slopes: number,
    floors: number,
    found: number,
  ): number;
  rowTotals(samples: number, rows: number, width: number, totals: number, least: number, most: number): void;
  addRows(samples: number, rows: number, width: number, sums: number): void;
  rowMoments(
    samples: number,
    rows: number,
    width: number,
    weights: number,
    channels: number,
    moments: number,
  ): void;
  firstStages(re: number, im: number, cos: number, sin: number, length: number): void;
  forwardStages(re: number, im: number, cos: number, sin: number, length: number, half: number): void;
  backwardStages(re: number, im: number, cos: number, sin: number, length: number, half: number): void;
  plainStage(re: number, im: number, length: number): void;
}

/** Kernels over `bytes` bytes of zeros; undefined where there is no memory for them. */
export type KernelSource = (bytes: number) => Kernels | undefined;

let source: KernelSource | undefined;

/** Sets the kernels of this thread, or removes them. Changes speed only, never results. */
export function useKernels(kernels: KernelSource | undefined): void {
  source = kernels;
}

/** Lays out arrays in a kernel's memory, one behind the other, each at a multiple of 16 bytes. */
export class KernelMemory {
  #bytes = 0;

  /** How many were taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where `bytes` bytes will lie. */
  take(bytes: number): number {
    const at = this.#bytes;
    this.#bytes += Math.ceil(bytes / 16) * 16;
    return at;
  }

  /** Kernels over the room taken; undefined where this thread has none. */
  kernels(): Kernels | undefined {
    return source?.(this.#bytes);
  }
}
