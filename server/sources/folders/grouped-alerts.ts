import { basename } from 'node:path';
import type { Alert } from '../../../protocol/index.ts';
import type { SourceEvent } from '../source.ts';
import type { ShownAlerts } from './shown-alerts.ts';

/** Causes of one kind that have an alert each; the files of further ones share one. */
const MOST_CAUSES = 12;
/** Files that are named beside the first. */
const NAMED = 3;
/** An alert that counts up is shown anew this often, ms. */
const PERIOD_MS = 1000;

interface Group {
  key: string;
  id: string;
  /** Messages by path, the first one in full. */
  files: Map<string, { severity: Alert['severity']; message: string }>;
  isChanged: boolean;
  shownAt: number;
}

/** Alerts about files of which there may be very many: one for each cause, which says how many files it has. */
export class GroupedAlerts {
  readonly #shown: ShownAlerts;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<string, Group>();

  constructor(shown: ShownAlerts) {
    this.#shown = shown;
  }

  /**
   * Notes what is to be said of a file, in place of what was noted of that kind before.
   * @param kind first part of the alert's id; the path of the first file is the second
   * @param cause what files have in common that share an alert
   */
  note(kind: string, cause: string, path: string, severity: Alert['severity'], message: string): void {
    const wanted = this.#keyOf(kind, `${severity} ${cause}`);
    const known = this.#groupOf.get(`${kind}:${path}`);
    if (known && known.key === wanted && known.files.get(path)?.message === message) return;
    if (known) this.drop(kind, path);
    let group = this.#groups.get(wanted);
    if (!group) {
      group = {
        key: wanted,
        id: `${kind}:${path}`,
        files: new Map(),
        isChanged: true,
        shownAt: Number.NEGATIVE_INFINITY,
      };
      this.#groups.set(wanted, group);
    }
    group.files.set(path, { severity, message });
    group.isChanged = true;
    this.#groupOf.set(`${kind}:${path}`, group);
  }

  drop(kind: string, path: string): void {
    const group = this.#groupOf.get(`${kind}:${path}`);
    if (!group) return;
    this.#groupOf.delete(`${kind}:${path}`);
    group.files.delete(path);
    group.isChanged = true;
  }

  /** Shows what has changed by `now` (monotonic ms). */
  *flush(now: number): Generator<SourceEvent> {
    for (const group of this.#groups.values()) {
      if (!group.isChanged) continue;
      if (group.files.size === 0) {
        this.#groups.delete(group.key);
        yield* this.#shown.clear(group.id);
      } else if (now - group.shownAt >= PERIOD_MS) {
        group.isChanged = false;
        group.shownAt = now;
        yield* this.#show(group);
      }
    }
  }

  *#show(group: Group): Generator<SourceEvent> {
    const [[path, { severity, message }], ...others] = group.files;
    const id = `${group.id.slice(0, group.id.indexOf(':'))}:${path}`;
    if (id !== group.id) yield* this.#shown.clear(group.id);
    group.id = id;
    const names = others.slice(0, NAMED).map(([other]) => basename(other));
    const dots = others.length > NAMED ? ', …' : '';
    const more = others.length > 0 ? ` (and ${others.length} more: ${names.join(', ')}${dots})` : '';
    yield* this.#shown.raise(id, severity, `${message}${more}`);
  }

  #keyOf(kind: string, cause: string): string {
    const key = `${kind} ${cause}`;
    if (this.#groups.has(key)) return key;
    const ofKind = [...this.#groups.keys()].filter((other) => other.startsWith(`${kind} `)).length;
    return ofKind < MOST_CAUSES ? key : `${kind} others`;
  }
}
