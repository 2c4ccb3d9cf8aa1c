import type { InferOutput } from 'valibot';
import type * as phases from './live/phases.ts';

export type Phase = InferOutput<typeof phases.phase>;
export type Phases = InferOutput<typeof phases.phases>;

/** What `phases.json` holds: a function of the final maps and names alone. */
export type PhaseTable = Pick<Phases, 'pixels' | 'absent' | 'phases'>;
