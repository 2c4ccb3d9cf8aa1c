import type { ComparedSide } from '../../protocol/index.ts';
import type { Results } from '../results-reader.ts';

/** One of the two analyses that are compared. */
export interface Side {
  /** What people are told about it. */
  said: ComparedSide;
  results: Results;
}
