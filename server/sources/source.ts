import type { Alert, Scan } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';
import type { ScanFile } from '../formats/format.ts';
import type { TakenRescan } from '../rescans/taken-rescan.ts';
import type { RescanNote } from '../sessions/rescans/rescan-record.ts';

export type { TakenRescan } from '../rescans/taken-rescan.ts';

/** A scan as a source announces it: what it is, and where its spectra can be read (again). */
export interface ScanOpening {
  scan: Scan;
  core: CubeLayout;
  lowLoss?: CubeLayout;
  /** The file that was opened, and all that was found to belong to it, where the scan lies in files of others. */
  origin?: {
    path: string;
    file: ScanFile;
    /** Whether the files still hold what was reported of the scan; false also while they cannot be read to their end. */
    isIntact?: () => Promise<boolean>;
  };
  /** One for each of `core.patches`. */
  rescans?: TakenRescan[];
  /** Folder of the session in which the scan is recorded, where it is kept. */
  session?: string;
}

/** An alert before anybody says since when. */
export interface SourceAlert extends Omit<Alert, 'at'> {
  /** Raised again and again while it lasts, with figures that grow: news only the first time, and when it gets more severe. */
  ongoing?: boolean;
}

/** What is left of the spectra of a scan whose file was rewritten: nothing, or the copy in its session. */
export type Rewritten = 'lost' | 'copied';

/**
 * What a source reports. Spectra do not travel in events: they lie complete in the files of `ScanOpening` before
 * `measured` is reported, so a slow consumer only reads later and nothing piles up in memory.
 */
export type SourceEvent =
  /** A scan begins; the one before it is over, whether it ended or not. */
  | { type: 'scan'; opening: ScanOpening }
  /** Pass `pass` (from 1) over the same pixels begins: the same scan, whose layouts now name that pass's files too. */
  | { type: 'pass'; pass: number; opening: ScanOpening }
  /** The files of the scan have other names, or lie in another folder, from now on; what they hold is the same. */
  | { type: 'moved'; opening: ScanOpening }
  /**
   * A rescan, complete and registered, joins the scan: its layouts now name it, too, as the last of their `patches`. What
   * was final is made anew, without another `end`.
   */
  | { type: 'rescan'; opening: ScanOpening }
  /** How much of a rescan has come, 0–1, of the place where the beam was sent; `over`: it was taken in, or never will be. */
  | { type: 'rescanning'; id: string; region: RescanNote['region']; share: number; over: boolean }
  /** Something that happened to a rescan, for the journal. */
  | { type: 'rescan-noted'; note: RescanNote }
  /** Pixels [first, first + count), row-major, are complete in pass `pass` (from 0). */
  | { type: 'measured'; first: number; count: number; pass: number }
  /** Pixels [first, first + count) came again in pass `pass`, and were there already: nothing is new. */
  | { type: 'repeated'; first: number; count: number; pass: number }
  /** A message of a sender was refused, for what it is; `conflict`: other spectra were there. */
  | { type: 'refused'; code: string }
  /** Values of a scalar channel (HAADF …) for pixels from `first` on. */
  | { type: 'channel'; name: string; first: number; values: Float32Array }
  /** How far the scan is recorded: spectra of all passes that are written (survive a crash), and on disk (a power failure). */
  | { type: 'recorded'; spectra: number; onDisk: number }
  /** No spectrum has come for unusually long; the scan may go on. */
  | { type: 'stalled' }
  /**
   * The scan is over. More `measured` events may follow if the producer goes on after all, but none where its file was rewritten:
   * what the file holds now is another scan.
   */
  | { type: 'end'; status: 'complete' | 'aborted'; rewritten?: Rewritten }
  | { type: 'alert'; alert: SourceAlert }
  | { type: 'alert-cleared'; id: string };

/** Anything spectra come from: a watched directory, a socket, a replayed session. Ignorant of the analysis. */
export interface Source {
  /** What is watched, for people: a path or an address. */
  readonly description: string;
  /**
   * Reports until `signal` aborts or the source has no more to say. Events are pulled: the next one is not produced
   * before the previous one was taken, but producers are never kept waiting for it.
   */
  events(signal: AbortSignal): AsyncIterable<SourceEvent>;
}
