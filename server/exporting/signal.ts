import { BYTES_PER_SAMPLE, type DType, SAMPLE_ARRAYS, type Samples } from '../../protocol/index.ts';

/** An axis of equal steps: value of sample i is `offset + scale * i`. */
export interface SignalAxis {
  name: string;
  size: number;
  offset: number;
  scale: number;
  /** Absent for mere numbers. */
  units?: string;
  /** One of the axes that are navigated (pixels of a spectrum image), not of the signal itself. */
  navigate: boolean;
  /** Samples are sums over the step, as counts per channel are. */
  binned?: boolean;
}

export type Tree = { [name: string]: string | number | boolean | Tree };

/** An array with its axes and what is known of it: what HyperSpy calls a signal. */
export interface ExportSignal {
  /** Unique within a file, without slashes. */
  title: string;
  /** Slowest first, as the samples lie. */
  axes: SignalAxis[];
  dtype: DType;
  metadata: Tree;
  /** As the source has it: for people, not for programs. */
  original: Tree;
  /**
   * Lines of samples along the last axis, [first, first + count), counted over all the other axes; of any type that holds them
   * exactly. Valid until the next call.
   */
  read(first: number, count: number): Promise<ArrayLike<number>>;
}

export const shapeOf = ({ axes }: ExportSignal): number[] => axes.map(({ size }) => size);

/** Bytes of all samples. */
export const sizeOf = (signal: ExportSignal): number =>
  shapeOf(signal).reduce((product, size) => product * size, BYTES_PER_SAMPLE[signal.dtype]);

export const samplesOf = (dtype: DType, length: number): Samples => new SAMPLE_ARRAYS[dtype](length);

/** Puts a value into nested groups: `Acquisition_instrument.TEM.beam_energy`. */
export function putInto(tree: Tree, path: string, value: string | number | boolean): void {
  const names = path.split('.');
  const last = names.pop() as string;
  let group = tree;
  for (const name of names) {
    const next = group[name];
    if (typeof next === 'object') group = next;
    else {
      const made: Tree = {};
      group[name] = made;
      group = made;
    }
  }
  group[last] = value;
}
