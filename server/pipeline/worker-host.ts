import { Worker } from 'node:worker_threads';

/** A worker thread with typed commands and reports. A worker that dies is reported once, as `failed`. */
export class WorkerHost<Command, Report extends { type: string }> {
  readonly #worker: Worker;
  #closed = false;

  constructor(
    script: URL,
    workerData: unknown,
    report: (report: Report | { type: 'failed'; message: string }) => void,
  ) {
    this.#worker = new Worker(script, { workerData });
    this.#worker.on('message', (message: Report) => {
      if (!this.#closed) report(message);
    });
    const fail = (message: string) => {
      if (this.#closed) return;
      this.#closed = true;
      report({ type: 'failed', message });
    };
    this.#worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => fail(`the thread has ended with code ${code}`));
  }

  send(command: Command): void {
    this.#worker.postMessage(command);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
  }
}
