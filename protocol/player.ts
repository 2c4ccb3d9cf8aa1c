import type { InferOutput } from 'valibot';
import type * as player from './live/player.ts';

export type Annotations = InferOutput<typeof player.annotations>;
export type Player = InferOutput<typeof player.player>;
export type TimelineMark = InferOutput<typeof player.timelineMark>;
export type Timeline = InferOutput<typeof player.timeline>;

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
