import type { Scan } from '../../../protocol/index.ts';
import type { ScanFile } from '../../formats/format.ts';
import type { Rewritten, SourceEvent } from '../source.ts';
import type { Outcome } from './follow-times.ts';

/** Follows one scan from its opening to its end and reports what becomes complete. */
export interface Follower {
  readonly scan: Scan;
  /** Neither ended nor stalled: spectra are expected at any moment. */
  readonly live: boolean;
  readonly ended: 'complete' | 'aborted' | undefined;
  /** There is more to report right away. */
  readonly behind: boolean;
  /** Takes up scalar channels whose files appeared after the scan had begun. */
  addScalars(file: ScanFile): void;
  /** Goes on where the files of the scan lie now. @returns false where it cannot, and the scan has to begin anew */
  move(file: ScanFile): boolean;
  /** Reports what is new at `now` (monotonic ms). */
  look(now: number): AsyncGenerator<SourceEvent, Outcome>;
  /** Takes back what was said of this scan, as another one begins. */
  dismiss(): Generator<SourceEvent>;
  /** Whether the files still hold what was reported. */
  isIntact(): Promise<boolean>;
  /** Ends the scan from outside: another one begins, or its file is gone. @param rewritten its file holds another scan */
  abort(rewritten?: Rewritten): Generator<SourceEvent>;
}
