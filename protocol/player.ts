import type { Annotation, ReplaySpeed } from './commands.ts';

/** Notes about the scan on show. */
export interface Annotations {
  type: 'annotations';
  epoch: number;
  annotations: Annotation[];
}

/** Where a replay is; the other topics say what dashboards were shown at that moment. */
export interface Player {
  type: 'player';
  epoch: number;
  /** Name of the session's folder. */
  session: string;
  state: 'playing' | 'paused' | 'ended';
  /** The moment on show, ms since 1970, between `start` and `end` of the timeline. */
  at: number;
  /** Rows measured by then, of the scan's rows. */
  row: number;
  speed: ReplaySpeed;
  loop: boolean;
  /** Version of the program that recorded it. */
  recordedBy: string;
}

export interface TimelineMark {
  /** ms since 1970. */
  at: number;
  kind: 'refit' | 'alert' | 'stalled' | 'resumed' | 'rescan' | 'plan' | 'end';
  text: string;
  edge?: string;
  severity?: 'info' | 'warning' | 'error';
}

/** What happened in a recorded scan, and when. */
export interface Timeline {
  type: 'timeline';
  epoch: number;
  /** ms since 1970. */
  start: number;
  end: number;
  /** How far the scan was: moments (ms since 1970) and pixels measured by then in all passes, at most 500 of them, in order. */
  progress: [at: number, pixels: number][];
  /** Pixels of all passes. */
  total: number;
  marks: TimelineMark[];
}

/** A recorded scan as `GET /api/sessions` lists it. */
export interface SessionEntry {
  /** Name of its folder, which is its id. */
  id: string;
  /** What it is called: as the operator renamed it, else the scan's name. */
  name: string;
  note?: string;
  pinned: boolean;
  /** ISO 8601, UTC. */
  created: string;
  ended?: string;
  status: 'open' | 'complete' | 'aborted' | 'recovered';
  /** Recorded by a monitor at this moment. */
  recording: boolean;
  /** It has ended, and its final maps are being made or wait for their turn. */
  finalising: boolean;
  source: string;
  scan: { id: string; name: string; shape: [number, number]; channels: number; simulated: boolean };
  passes: number;
  /** Of the whole folder. */
  bytes: number;
  /** Final maps are there. */
  hasResults: boolean;
  /** What was shown was recorded: it can be replayed. */
  canReplay: boolean;
}
