import type { Phases, PhaseTable } from '../../../protocol/index.ts';
import type { LiveState } from '../live-state.ts';

/** The table of the phase map on show, as `phases.json` holds it; undefined where there is none. */
export function shownPhases({ topics }: Pick<LiveState, 'topics'>): PhaseTable | undefined {
  const topic = topics.get('phases');
  if (topic?.type !== 'phases') return undefined;
  const { pixels, absent, phases }: Phases = topic;
  return { pixels, absent, phases };
}
