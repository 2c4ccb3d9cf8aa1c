import type { Dashboard } from '../model/dashboard.ts';

export interface Shortcut {
  /** As `KeyboardEvent.key`; letters in lower case. */
  keys: readonly string[];
  /** Only together with Ctrl, or with Cmd on a Mac. */
  ctrl?: boolean;
  /** As the help shows them. */
  shown: string;
  what: string;
  run(dashboard: Dashboard, event: KeyboardEvent): void;
}
