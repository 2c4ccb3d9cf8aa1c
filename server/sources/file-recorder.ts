import type { Alert } from '../../protocol/index.ts';
import type { OpenOptions } from '../formats/format.ts';
import { FileSessionWriter } from '../sessions/file-session-writer.ts';
import { hasResults } from '../sessions/has-results.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import type { ScanDescription } from '../sessions/scan-description.ts';
import { geometryDifference, type SessionDescription } from '../sessions/session-description.ts';
import type { SessionStore, StoredSession } from '../sessions/session-store.ts';
import { SessionWriter } from '../sessions/session-writer.ts';
import { differenceOf } from '../sessions/source-files.ts';
import { RecordedFile } from './recorded-file.ts';
import { type ScanOrigin, scanFiles } from './scan-files.ts';
import type { ScanOpening, Source, SourceEvent } from './source.ts';

export interface FileRecorderOptions {
  store: SessionStore;
  /** With which the files are opened. */
  options: OpenOptions;
  /** Counts are copied into the sessions. */
  copies?: boolean;
  /** Something about the folder of recordings that people should know. */
  notice?: string;
}

/** Alerts of the same kind replace each other. */
const ALERT = { folder: 'recording-folder', session: 'recording-session', fault: 'recording-fault' };

type Pending = Extract<SourceEvent, { type: 'alert' | 'alert-cleared' }>;

/** What becomes of a scan that begins. */
interface Choice {
  recorded?: RecordedFile;
  /** The session in which what happens is noted. */
  session?: string;
  alert?: Omit<Alert, 'at'>;
}

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
  readonly #leaving = new Set<Promise<void>>();
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
    if (options.notice !== undefined)
      this.#raise({ id: ALERT.folder, severity: 'warning', message: options.notice });
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    const found = this.#source.events(signal)[Symbol.asyncIterator]();
    const stop = () => {
      this.#stopped = true;
      this.#leave();
    };
    signal.addEventListener('abort', stop);
    try {
      for (let next = found.next(); ; ) {
        yield* this.#pending.splice(0);
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
      await found.return?.();
      this.#leave();
      await Promise.all(this.#leaving);
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
        await recorded?.measured(event.first, event.count, event.pass);
        break;
      case 'channel':
        recorded?.channel(event.name);
        break;
      case 'stalled':
        await recorded?.note();
        break;
      case 'end':
        await recorded?.end(event.status);
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
    const { recorded, session, alert } = await this.#choose(opening, origin).catch(
      (error: Error): Choice => ({ alert: notRecorded(opening, error) }),
    );
    this.#recorded = recorded;
    if (alert) this.#raise(alert);
    this.#markOpened();
    return session;
  }

  async #choose(opening: ScanOpening, origin: ScanOrigin): Promise<Choice> {
    const { store, options, copies = false } = this.#options;
    const { scan, core } = opening;
    const description: ScanDescription = { scan, order: core.order, pass: 0, passes: core.paths.length };
    const record = (session: FileSessionWriter | SessionWriter): RecordedFile =>
      new RecordedFile(session, { origin, options, fault: (error) => this.#fault(scan.name, error) });
    for (const stored of await store.ofFile(origin.path)) {
      if (!(await isSameScan(stored.description, description, copies))) {
        if (stored.description.status === 'open') await store.abandon(stored);
        continue;
      }
      const { folder } = stored;
      const isOver = stored.description.status === 'complete' && (await hasResults(folder));
      const session = isOver ? undefined : folder;
      let writer: FileSessionWriter | SessionWriter | undefined;
      try {
        // The checksums of one that is complete may still be missing.
        if (!(isOver && holdsCounts(stored.description))) writer = await resume(stored, description);
      } catch (error) {
        if (!(error instanceof RecordingFault && error.code === 'busy')) throw error;
        if (!isOver) return { alert: notRecorded(opening, error) };
      }
      if (!isOver)
        return { ...(writer && { recorded: record(writer) }), ...(session !== undefined && { session }) };
      if (writer) this.#complete(record(writer));
      const message = `${scan.name} is recorded already, in ${folder}`;
      return { alert: { id: ALERT.session, severity: 'info', message } };
    }
    const acquired = core.paths.map(() => 0);
    const { energy, shape } = options;
    const files = {
      options: { ...(energy && { energy }), ...(shape && { shape }) },
      acquired,
      list: await scanFiles(origin, acquired),
    };
    const writer = await store.openForFiles(description, this.description, files, copies);
    return { recorded: record(writer), session: writer.folder };
  }

  /** Adds to a session that is over what is missing, beside everything else. */
  #complete(recorded: RecordedFile): void {
    void recorded.addChecksums();
    this.#close(recorded, false);
  }

  /** The scan is no longer the one that events are about; what its session still needs is finished by itself. */
  #leave(): void {
    const recorded = this.#recorded;
    this.#recorded = undefined;
    if (recorded) this.#close(recorded, this.#stopped);
  }

  #close(recorded: RecordedFile, stop: boolean): void {
    const left: Promise<void> = recorded
      .close({ stop })
      .catch((error: Error) => this.#fault(recorded.folder, error))
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
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

function notRecorded({ scan }: ScanOpening, error: Error): Omit<Alert, 'at'> {
  const message = `${scan.name} is watched and not recorded: ${error.message}`;
  return { id: ALERT.session, severity: 'warning', message };
}

const holdsCounts = ({ format }: SessionDescription): boolean => format === 1;

const resume = (
  { folder, description }: StoredSession,
  scan: ScanDescription,
): Promise<FileSessionWriter | SessionWriter> =>
  holdsCounts(description)
    ? SessionWriter.resume(folder, scan, description)
    : FileSessionWriter.resume(folder, description);

/** Whether what is in the files is the scan of a session, as far as that went. */
async function isSameScan(
  known: SessionDescription,
  found: ScanDescription,
  copies: boolean,
): Promise<boolean> {
  if (!known.files || (copies && !holdsCounts(known)) || geometryDifference(known, found)) return false;
  for (const file of known.files.list)
    if (await differenceOf(file, file.path, { mayGrow: known.status !== 'complete', thorough: false }))
      return false;
  return true;
}
