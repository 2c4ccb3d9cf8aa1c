import { makeFolder } from '../formats/files/make-folder.ts';
import { bootMark } from './boot-mark.ts';
import type { FileRescanRecord } from './rescans/file-rescans.ts';
import type { ScanDescription } from './scan-description.ts';
import { type SessionDescription, withRescansFormat, writeDescription } from './session-description.ts';
import { SessionLock } from './session-lock.ts';
import type { SourceFiles } from './source-files.ts';

/**
 * A session of a scan whose spectra stay in the files they were found in: only its description is written here, which says which
 * files these are and how much of them is the scan. States: open, ended (goes on when more spectra are noted), closed.
 */
export class FileSessionWriter {
  readonly folder: string;
  readonly #lock: SessionLock;
  #description: SessionDescription;

  private constructor(folder: string, lock: SessionLock, description: SessionDescription) {
    this.folder = folder;
    this.#lock = lock;
    this.#description = description;
  }

  /** Begins a session in a new folder. */
  static async create(
    folder: string,
    { scan, order, passes = 1 }: ScanDescription,
    about: Pick<SessionDescription, 'program' | 'source' | 'created'>,
    files: SourceFiles,
  ): Promise<FileSessionWriter> {
    await makeFolder(folder);
    const description: SessionDescription = {
      format: 2,
      ...about,
      status: 'open',
      scan,
      order,
      passes,
      signals: [],
      boot: bootMark(),
      files,
    };
    const lock = await SessionLock.take(folder);
    const session = new FileSessionWriter(folder, lock, description);
    try {
      await session.#describe({});
    } catch (error) {
      lock.release();
      throw error;
    }
    return session;
  }

  /**
   * Goes on with a session that this monitor or an earlier one began. One that had ended stays so until more is noted.
   * @throws RecordingFault `busy` where another monitor has it open
   */
  static async resume(folder: string, known: SessionDescription): Promise<FileSessionWriter> {
    return new FileSessionWriter(folder, await SessionLock.take(folder), known);
  }

  get description(): SessionDescription {
    return this.#description;
  }

  /** Notes how far the files are; more spectra open an ended session again. */
  async noteFiles(files: SourceFiles): Promise<void> {
    const { files: before, ended: _ended, ...rest } = this.#description;
    const isMore = files.acquired.some((pixels, pass) => pixels > (before?.acquired[pass] ?? 0));
    if (isMore && this.#description.status !== 'open') this.#description = { ...rest, status: 'open' };
    await this.#describe({ files });
  }

  /** Notes the rescans that were added from files of their own. */
  async noteFileRescans(fileRescans: FileRescanRecord[]): Promise<void> {
    const format = withRescansFormat(this.#description.format, fileRescans);
    await this.#describe({ format, fileRescans });
  }

  async end(status: 'complete' | 'aborted', now: string): Promise<void> {
    await this.#describe({ status, ended: now });
  }

  /** Ends it where the file holds another scan by now. */
  async endRewritten(status: 'complete' | 'aborted', ended: string): Promise<void> {
    await this.#describe({ status, ended, rewritten: true });
  }

  async close(): Promise<void> {
    this.#lock.release();
  }

  async #describe(changes: Partial<SessionDescription>): Promise<void> {
    const description = { ...this.#description, ...changes };
    await writeDescription(this.folder, description);
    this.#description = description;
  }
}
