import type { ScanDescription, SpectraBlock } from '../../sessions/scan-description.ts';

/** How far something is recorded: pixels in the order of acquisition, all before `next` written, before `synced` on disk. */
export interface RecordedState {
  next: number;
  synced: number;
}

/** What a sender's spectra are recorded into: a scan, or a rescan of one. */
export interface Recording {
  /** As its sender calls it. */
  readonly id: string;
  /** Whether its source has said that nothing more comes. */
  readonly ended: boolean;
  readonly pixels: number;
  /** Pixels written, of the present pass. */
  readonly count: number;
  /** Seconds one row takes, where the dwell time is known. */
  readonly secondsPerRow: number | undefined;
  readonly unsyncedBytes: number;
  readonly state: RecordedState;
  /**
   * Whether what is announced goes on with it.
   * @param now ms since 1970
   */
  goesOnWith(scan: ScanDescription, now: number): boolean;
  /** @throws RecordingFault when what goes on is of another shape, energy axis, type or order */
  checkGeometry(scan: ScanDescription): void;
  resume(scan: ScanDescription): Promise<void>;
  /** @throws RecordingFault, or the file system's error */
  record(block: SpectraBlock): Promise<void>;
  /** Ends it once everything is on disk. */
  end(status: 'complete' | 'aborted'): Promise<void>;
  sync(): Promise<void>;
}

/** Seconds one row of a scan takes, where the dwell time is known. */
export const secondsPerRow = ({ dwellSeconds, shape }: ScanDescription['scan']): number | undefined =>
  dwellSeconds === undefined ? undefined : dwellSeconds * shape[1];
