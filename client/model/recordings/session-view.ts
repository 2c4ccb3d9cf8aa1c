import type { ReadonlySignal } from '@preact/signals-core';
import { effect, signal } from '@preact/signals-core';
import type { SessionEntry } from '../../../protocol/index.ts';
import type { MonitorApi } from '../../transport/monitor-api.ts';

/** What is known of the recorded scan that the page's address asks for. */
export class SessionView {
  /** As the list has it; undefined in the live view and until the monitor has answered. */
  readonly entry: ReadonlySignal<SessionEntry | undefined>;
  /** Why it cannot be shown. */
  readonly problem: ReadonlySignal<string | undefined>;
  readonly dispose: () => void;

  /** @param listed tracked: the entry in the list, where that is loaded, so that a new name is seen at once */
  constructor(
    api: Pick<MonitorApi, 'session'>,
    session: ReadonlySignal<string | undefined>,
    listed: (id: string) => SessionEntry | undefined,
  ) {
    const entry = signal<SessionEntry | undefined>(undefined);
    const problem = signal<string | undefined>(undefined);
    this.entry = entry;
    this.problem = problem;
    const stopAsking = effect(() => {
      const id = session.value;
      entry.value = undefined;
      problem.value = undefined;
      if (id === undefined) return;
      api.session(id).then(
        (found) => {
          if (session.peek() === id) entry.value = found;
        },
        (error: unknown) => {
          if (session.peek() === id) problem.value = error instanceof Error ? error.message : String(error);
        },
      );
    });
    const stopFollowing = effect(() => {
      const id = session.value;
      const found = id === undefined ? undefined : listed(id);
      if (found !== undefined) entry.value = found;
    });
    this.dispose = () => {
      stopAsking();
      stopFollowing();
    };
  }
}
