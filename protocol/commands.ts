import type { PlanCommand } from './plan.ts';

/** Slowest and fastest replay, times the pace of the recording. */
export const SLOWEST_REPLAY = 0.1;
export const FASTEST_REPLAY = 1000;
/** Times the pace of the recording, or as fast as it can be drawn. */
export type ReplaySpeed = number | 'max';

/** Longest text of an annotation and of an author's name, characters. */
export const MOST_ANNOTATION_TEXT = 2000;
export const MOST_AUTHOR_TEXT = 100;

/** What a note is about, in pixels of the scan; without a place it is about a moment. */
export type AnnotationPlace =
  | { kind: 'point'; y: number; x: number }
  | { kind: 'region'; y: number; x: number; height: number; width: number };

/** A note of the operator about a moment of a scan, and about a place where it names one. */
export interface Annotation {
  id: string;
  text: string;
  author?: string;
  place?: AnnotationPlace;
  /** The moment of the scan it is about, ms since 1970. */
  at: number;
  /** When it was written, ms since 1970. */
  made: number;
}

/** Have the scan's edges read on another energy axis, eV: the one that is proposed, or the one as filed again. */
export interface AxisChoice {
  type: 'axis';
  epoch: number;
  offset: number;
  dispersion: number;
}

/** How a recorded scan is to be played. */
export type PlayerCommand =
  | { type: 'play' }
  | { type: 'pause' }
  /** Rows forward, or back where negative. Pauses. */
  | { type: 'step'; rows: number }
  /** To a moment, ms since 1970, or to where a row (from 0) had just been measured. */
  | { type: 'seek'; at: number }
  | { type: 'seek-row'; row: number }
  | { type: 'speed'; speed: ReplaySpeed }
  /** Begins again at the end. */
  | { type: 'loop'; on: boolean };

export type AnnotationCommand =
  /** `at` is left out for the moment on show. */
  | { type: 'annotate'; text: string; author?: string; place?: AnnotationPlace; at?: number }
  | { type: 'remove-annotation'; id: string };

/** Everything a page can have done. */
export type Command = AxisChoice | PlayerCommand | AnnotationCommand | PlanCommand;

/** Asks for a command; the answer repeats `request`. */
export interface CommandRequest {
  type: 'command';
  request: number;
  command: Command;
}

/** The command is carried out, or `fault` says why it is not. */
export interface Answer {
  type: 'answer';
  request: number;
  fault?: string;
}
