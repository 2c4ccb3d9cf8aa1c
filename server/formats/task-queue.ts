/** Does tasks one after the other, in the order in which they were given; one that fails holds up none. */
export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  add<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when everything given until now is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
