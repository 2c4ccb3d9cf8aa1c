import { relative } from 'node:path';
import type { InputError, Scan } from '../../../protocol/index.ts';
import type { SourceEvent } from '../source.ts';
import type { FolderFinder, FolderState } from './folder-finder.ts';
import { GroupedAlerts } from './grouped-alerts.ts';
import { refusalOf } from './refusal.ts';
import type { ShownAlerts } from './shown-alerts.ts';
import { skipAlert } from './skip-alert.ts';

/** What is said of a watched folder and of the files in it that are not on show. */
export class FolderAlerts {
  readonly #folder: string;
  readonly #shown: ShownAlerts;
  readonly #grouped: GroupedAlerts;
  /** What was said of entries that are passed over, by path. */
  #skipped = new Map<string, string>();

  constructor(folder: string, shown: ShownAlerts) {
    this.#folder = folder;
    this.#shown = shown;
    this.#grouped = new GroupedAlerts(shown);
  }

  /** Shows what has changed by `now` (monotonic ms). */
  flush(now: number): Generator<SourceEvent> {
    return this.#grouped.flush(now);
  }

  *unreadable(message: string): Generator<SourceEvent> {
    yield* this.#shown.raise(
      'access',
      'error',
      `${this.#folder}: access: expected to be readable, found ${message}`,
    );
  }

  /** Says what has become of the folder, and of entries that are no scans. */
  *checked(state: FolderState, finder: FolderFinder, pollMs: number): Generator<SourceEvent> {
    if (state === 'there') yield* this.#shown.clear('access');
    else
      yield* this.#shown.raise(
        'access',
        'error',
        `${this.#folder}: folder: it is gone; it is watched again once it is back`,
      );
    if (finder.isShare)
      yield* this.#shown.raise(
        'polling',
        'info',
        `${this.#folder}: changes arrive without events, as on network shares: looking every ${pollMs} ms`,
      );
    const { skipped } = finder;
    for (const path of this.#skipped.keys()) if (!skipped.has(path)) this.#grouped.drop('skipped', path);
    for (const [path, reason] of skipped) {
      if (this.#skipped.get(path) === reason) continue;
      const { severity, message } = skipAlert(path, reason);
      this.#grouped.note('skipped', reason, path, severity, message);
    }
    this.#skipped = new Map(skipped);
  }

  /** Takes back what was said of a file. */
  forget(path: string): void {
    for (const kind of ['open', 'waiting', 'listed']) this.#grouped.drop(kind, path);
  }

  waits(path: string): void {
    this.#grouped.note('waiting', '', path, 'info', `${path}: waits until the scan in progress is over`);
  }

  refused(path: string, error: InputError): void {
    const { cause, severity, message } = refusalOf(error);
    this.#grouped.note('open', cause, path, severity, message);
    this.#grouped.drop('waiting', path);
  }

  /** A file that is left unopened for a larger image. */
  smaller(path: string, { shape }: Scan, shown: Scan): void {
    const isSpectrum = shape[0] * shape[1] === 1;
    const what = isSpectrum ? 'a single spectrum' : `${shape.join(' × ')} pixels`;
    this.#listed(isSpectrum ? 'spectrum' : 'smaller', path, `holds ${what}: ${shown.name} stays on show`);
  }

  /** One of many that came with a newer one. */
  older(path: string, newer: string): void {
    this.#listed('older', path, `is older than ${this.#nameOf(newer)}, and is not opened`);
  }

  #listed(cause: string, path: string, words: string): void {
    this.forget(path);
    const message = `${this.#nameOf(path)} ${words}; "eelwatch watch" with that file shows it`;
    this.#grouped.note('listed', cause, path, 'info', message);
  }

  *moved(from: string, to: string): Generator<SourceEvent> {
    const message = `${this.#nameOf(from)} is now called ${this.#nameOf(to)}: read on under that name`;
    yield* this.#shown.raise(`moved:${to}`, 'info', message);
  }

  #nameOf(path: string): string {
    return relative(this.#folder, path);
  }
}
