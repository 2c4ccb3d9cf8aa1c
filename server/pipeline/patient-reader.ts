import type { CubeLayout, CubeReader } from '../formats/cube.ts';

/** Where placement cannot keep up, who waits for it goes on after so long all the same. */
const PATIENCE_MS = 100;

/** A reader for work that can wait: before every read it lets more urgent work of the same thread finish. */
export class PatientReader implements CubeReader {
  readonly #inner: CubeReader;
  readonly #urgent: () => Promise<void> | undefined;

  /** @param urgent what is to be done first; it does not reject */
  constructor(inner: CubeReader, urgent: () => Promise<void> | undefined) {
    this.#inner = inner;
    this.#urgent = urgent;
  }

  get layout(): CubeLayout {
    return this.#inner.layout;
  }

  async read(...wanted: Parameters<CubeReader['read']>): Promise<void> {
    const urgent = this.#urgent();
    if (urgent) {
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS);
      });
      await Promise.race([urgent, enough]);
      clearTimeout(timer);
    }
    return this.#inner.read(...wanted);
  }

  extend(paths: string[]): void {
    this.#inner.extend(paths);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
