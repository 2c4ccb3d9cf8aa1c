import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, type SessionEntry } from '../../protocol/index.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { decodeNpy } from '../formats/numpy/numpy.ts';
import { folderSize } from '../sessions/folder-size.ts';
import { hasResults } from '../sessions/has-results.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import { expiredSessions, type RetainedSession, type RetentionRules } from '../sessions/retention.ts';
import { changeAbout, readAbout, type SessionAbout } from '../sessions/session-about.ts';
import { isRecorded } from '../sessions/session-check.ts';
import { holdsCounts, readDescription, type SessionDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { SessionLock } from '../sessions/session-lock.ts';
import type { SessionStore } from '../sessions/session-store.ts';

/** Sessions that were taken out of the list lie here until the monitor ends. */
const DELETED = '.deleted';
/** Those that a monitor left there that was cut off go after this, ms. */
const LEFT_MS = 3_600_000;

/** Something that cannot be done with a session as it is now. */
export class SessionBusy extends Error {}

/** The recorded sessions, as people see them in a list: what they are called, how large they are, which were deleted. */
export class SessionLibrary {
  readonly #store: SessionStore;
  readonly #isFinalising: (folder: string) => boolean;
  readonly #deleted = new Set<string>();

  /** @param isFinalising whether the final maps of a session are being made, or wait for their turn */
  constructor(store: SessionStore, isFinalising: (folder: string) => boolean = () => false) {
    this.#store = store;
    this.#isFinalising = isFinalising;
  }

  /** Newest first, and what is wrong with those that cannot be read. */
  async list(): Promise<{ sessions: SessionEntry[]; unreadable: string[] }> {
    const unreadable: string[] = [];
    const stored = await this.#store.list((fault) => unreadable.push(fault.message));
    const sessions: SessionEntry[] = [];
    for (const { folder, description } of stored)
      try {
        sessions.push(await this.#entryOf(folder, description));
      } catch (error) {
        unreadable.push(error instanceof Error ? error.message : String(error));
      }
    return { sessions, unreadable };
  }

  /**
   * The folder of a session.
   * @throws InputError where there is none of that name
   */
  async folderOf(id: string): Promise<string> {
    await this.#describe(id);
    return join(this.#store.root, id);
  }

  /** @throws InputError where there is none of that name */
  async entry(id: string): Promise<SessionEntry & { description: SessionDescription }> {
    const description = await this.#describe(id);
    return { ...(await this.#entryOf(join(this.#store.root, id), description)), description };
  }

  /**
   * Class map of the first edge of its results, row-major.
   * @returns undefined where there is none
   */
  async thumbnail(id: string): Promise<{ labels: Int16Array; columns: number } | undefined> {
    const { scan } = await this.#describe(id);
    const { results } = sessionFiles(join(this.#store.root, id));
    const summary = await readFile(join(results, 'summary.json'), 'utf8').catch(() => undefined);
    const [edge] = Object.keys(summary === undefined ? {} : (JSON.parse(summary).edges ?? {}));
    if (edge === undefined) return undefined;
    const file = await readFile(join(results, edge, 'labels.npy')).catch(() => undefined);
    const data = file && decodeNpy(file).data;
    return data instanceof Int16Array ? { labels: data, columns: scan.shape[1] } : undefined;
  }

  /** Notes what people say of a session; what is left out stays. An empty name or note is none. */
  async describe(id: string, said: Pick<SessionAbout, 'name' | 'note' | 'pinned'>): Promise<SessionEntry> {
    const folder = await this.folderOf(id);
    await changeAbout(folder, said);
    return this.entry(id);
  }

  /**
   * Takes a session out of the list; `restore` undoes it until the monitor ends.
   * @throws SessionBusy while it is recorded, or pinned
   */
  async remove(id: string): Promise<void> {
    const { pinned } = await this.entry(id);
    if (pinned) throw new SessionBusy(`${id}: expected one that is not pinned`);
    await makeFolder(join(this.#store.root, DELETED));
    await this.#locked(id, (folder) => rename(folder, join(this.#store.root, DELETED, id)));
    this.#deleted.add(id);
  }

  /** @throws SessionBusy while a monitor records into it */
  async #locked(id: string, work: (folder: string) => Promise<void>): Promise<void> {
    const folder = join(this.#store.root, id);
    let lock: SessionLock;
    try {
      lock = await SessionLock.take(folder);
    } catch (error) {
      if (!(error instanceof RecordingFault)) throw error;
      throw new SessionBusy(`${id}: expected one that is over, found it being recorded`);
    }
    try {
      await work(folder);
    } finally {
      lock.release();
    }
  }

  /** @throws InputError for a session that was not deleted since the monitor was started */
  async restore(id: string): Promise<void> {
    if (!this.#deleted.has(id))
      throw new InputError('session', 'id', `expected a deleted one, found "${id}"`);
    await rename(join(this.#store.root, DELETED, id), join(this.#store.root, id));
    this.#deleted.delete(id);
  }

  /** The file that a session refers to was rewritten: it will never have results. */
  async #hasLostCounts(id: string): Promise<boolean> {
    const description = await this.#describe(id).catch(() => undefined);
    return description?.rewritten === true && !holdsCounts(description);
  }

  /**
   * Deletes sessions for good that are beyond the rules.
   * @param isInUse whether people look at one
   * @returns their names
   */
  async expire(rules: RetentionRules, isInUse: (id: string) => boolean = () => false): Promise<string[]> {
    const { sessions } = await this.list();
    const retained: RetainedSession[] = [];
    for (const { id, ended, bytes, pinned, hasResults, recording } of sessions)
      retained.push({
        id,
        ended: ended === undefined || recording ? undefined : Date.parse(ended),
        bytes,
        pinned: pinned || isInUse(id),
        hasResults: hasResults || (await this.#hasLostCounts(id)),
      });
    const expired = expiredSessions(retained, rules, Date.now());
    const deleted: string[] = [];
    for (const id of expired)
      try {
        await this.#locked(id, (folder) => rm(folder, { recursive: true, force: true }));
        deleted.push(id);
      } catch (error) {
        // It goes the next time.
        if (!(error instanceof SessionBusy)) throw error;
      }
    return deleted;
  }

  /** Deletes for good what was taken out of the list, and what earlier monitors left. */
  async close(): Promise<void> {
    const trash = join(this.#store.root, DELETED);
    for (const name of await readdir(trash).catch(() => [])) {
      const folder = join(trash, name);
      const age = Date.now() - (await stat(folder)).ctimeMs;
      if (this.#deleted.has(name) || age > LEFT_MS) await rm(folder, { recursive: true, force: true });
    }
    this.#deleted.clear();
  }

  async #entryOf(folder: string, description: SessionDescription): Promise<SessionEntry> {
    return { ...(await entryOf(folder, description)), finalising: this.#isFinalising(folder) };
  }

  /** Names come from outside: none may lead out of the folder. */
  async #describe(id: string): Promise<SessionDescription> {
    const isName = id !== '' && !id.startsWith('.') && !/[/\\\0]/.test(id);
    const description = isName ? await readDescription(join(this.#store.root, id)) : undefined;
    if (!description) throw new InputError('session', 'id', `expected the name of a session, found "${id}"`);
    return description;
  }
}

async function entryOf(
  folder: string,
  description: SessionDescription,
): Promise<Omit<SessionEntry, 'finalising'>> {
  const { scan, created, ended, status, source, passes } = description;
  const files = sessionFiles(folder);
  const about = await readAbout(folder);
  return {
    id: basename(folder),
    name: about.name ?? scan.name,
    ...(about.note !== undefined && { note: about.note }),
    pinned: about.pinned ?? false,
    created,
    ...(ended !== undefined && { ended }),
    status,
    recording: status === 'open' && (await isRecorded(folder)),
    source,
    scan: {
      id: scan.id,
      name: scan.name,
      shape: scan.shape,
      channels: scan.channels,
      simulated: scan.simulated ?? false,
    },
    passes,
    bytes: await folderSize(folder),
    hasResults: await hasResults(folder),
    canReplay: existsSync(files.pictures),
  };
}
