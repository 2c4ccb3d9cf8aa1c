import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BYTES_PER_SAMPLE, InputError, pixelCount } from '../../protocol/index.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { FileSessionWriter } from './file-session-writer.ts';
import { RecordingFault } from './recording-fault.ts';
import type { ScanDescription } from './scan-description.ts';
import {
  geometryDifference,
  goesOn,
  holdsCounts,
  readDescription,
  type SessionDescription,
  writeDescription,
} from './session-description.ts';
import { DESCRIPTION_DRAFT, fileName } from './session-files.ts';
import { SessionLock } from './session-lock.ts';
import { SessionWriter } from './session-writer.ts';
import type { SourceFiles } from './source-files.ts';

/** Folders of sessions are named after their begin. */
const STAMP = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ /;
/** So long after it was made a folder without a description is none that is just being made, ms. */
const LEFT_OVER_MS = 60_000;
/** Largest scan that is recorded, all passes, unless told otherwise. */
const MOST_BYTES = 64 * 2 ** 30;

export interface SessionStoreOptions {
  /** Folder that holds the sessions. */
  root: string;
  version: string;
  maxBytes?: number;
  /** ms since 1970. */
  now?: () => number;
}

export interface StoredSession {
  folder: string;
  description: SessionDescription;
}

/** The folder in which sessions are recorded, one folder each. */
export class SessionStore {
  readonly root: string;
  readonly #version: string;
  readonly #maxBytes: number;
  readonly #now: () => number;

  constructor({ root, version, maxBytes = MOST_BYTES, now = Date.now }: SessionStoreOptions) {
    this.root = root;
    this.#version = version;
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /**
   * The sessions, newest first.
   * @param unreadable called with what is wrong with a description that cannot be read
   */
  async list(unreadable: (fault: InputError) => void = () => {}): Promise<StoredSession[]> {
    const entries = await readdir(this.root, { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    const sessions: StoredSession[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      const folder = join(this.root, entry.name);
      try {
        const description = await readDescription(folder);
        if (description) sessions.push({ folder, description });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        unreadable(error);
      }
    }
    return sessions.sort((a, b) => b.description.created.localeCompare(a.description.created));
  }

  /**
   * The session into which a scan is recorded: the one it goes on with, else a new one. Others of the same id that an
   * earlier run of the monitor left open are closed as aborted.
   * @throws RecordingFault `storage` when the scan is larger than what is taken, `busy` when another monitor records it
   */
  async open(scan: ScanDescription, source: string): Promise<SessionWriter> {
    this.checkSize(scan);
    const known = (await this.list()).filter(
      ({ description }) => description.scan.id === scan.scan.id && description.files === undefined,
    );
    const same = known.find(
      ({ description }) => goesOn(description, scan, this.#now()) && !geometryDifference(description, scan),
    );
    if (same) return SessionWriter.resume(same.folder, scan, same.description);
    for (const session of known) if (session.description.status === 'open') await this.abandon(session);
    const { folder, about } = await this.#begin(scan, source);
    return SessionWriter.create(folder, scan, about);
  }

  /**
   * The newest session of a scan by its id, whichever run of the monitor recorded it.
   * @returns undefined where none of a scan that was sent, and not watched in files, is there
   */
  async newestOf(id: string): Promise<StoredSession | undefined> {
    return (await this.list()).find(
      ({ description }) =>
        description.scan.id === id &&
        holdsCounts(description) &&
        description.files === undefined &&
        description.passes > 0,
    );
  }

  /** The sessions of scans that were watched in the file at `path`, newest first. */
  async ofFile(path: string): Promise<StoredSession[]> {
    return (await this.list()).filter(({ description }) => description.files?.list[0].path === path);
  }

  /**
   * A new session for a scan that lies in files.
   * @param copies the counts are to be copied into it
   * @throws RecordingFault `storage` when the scan is larger than what is taken
   */
  async openForFiles(
    scan: ScanDescription,
    source: string,
    files: SourceFiles,
    copies: boolean,
  ): Promise<SessionWriter | FileSessionWriter> {
    if (copies) this.checkSize(scan);
    const { folder, about } = await this.#begin(scan, source);
    return copies
      ? SessionWriter.create(folder, scan, { ...about, files })
      : FileSessionWriter.create(folder, scan, about, files);
  }

  async #begin(
    { scan }: ScanDescription,
    source: string,
  ): Promise<{ folder: string; about: Pick<SessionDescription, 'program' | 'source' | 'created'> }> {
    await this.#removeLeftOver();
    const created = new Date(this.#now()).toISOString();
    const program = { name: 'eelwatch' as const, version: this.#version };
    return { folder: await this.#newFolder(scan.name, created), about: { program, source, created } };
  }

  /** Bytes that are free for sessions. */
  async freeBytes(): Promise<number> {
    await makeFolder(this.root);
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }

  /** Bytes of a scan with all its passes. */
  static bytesOf({ scan, pass, passes = 1 }: ScanDescription): number {
    const sizeOf = ({ channels, dtype }: Pick<typeof scan, 'channels' | 'dtype'>) =>
      channels * BYTES_PER_SAMPLE[dtype];
    const perPixel = sizeOf(scan) + (scan.lowLoss ? sizeOf(scan.lowLoss) : 0);
    return perPixel * pixelCount(scan) * Math.max(passes, pass + 1);
  }

  /** @throws RecordingFault `storage` when a scan or a rescan is larger than what is taken */
  checkSize(scan: ScanDescription): void {
    const bytes = SessionStore.bytesOf(scan);
    if (bytes > this.#maxBytes)
      throw new RecordingFault(
        'storage',
        `scan: shape: expected at most ${this.#maxBytes} bytes, found ${bytes}`,
      );
  }

  /** Closes a session that nobody records into any more. */
  async abandon({ folder, description }: StoredSession): Promise<void> {
    let lock: SessionLock;
    try {
      lock = await SessionLock.take(folder);
    } catch (error) {
      if (error instanceof RecordingFault && error.code === 'busy') return;
      throw error;
    }
    try {
      const ended = new Date(this.#now()).toISOString();
      await writeDescription(folder, { ...description, status: 'aborted', ended });
    } finally {
      lock.release();
    }
  }

  /** Removes folders that a kill has left between their making and their description: nothing was recorded into them. */
  async #removeLeftOver(): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    for (const folder of names.filter((name) => STAMP.test(name)).map((name) => join(this.root, name)))
      try {
        const isEmpty = (await readdir(folder)).every((name) => name === DESCRIPTION_DRAFT);
        if (isEmpty && this.#now() - (await stat(folder)).mtimeMs > LEFT_OVER_MS)
          await rm(folder, { recursive: true });
      } catch {
        // It is in nobody's way.
      }
  }

  /** `2026-11-28T08-12-33Z anode`, with a number behind it where that is taken. */
  async #newFolder(name: string, created: string): Promise<string> {
    const stamp = created.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-');
    await makeFolder(this.root);
    for (let n = 1; ; n++) {
      const folder = join(this.root, `${stamp} ${fileName(name)}${n === 1 ? '' : `-${n}`}`);
      try {
        await mkdir(folder);
        return folder;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }
}
