import { basename } from 'node:path';
import type { Alert } from '../../../protocol/index.ts';
import type { OpenOptions } from '../../formats/format.ts';
import { SessionStore } from '../../sessions/session-store.ts';
import type { ScanOpening, Source, SourceEvent } from '../source.ts';
import { type FileSessionInput, openFileSession } from './file-session.ts';
import { RecordedFile } from './recorded-file.ts';

export interface FileRecorderOptions {
  store: SessionStore;
  /** With which the files are opened. */
  options: OpenOptions;
  /** Counts are copied into the sessions. */
  copies?: boolean;
}

/** Alerts of the same kind replace each other. */
const ALERT = { session: 'recording-session', fault: 'recording-fault', space: 'recording-space' };

type Pending = Extract<SourceEvent, { type: 'alert' | 'alert-cleared' | 'rescan-noted' }>;

/**
 * Records the scans that another source finds in files, each in a session of its own that refers to the files, or holds a copy of their
 * counts. A scan goes on with the session that was begun for the same file, also after a restart. Whatever fails here is said, and the scan is
 * watched all the same. States: recording while `events` runs.
 */
export class FileRecorder implements Source {
  readonly description: string;
  /** Resolves when the first scan was found. */
  readonly opened: Promise<void>;
  readonly #source: Source;
  readonly #options: FileRecorderOptions;
  readonly #pending: Pending[] = [];
  readonly #raised = new Set<string>();
  /** Sessions that are being finished, by folder. */
  readonly #leaving = new Map<string, { recorded: RecordedFile; done: Promise<void> }>();
  #markOpened: () => void = () => {};
  #wake: () => void = () => {};
  #recorded: RecordedFile | undefined;
  #stopped = false;

  constructor(source: Source, options: FileRecorderOptions) {
    this.#source = source;
    this.#options = options;
    this.description = source.description;
    this.opened = new Promise((resolve) => {
      this.#markOpened = resolve;
    });
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    const over = new AbortController();
    const found = this.#source.events(AbortSignal.any([signal, over.signal]))[Symbol.asyncIterator]();
    const stop = () => {
      this.#stopped = true;
      this.#leave();
      for (const { recorded } of this.#leaving.values()) recorded.hurry();
    };
    signal.addEventListener('abort', stop);
    try {
      for (let next = found.next(); ; ) {
        while (this.#pending.length > 0) yield* this.#pending.splice(0);
        const woken = new Promise<undefined>((resolve) => {
          this.#wake = () => resolve(undefined);
        });
        const outcome = await Promise.race([next, woken]);
        if (!outcome) continue;
        if (outcome.done) break;
        yield await this.#note(outcome.value);
        next = found.next();
      }
    } finally {
      signal.removeEventListener('abort', stop);
      over.abort();
      await found.return?.();
      this.#leave();
      await Promise.all([...this.#leaving.values()].map(({ done }) => done));
    }
    yield* this.#pending.splice(0);
  }

  async #note(event: SourceEvent): Promise<SourceEvent> {
    const recorded = this.#recorded;
    switch (event.type) {
      case 'scan': {
        const session = await this.#begin(event.opening);
        return session === undefined ? event : { ...event, opening: { ...event.opening, session } };
      }
      case 'measured':
        recorded?.measured(event.first, event.count, event.pass);
        break;
      case 'moved':
        if (!recorded || !event.opening.origin) break;
        await recorded.moved(event.opening.origin);
        return { ...event, opening: { ...event.opening, session: recorded.folder } };
      case 'rescan':
        if (!recorded) break;
        await recorded.rescanned(event.opening);
        this.#noteRescan(event.opening);
        return { ...event, opening: { ...event.opening, session: recorded.folder } };
      case 'channel':
        recorded?.channel(event.name);
        break;
      case 'stalled':
        await recorded?.note();
        break;
      case 'end':
        if (!event.rewritten) await recorded?.end(event.status);
        else if (recorded) {
          await recorded.endRewritten();
          this.#leave();
          return { ...event, rewritten: recorded.copies ? 'copied' : 'lost' };
        }
        break;
    }
    return event;
  }

  /** @returns the folder of the scan's session, where what happens is to be noted in one */
  async #begin(opening: ScanOpening): Promise<string | undefined> {
    this.#leave();
    this.#clear(ALERT.session);
    const { origin } = opening;
    if (!origin) return undefined;
    try {
      if (origin.file.header !== undefined) {
        // There is no file whose size and checksum would tell it again.
        const message = `${opening.scan.name} is a folder of pieces: it is watched and not recorded`;
        this.#raise({ id: ALERT.session, severity: 'info', message });
        return undefined;
      }
      return await this.#record({ ...opening, origin });
    } catch (error) {
      const message = `${opening.scan.name} is watched and not recorded: ${(error as Error).message}`;
      this.#raise({ id: ALERT.session, severity: 'warning', message });
      return undefined;
    } finally {
      this.#markOpened();
    }
  }

  async #record(opening: FileSessionInput['opening']): Promise<string | undefined> {
    const { store, options, copies = false } = this.#options;
    const { origin, scan } = opening;
    for (const { recorded, done } of this.#leaving.values()) {
      if (recorded.path !== origin.path) continue;
      recorded.hurry();
      await done;
    }
    const input = { store, opening, options, copies, source: this.description };
    const { folder, isOver, session } = await openFileSession(input);
    const fault = (error: Error | undefined) => this.#fault(scan.name, error);
    const recorded = session && new RecordedFile(session, { origin, options, fault });
    if (copies) await this.#checkSpace(opening);
    if (!isOver) {
      this.#recorded = recorded;
      return folder;
    }
    if (recorded) this.#complete(recorded);
    const message = `${scan.name} is recorded already, in ${folder}`;
    this.#raise({ id: ALERT.session, severity: 'info', message });
    return undefined;
  }

  async #checkSpace({ scan, core }: ScanOpening): Promise<void> {
    const passes = core.paths.length;
    const bytes = SessionStore.bytesOf({ scan, order: core.order, pass: 0, passes });
    const free = await this.#options.store.freeBytes();
    this.#clear(ALERT.space);
    if (bytes <= free) return;
    const [needed, left] = [bytes, free].map((each) => `${Math.ceil(each / 1e6)} MB`);
    const message = `A copy of ${scan.name} needs ${needed}, but the disk of the recordings has ${left} left`;
    this.#raise({ id: ALERT.space, severity: 'warning', message });
  }

  /** Adds to a session that is over what is missing, beside everything else. */
  #complete(recorded: RecordedFile): void {
    void recorded.addChecksums();
    this.#close(recorded);
  }

  /** The scan is no longer the one that events are about; what its session still needs is finished by itself. */
  #leave(): void {
    const recorded = this.#recorded;
    this.#recorded = undefined;
    if (recorded) this.#close(recorded);
  }

  #close(recorded: RecordedFile): void {
    if (this.#stopped) recorded.hurry();
    const done = recorded
      .close()
      .catch((error: Error) => this.#fault(recorded.folder, error))
      .finally(() => this.#leaving.delete(recorded.folder));
    this.#leaving.set(recorded.folder, { recorded, done });
  }

  #fault(name: string, error: Error | undefined): void {
    if (!error) this.#clear(ALERT.fault);
    else
      this.#raise({
        id: ALERT.fault,
        severity: 'error',
        message: `${name}: its session cannot be written (${error.message}); it is watched all the same`,
        tip: 'Free space on the disk of the recordings, or name another folder with --record',
      });
  }

  /** The newest of the rescans, for the journal. */
  #noteRescan({ rescans = [] }: ScanOpening): void {
    const taken = rescans.at(-1);
    if (!taken) return;
    const { name, y, x, shape, shift, replaced, omitted } = taken;
    const [height, width] = shape;
    this.#pending.push({
      type: 'rescan-noted',
      note: {
        file: name,
        id: basename(name),
        state: 'added',
        // It may be said to jut out.
        region: { y: Math.max(0, y), x: Math.max(0, x), height, width },
        spectra: height * width,
        rows: [[0, height]],
        patches: rescans.length,
        ...(shift && { shift }),
        ...(replaced && { replaced }),
        ...(omitted && { omitted }),
      },
    });
    this.#wake();
  }

  #raise(alert: Omit<Alert, 'at'>): void {
    this.#raised.add(alert.id);
    this.#pending.push({ type: 'alert', alert });
    this.#wake();
  }

  #clear(id: string): void {
    if (!this.#raised.delete(id)) return;
    this.#pending.push({ type: 'alert-cleared', id });
    this.#wake();
  }
}
