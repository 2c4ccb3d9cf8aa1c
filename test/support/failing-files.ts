import { type FileAccess, SYSTEM_FILES } from '../../server/formats/files/file-access.ts';

/** The file system, in which some calls fail; nothing is really waited for. */
export class FailingFiles implements FileAccess {
  /** Calls so far that may fail. */
  calls = 0;
  /** Descriptors that are open. */
  openNow = 0;
  /** Most that were open at once. */
  mostOpen = 0;
  /** ms that were to be waited. */
  waited = 0;
  readonly #fails: (call: number, name: string) => string | undefined;
  readonly #paused: (waited: number) => Promise<void> | void;

  /**
   * @param fails code of the error that a call ends with, by its number from 1; undefined: it does what it is to
   * @param paused what happens while it is waited
   */
  constructor(
    fails: (call: number, name: string) => string | undefined = () => undefined,
    paused: (waited: number) => Promise<void> | void = () => {},
  ) {
    this.#fails = fails;
    this.#paused = paused;
  }

  async open(path: string): Promise<number> {
    this.#call('open');
    const descriptor = await SYSTEM_FILES.open(path);
    this.mostOpen = Math.max(this.mostOpen, ++this.openNow);
    return descriptor;
  }

  async read(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) {
    this.#call('read');
    return SYSTEM_FILES.read(descriptor, bytes, offset, length, position);
  }

  async stamp(descriptor: number): Promise<string> {
    this.#call('stamp');
    return SYSTEM_FILES.stamp(descriptor);
  }

  async close(descriptor: number): Promise<void> {
    this.openNow--;
    await SYSTEM_FILES.close(descriptor);
  }

  async pause(ms: number): Promise<void> {
    this.waited += ms;
    await this.#paused(this.waited);
  }

  #call(name: string): void {
    const code = this.#fails(++this.calls, name);
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${name}`), { code });
  }
}
