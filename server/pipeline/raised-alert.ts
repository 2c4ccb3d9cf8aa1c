import type { SourceAlert } from '../sources/source.ts';

/** An alert before the monitor says since when. */
export type RaisedAlert = SourceAlert;
