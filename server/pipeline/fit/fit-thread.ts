import { pixelCount } from '../../../protocol/index.ts';
import { workerScript } from '../../built-file.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { ReportTrouble } from '../threads/read-troubles.ts';
import { transferables } from '../threads/transferables.ts';
import { type Ended, type Restarted, type Silent, WorkerHost } from '../threads/worker-host.ts';
import type { Block, FitInput, FitSubject } from './fit-input.ts';
import type { StepName } from './fit-steps.ts';

/** Where a thread finds the spectra of a scan. */
export interface FitWorkerData {
  core: CubeLayout;
  shifts: Float32Array<SharedArrayBuffer>;
  /** eV per channel. */
  alignment?: Alignment;
  /** Live display: reading is retried as long as the files exist. */
  live?: boolean;
  /** Whether new pixels have priority. */
  hasLowPriority?: boolean;
}

export type FitCommand =
  | { type: 'begin'; job: number; step: StepName; subject: FitSubject; shared: unknown }
  | { type: 'block'; job: number; block: Block; own: unknown }
  | { type: 'end'; job: number }
  | { type: 'extend'; core: CubeLayout }
  | { type: 'align'; alignment: Alignment }
  | { type: 'give way' };

export type FitReport =
  | { type: 'done'; job: number; index: number; part: unknown }
  | { type: 'failed'; job: number; index: number; message: string };

interface Waiting {
  block: Block;
  own: () => unknown;
  resolve: (part: unknown) => void;
  reject: (reason: Error) => void;
}

/** A step under way in a thread. */
interface Job {
  begin: FitCommand;
  /** Blocks that were not answered yet, by index. */
  waiting: Map<number, Waiting>;
}

/** The thread will not answer; its block goes to another one. */
export class ThreadGone extends Error {}

/** A helper thread of a fit. If it dies it is restarted and gets its blocks again. */
export class FitThread {
  readonly #host: WorkerHost<FitCommand, FitReport>;
  readonly #warning: (message: string) => void;
  readonly #jobs = new Map<number, Job>();
  #data: FitWorkerData;
  #next = 0;
  #isGone = false;

  /**
   * @param warning called when a thread died
   * @param trouble called with read faults
   */
  constructor(data: FitWorkerData, warning: (message: string) => void, trouble?: ReportTrouble) {
    this.#data = data;
    this.#warning = warning;
    this.#host = new WorkerHost<FitCommand, FitReport>({
      script: workerScript('fit-worker'),
      data: () => this.#data,
      resume: () => (this.#jobs.size > 0 ? this.#outstanding() : undefined),
      report: (report) => this.#take(report),
      ...(trouble && { trouble }),
      pixels: pixelCount(data.core),
    });
  }

  /** Makes a step ready; returns its number. */
  begin(step: StepName, input: FitInput, shared: unknown): number {
    const { window, shape, measured, exposure, seed, background } = input;
    const subject = {
      window,
      shape,
      measured,
      seed,
      ...(exposure && { exposure }),
      ...(background && { background }),
    };
    const job = this.#next++;
    const begin: FitCommand = { type: 'begin', job, step, subject, shared };
    // Registered first, so that a thread started for it receives it.
    this.#jobs.set(job, { begin, waiting: new Map() });
    try {
      this.#host.send(begin);
    } catch (error) {
      this.#jobs.delete(job);
      throw error;
    }
    return job;
  }

  /**
   * Has a block done.
   * @param own is asked again when the thread has died
   * @throws ThreadGone
   */
  work(job: number, block: Block, own: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isGone) return reject(new ThreadGone());
      this.#jobs.get(job)?.waiting.set(block.index, { block, own, resolve, reject });
      const command: FitCommand = { type: 'block', job, block, own: own() };
      this.#host.send(command, transferables(command.own));
    });
  }

  /** Ends or cancels a step. */
  end(job: number): void {
    this.#jobs.delete(job);
    this.#host.send({ type: 'end', job });
  }

  /** There are further passes or rescans to read. */
  extend(core: CubeLayout): void {
    this.#data = { ...this.#data, core };
    this.#host.send({ type: 'extend', core });
  }

  align(alignment: Alignment): void {
    this.#data = { ...this.#data, alignment };
    this.#host.send({ type: 'align', alignment });
  }

  /** New pixels have priority from now on. */
  lowerThreadPriority(): void {
    this.#data = { ...this.#data, hasLowPriority: true };
    this.#host.send({ type: 'give way' });
  }

  /** Kills the thread, as a crash would; for tests. */
  kill(): Promise<void> {
    return this.#host.kill();
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  #outstanding(): FitCommand[] {
    return [...this.#jobs].flatMap(([job, { begin, waiting }]) => [
      begin,
      ...Array.from(
        waiting.values(),
        ({ block, own }): FitCommand => ({ type: 'block', job, block, own: own() }),
      ),
    ]);
  }

  #take(report: FitReport | Restarted | Silent | Ended): void {
    switch (report.type) {
      case 'done':
        this.#answered(report)?.resolve(report.part);
        break;
      case 'failed':
        this.#answered(report)?.reject(new Error(report.message));
        break;
      case 'restarted':
      case 'silent':
        this.#warning(report.message);
        break;
      case 'ended':
        this.#warning(report.message);
        this.#isGone = true;
        for (const { waiting } of this.#jobs.values())
          for (const { reject } of waiting.values()) reject(new ThreadGone());
        break;
    }
  }

  #answered({ job, index }: { job: number; index: number }): Waiting | undefined {
    const waiting = this.#jobs.get(job)?.waiting;
    const found = waiting?.get(index);
    waiting?.delete(index);
    return found;
  }
}
