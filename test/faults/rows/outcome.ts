/** What a row of the table came to. */
export interface Outcome {
  figure: string;
  /** Absent where it cannot be run here: `figure` says why. */
  met?: boolean;
}

/** How many times faults are tried: few in tests, many in `npm run faults`. */
export type Scale = 'short' | 'full';

/** One fault that the program has to survive. */
export interface FaultRow {
  fault: string;
  /** The figure that is wanted, in words. */
  wanted: string;
  run: (scale: Scale, seed: number) => Promise<Outcome>;
}

export const found = (met: boolean, figure: string): Outcome => ({ figure, met });

/** @param why what the machine does not have */
export const cannotRun = (why: string): Outcome => ({ figure: `cannot run here: ${why}` });

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
