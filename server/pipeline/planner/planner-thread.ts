import type { JudgedRegion, PlanRectangle } from '../../../protocol/index.ts';
import { workerScript } from '../../built-file.ts';
import { type Ended, type Restarted, type Silent, WorkerHost } from '../threads/worker-host.ts';
import type { Proposal } from './plan-state.ts';
import type { AssessCommand, PlannerCommand, PlannerReport, PlannerWorkerData } from './planner-protocol.ts';

type Sent = PlannerCommand | AssessCommand;

export interface PlannerThreadInput {
  /** As it is when a thread is started. */
  data: () => PlannerWorkerData;
  /** The thread died and was replaced. */
  restarted: (message: string) => void;
}

/** The planner's thread; requests run one at a time. */
export class PlannerThread {
  readonly #input: PlannerThreadInput;
  #host: WorkerHost<Sent, PlannerReport> | undefined;
  /** Resolves when the last request is done. */
  #turns: Promise<unknown> = Promise.resolve();
  #asked: { command: Sent; answer: (report: PlannerReport) => void } | undefined;
  /** Why nothing more will come. */
  #fault: string | undefined;

  constructor(input: PlannerThreadInput) {
    this.#input = input;
  }

  /**
   * @param command made when its turn comes
   * @throws Error when the thread cannot do it
   */
  async plan(command: () => PlannerCommand): Promise<{ proposal: Proposal; fresh: boolean }> {
    const report = await this.#ask(command);
    if (report.type === 'planned') return report;
    throw new Error(report.type === 'failed' ? report.message : `unexpected answer ${report.type}`);
  }

  /** Judges rectangles by the current values. @throws Error when the thread cannot do it */
  async assess(rectangles: PlanRectangle[]): Promise<JudgedRegion[]> {
    const report = await this.#ask(() => ({ type: 'assess', rectangles }));
    if (report.type === 'assessed') return report.regions;
    throw new Error(report.type === 'failed' ? report.message : `unexpected answer ${report.type}`);
  }

  /** The thread is started with other maps from now on. */
  renew(): void {
    void this.#host?.close();
    this.#host = undefined;
    if (this.#asked) this.#send(this.#asked.command);
  }

  /** Kills the thread, as a crash would; for tests. */
  async kill(): Promise<void> {
    await this.#host?.kill();
  }

  async close(): Promise<void> {
    this.#end('the scan is closed');
    await this.#host?.close();
  }

  #ask(command: () => Sent): Promise<PlannerReport> {
    const turn = this.#turns.then(
      () =>
        new Promise<PlannerReport>((resolve) => {
          if (this.#fault !== undefined) return resolve({ type: 'failed', message: this.#fault });
          this.#asked = { command: command(), answer: resolve };
          this.#send(this.#asked.command);
        }),
    );
    this.#turns = turn;
    return turn;
  }

  #send(command: Sent): void {
    const [rows, columns] = this.#input.data().shape;
    this.#host ??= new WorkerHost<Sent, PlannerReport>({
      script: workerScript('planner-worker'),
      data: this.#input.data,
      resume: () => this.#asked && [this.#asked.command],
      report: (report) => this.#take(report),
      pixels: rows * columns,
    });
    this.#host.send(command);
  }

  #take(report: PlannerReport | Restarted | Silent | Ended): void {
    if (report.type === 'restarted' || report.type === 'silent') this.#input.restarted(report.message);
    else if (report.type === 'ended') this.#end(report.message);
    else this.#answer(report);
  }

  #answer(report: PlannerReport): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.answer(report);
  }

  #end(fault: string): void {
    this.#fault ??= fault;
    this.#answer({ type: 'failed', message: fault });
  }
}
