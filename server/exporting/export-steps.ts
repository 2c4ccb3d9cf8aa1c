/** How far an export is, and whether it is to go on. */
export class ExportSteps {
  readonly #total: number;
  readonly #signal: AbortSignal | undefined;
  readonly #report: (done: number, total: number) => void;
  #done = 0;

  /**
   * @param total bytes of samples that are to be written
   * @param report called with the bytes written so far
   */
  constructor(total: number, signal?: AbortSignal, report: (done: number, total: number) => void = () => {}) {
    this.#total = total;
    this.#signal = signal;
    this.#report = report;
  }

  /**
   * So many bytes of samples more have been written. Leaves the thread to others now and then.
   * @throws the reason of the abort
   */
  async wrote(bytes: number): Promise<void> {
    this.#done += bytes;
    this.#report(this.#done, this.#total);
    await new Promise((resolve) => setImmediate(resolve));
    this.#signal?.throwIfAborted();
  }
}
