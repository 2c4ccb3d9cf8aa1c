import type { ReadonlySignal } from '@preact/signals-core';
import { batch, signal } from '@preact/signals-core';
import type { SessionEntry } from '../../../protocol/index.ts';
import type { MonitorApi, SessionChange } from '../../transport/monitor-api.ts';

/** A recorded scan in the list; one that was deleted here stays in its place until the page is closed. */
export interface ListedSession {
  entry: SessionEntry;
  deleted: boolean;
}

/** The recorded scans of the monitor, and the actions on them. */
export class SessionList {
  /** Undefined until the monitor has answered, and where it has no sessions. Newest first. */
  readonly listed: ReadonlySignal<readonly ListedSession[] | undefined>;
  readonly unreadable: ReadonlySignal<readonly string[]>;
  /** The last action that failed, and why. */
  readonly problem: ReadonlySignal<string | undefined>;
  readonly #entries = signal<readonly ListedSession[] | undefined>(undefined);
  readonly #unreadable = signal<readonly string[]>([]);
  readonly #problem = signal<string | undefined>(undefined);
  readonly #deleted = new Map<string, SessionEntry>();
  readonly #api: MonitorApi;
  #loads = 0;

  constructor(api: MonitorApi) {
    this.listed = this.#entries;
    this.unreadable = this.#unreadable;
    this.problem = this.#problem;
    this.#api = api;
  }

  /** Loads the list again. */
  async load(): Promise<void> {
    this.#loads++;
    const number = this.#loads;
    try {
      const answer = await this.#api.sessions();
      // An answer to an earlier request lacks changes made since.
      if (number !== this.#loads) return;
      batch(() => {
        this.#entries.value = answer && this.#merged(answer.sessions);
        this.#unreadable.value = answer?.unreadable ?? [];
      });
    } catch (error) {
      this.#problem.value = `The list cannot be read: ${messageOf(error)}`;
    }
  }

  async change(entry: SessionEntry, change: SessionChange): Promise<void> {
    await this.#doing(`${entry.name} cannot be changed`, () => this.#api.change(entry.id, change));
  }

  async remove(entry: SessionEntry): Promise<void> {
    await this.#doing(`${entry.name} cannot be deleted`, async () => {
      await this.#api.remove(entry.id);
      this.#deleted.set(entry.id, entry);
    });
  }

  async restore(entry: SessionEntry): Promise<void> {
    await this.#doing(`${entry.name} cannot be brought back`, async () => {
      await this.#api.restore(entry.id);
      this.#deleted.delete(entry.id);
    });
  }

  /** Called when the list is opened again. */
  forgetProblem(): void {
    this.#problem.value = undefined;
  }

  thumbnail(id: string): string {
    return this.#api.thumbnail(id);
  }

  async #doing(what: string, run: () => Promise<void>): Promise<void> {
    this.#problem.value = undefined;
    try {
      await run();
    } catch (error) {
      this.#problem.value = `${what}: ${messageOf(error)}`;
    }
    await this.load();
  }

  #merged(entries: readonly SessionEntry[]): ListedSession[] {
    for (const { id } of entries) this.#deleted.delete(id);
    const gone = [...this.#deleted.values()];
    return [
      ...entries.map((entry) => ({ entry, deleted: false })),
      ...gone.map((entry) => ({ entry, deleted: true })),
    ].sort((a, b) => Date.parse(b.entry.created) - Date.parse(a.entry.created));
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
