import { Worker } from 'node:worker_threads';
import { faultText } from './fault-text.ts';

/** The thread is gone, whatever it was doing. */
export interface Ended {
  type: 'ended';
  message: string;
}

/** A worker thread with typed commands and reports. A worker that dies is reported once, as `ended`. */
export class WorkerHost<Command, Report extends { type: string }> {
  readonly #worker: Worker;
  #closed = false;

  constructor(script: URL, workerData: unknown, report: (report: Report | Ended) => void) {
    this.#worker = new Worker(script, { workerData });
    this.#worker.on('message', (message: Report) => {
      if (!this.#closed) report(message);
    });
    const fail = (message: string) => {
      if (this.#closed) return;
      this.#closed = true;
      report({ type: 'ended', message });
    };
    this.#worker.on('error', (error) => fail(faultText(error)));
    this.#worker.on('exit', (code) => fail(`the thread has ended with code ${code}`));
  }

  send(command: Command): void {
    this.#worker.postMessage(command);
  }

  /** Ends the thread as a fault would; for tests. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
  }
}
