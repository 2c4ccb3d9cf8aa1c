import type { SourceAlert } from '../sources/source.ts';

/** An alert before the monitor adds its time. */
export type RaisedAlert = SourceAlert;
