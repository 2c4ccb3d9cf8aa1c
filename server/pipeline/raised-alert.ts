import type { Alert } from '../../protocol/index.ts';

/** An alert before the monitor says since when. */
export interface RaisedAlert extends Omit<Alert, 'at'> {
  /** Raised again and again while it lasts, with figures that grow: news only the first time, and when it gets more severe. */
  ongoing?: boolean;
}
