import { type Edge, type EnergyAxis, pixelCount } from '../../../protocol/index.ts';
import { workerScript } from '../../built-file.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { ClassSums } from '../fit/class-spectra.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { ReportTrouble } from '../threads/read-troubles.ts';
import { type Ended, type Restarted, type Silent, WorkerHost } from '../threads/worker-host.ts';
import type { EdgeLearnerInput } from './edge-learner.ts';
import type { ClassTask, FitTask, LearnedCount, LearnedModel, Learner, SumsTask } from './learner.ts';

export interface LearnerWorkerData extends EdgeLearnerInput {
  core: CubeLayout;
  shifts: Float32Array<SharedArrayBuffer>;
  alignment?: Alignment;
}

export type LearnerTask =
  | { type: 'fit'; task: FitTask }
  | { type: 'classes'; task: ClassTask }
  | { type: 'sums'; task: SumsTask };

export type LearnerCommand =
  | (LearnerTask & { id: number })
  /** Cancels a task. */
  | { type: 'abandon'; id: number }
  | { type: 'extend'; core: CubeLayout }
  | { type: 'align'; alignment: Alignment }
  | { type: 'retune'; edge: Edge; energy: EnergyAxis };

export type LearnerReport =
  | { type: 'learned'; id: number; answer: LearnedModel | LearnedCount | ClassSums }
  | { type: 'failed'; id: number; message: string }
  /** A fault after which work continues. */
  | { type: 'warning'; message: string };

interface Waiting {
  command: LearnerCommand;
  resolve: (answer: never) => void;
  reject: (reason: unknown) => void;
}

/** The learner thread of an edge. If it dies it is restarted and gets its tasks again. */
export class LearnerHost implements Learner {
  readonly #host: WorkerHost<LearnerCommand, LearnerReport>;
  readonly #warning: (message: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #data: LearnerWorkerData;
  #next = 0;
  /** Why there is no thread any more. */
  #ended: string | undefined;

  /**
   * @param warning called when a thread died
   * @param trouble called with read faults
   */
  constructor(data: LearnerWorkerData, warning: (message: string) => void, trouble?: ReportTrouble) {
    this.#data = data;
    this.#warning = warning;
    this.#host = new WorkerHost<LearnerCommand, LearnerReport>({
      script: workerScript('learner-worker'),
      data: () => this.#data,
      resume: () =>
        this.#waiting.size > 0 ? [...this.#waiting.values()].map(({ command }) => command) : undefined,
      report: (report) => this.#take(report),
      ...(trouble && { trouble }),
      pixels: pixelCount(data.scan),
    });
  }

  fit(task: FitTask, signal: AbortSignal): Promise<LearnedModel> {
    return this.#ask({ type: 'fit', task }, signal);
  }

  classes(task: ClassTask, signal: AbortSignal): Promise<LearnedCount> {
    return this.#ask({ type: 'classes', task }, signal);
  }

  sums(task: SumsTask, signal: AbortSignal): Promise<ClassSums> {
    return this.#ask({ type: 'sums', task }, signal);
  }

  /** There are further passes or rescans to read. */
  extend(core: CubeLayout): void {
    this.#data = { ...this.#data, core, exposed: { ...this.#data.exposed, layout: core } };
    this.#host.send({ type: 'extend', core });
  }

  align(alignment: Alignment): void {
    this.#data = { ...this.#data, alignment };
    this.#host.send({ type: 'align', alignment });
  }

  /** Windows and energy axis of the tasks to come. */
  retune(edge: Edge, energy: EnergyAxis): void {
    this.#data = { ...this.#data, edge, scan: { ...this.#data.scan, energy } };
    this.#host.send({ type: 'retune', edge, energy });
  }

  /** Resolves when the thread's script is loaded. */
  get loaded(): Promise<void> {
    return this.#host.loaded;
  }

  /** Kills the thread, as a crash would; for tests. */
  kill(): Promise<void> {
    return this.#host.kill();
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  #ask<Answer>(task: LearnerTask, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(new Error(this.#ended));
      signal.throwIfAborted();
      const id = this.#next++;
      const command: LearnerCommand = { ...task, id };
      const abandon = () => {
        this.#waiting.delete(id);
        this.#host.send({ type: 'abandon', id });
        reject(signal.reason);
      };
      signal.addEventListener('abort', abandon, { once: true });
      const settled = () => signal.removeEventListener('abort', abandon);
      this.#waiting.set(id, {
        command,
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      });
      this.#host.send(command);
    });
  }

  #take(report: LearnerReport | Restarted | Silent | Ended): void {
    switch (report.type) {
      case 'learned':
        this.#settle(report.id)?.resolve(report.answer as never);
        break;
      case 'failed':
        this.#settle(report.id)?.reject(new Error(report.message));
        break;
      case 'warning':
      case 'restarted':
      case 'silent':
        this.#warning(report.message);
        break;
      case 'ended':
        this.#ended = report.message;
        for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new Error(report.message));
        break;
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
