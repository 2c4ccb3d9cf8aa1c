import { type Phases, pixelCount, type Scan } from '../../../protocol/index.ts';
import { workerScript } from '../../built-file.ts';
import type { EdgeRun } from '../edge/edge-run.ts';
import { classNames } from '../names/class-names.ts';
import type { ScanLayers } from '../scan-layers.ts';
import { type Ended, type Restarted, type Silent, WorkerHost } from '../threads/worker-host.ts';
import { type FoundPhaseMap, findPhases, type PhaseTask } from './phase-finding.ts';

/** The phase map is made anew at most this often while class maps change. */
const INTERVAL_MS = 1500;
/** Pause after an update, as a multiple of its duration: the edges have priority. */
const REST = 8;

export interface PhaseBoardInput {
  edges: () => readonly EdgeRun[];
  layers: ScanLayers;
  scan: Scan;
  /** Whether there are references: then classes that have not been compared with them yet are waited for. */
  hasReferences: boolean;
  /** Whether there is a map of t/λ. */
  hasThickness: () => boolean;
  /** The map is made while the scan runs. */
  live: boolean;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  /** The map is new, and so is its table. @param show whether a phase is named */
  publish: (phases: Omit<Phases, 'epoch'>, show: boolean) => void;
  warning: (message: string) => void;
}

export type PhaseReport =
  | { type: 'found'; id: number; found: FoundPhaseMap }
  | { type: 'failed'; message: string };

/** Keeps the phase map up to date with the class maps of all edges and the names of their classes. */
export class PhaseBoard {
  readonly #input: PhaseBoardInput;
  #timer: NodeJS.Timeout | undefined;
  #host: WorkerHost<PhaseTask, PhaseReport> | undefined;
  /** What the thread is at, and since when. */
  #asked: PhaseTask | undefined;
  #since = 0;
  #again = false;
  #restUntil = Number.NEGATIVE_INFINITY;
  #revision = 0;
  #isFinal = false;
  /** Its thread is gone for good. */
  #isGivenUp = false;

  constructor(input: PhaseBoardInput) {
    this.#input = input;
  }

  /** Class maps or names have changed. */
  schedule(): void {
    if (!this.#input.live || this.#isGivenUp || this.#isFinal) return;
    this.#again ||= this.#asked !== undefined;
    if (this.#asked) return;
    const rest = Math.max(INTERVAL_MS, this.#restUntil - this.#input.now());
    this.#timer ??= setTimeout(() => this.#ask(), rest);
  }

  /** Only final maps count from now on. */
  expectFinal(): void {
    this.#isFinal = true;
    this.#asked = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The scan goes on. */
  goOn(): void {
    this.#isFinal = false;
  }

  /** Makes the phase map of the final maps and names, which it is a function of. */
  finalise(): void {
    this.expectFinal();
    if (this.#fitted.length > 0) this.#show(findPhases(this.#task()));
  }

  async close(): Promise<void> {
    this.expectFinal();
    await this.#host?.close();
  }

  get #fitted(): EdgeRun[] {
    return this.#input.edges().filter(({ revision }) => revision > 0);
  }

  #task(): PhaseTask {
    const { scan, layers, hasThickness } = this.#input;
    const { shape, pixelSizeNm } = scan;
    return {
      id: this.#revision + 1,
      shape,
      ...(pixelSizeNm !== undefined && { pixelSizeNm }),
      edges: this.#input.edges().map((edge) => ({
        name: edge.edge.name,
        labels: edge.maps.labels,
        intensity: edge.maps.intensity,
        uncertainty: edge.maps.uncertainty,
        names: classNames(edge),
      })),
      ...(hasThickness() && { thickness: layers.survey.thickness }),
    };
  }

  #ask(): void {
    this.#timer = undefined;
    const { hasReferences, layers, scan, now } = this.#input;
    const fitted = this.#fitted;
    // A model whose classes have not been compared yet would show them without names for a moment.
    if (hasReferences && !fitted.every(({ isCompared }) => isCompared)) return;
    const task = this.#task();
    const isNamed = task.edges.some(({ names }) => Object.keys(names).length > 0);
    if (!isNamed && !layers.isShown('phases')) return;
    this.#asked = task;
    this.#since = now();
    this.#again = false;
    this.#host ??= new WorkerHost<PhaseTask, PhaseReport>({
      script: workerScript('phase-worker'),
      data: () => undefined,
      resume: () => this.#asked && [this.#asked],
      report: (report) => this.#take(report),
      pixels: pixelCount(scan),
    });
    this.#host.send(task);
  }

  #take(report: PhaseReport | Restarted | Silent | Ended): void {
    switch (report.type) {
      case 'found':
        // What was found of maps that are no longer on show is followed by more.
        if (report.id !== this.#asked?.id) return;
        this.#rest();
        this.#show(report.found);
        break;
      case 'failed':
        this.#rest();
        this.#input.warning(report.message);
        break;
      case 'restarted':
      case 'silent':
        this.#input.warning(report.message);
        break;
      case 'ended':
        this.#input.warning(`${report.message}; the phase map comes at the end of the scan`);
        this.#isGivenUp = true;
        break;
    }
  }

  #rest(): void {
    const { now } = this.#input;
    this.#restUntil = now() + REST * (now() - this.#since);
    this.#asked = undefined;
    if (this.#again) this.schedule();
  }

  #show({ map, table }: FoundPhaseMap): void {
    this.#revision++;
    this.#input.layers.ofScan('phases').set(map);
    const isNamed = table.phases.some((phase) => phase.isNamed);
    this.#input.publish({ type: 'phases', revision: this.#revision, ...table }, isNamed);
  }
}
