import { type PairInformation, pixelCount, type Scan } from '../../../protocol/index.ts';
import { workerScript } from '../../built-file.ts';
import type { EdgeRun } from '../edge/edge-run.ts';
import type { ScanLayers } from '../scan-layers.ts';
import { lowLossOf } from '../survey/low-loss-of.ts';
import { type Ended, type Restarted, type Silent, WorkerHost } from '../threads/worker-host.ts';
import type {
  InformationCommand,
  InformationReport,
  InformationWorkerData,
  PairMaps,
} from './information-protocol.ts';

/** Interval of updates while the class maps change. */
const INTERVAL_MS = 500;
/** Pause after an update, as a multiple of its duration: the edges have priority. */
const REST = 4;

export interface InformationBoardInput {
  edges: () => readonly EdgeRun[];
  layers: ScanLayers;
  scan: Scan;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  publish: (information: Omit<PairInformation, 'epoch'>, layers: number[]) => void;
  /** A fault after which updates continue. */
  warning: (message: string) => void;
  /** @param forGood no further updates */
  failed: (message: string, forGood: boolean) => void;
}

/** Keeps the information between every two edges up to date with their class maps, in a thread of its own. */
export class InformationBoard {
  readonly #input: InformationBoardInput;
  #host: WorkerHost<InformationCommand, InformationReport> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The update under way, and when it was begun. */
  #asked: InformationCommand | undefined;
  #since: number | undefined;
  #again = false;
  #restUntil = Number.NEGATIVE_INFINITY;
  /** Edges whose maps are final; undefined while the scan runs. */
  #final: Set<string> | undefined;
  #dead = false;
  #waiting: (() => void)[] = [];

  constructor(input: InformationBoardInput) {
    this.#input = input;
  }

  /** The class maps have changed. */
  schedule(): void {
    if (this.#dead || this.#final) return;
    if (this.#since !== undefined) {
      this.#again = true;
      return;
    }
    const rest = Math.max(INTERVAL_MS, this.#restUntil - this.#input.now());
    this.#timer ??= setTimeout(() => this.#update(), rest);
  }

  /** Only final maps count from now on. */
  expectFinal(): void {
    if (this.#dead) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#final = new Set();
    if (this.#input.edges().length > 1) this.#host ??= this.#start();
  }

  /** The maps of an edge are final; pairs with other final edges are computed at once. */
  addFinal(edge: string): void {
    if (!this.#final) return;
    this.#final.add(edge);
    if (this.#since === undefined) this.#update();
    else this.#again = true;
  }

  /** Edges were added: the thread is replaced by one that includes them. */
  edgesChanged(): void {
    if (this.#dead) return;
    void this.#host?.close();
    this.#host = undefined;
    this.#wake();
  }

  /** The scan goes on. */
  goOn(): void {
    this.#final = undefined;
  }

  /** Computes the information of the final maps; resolves when it is published, or cannot be. */
  async finalise(): Promise<void> {
    this.#final = new Set(this.#input.edges().map(({ edge }) => edge.name));
    while (this.#since !== undefined && !this.#dead) await this.#idle();
    this.#update();
    while (this.#since !== undefined && !this.#dead) await this.#idle();
  }

  /** Kills the thread, as a crash would; for tests. */
  async kill(): Promise<void> {
    await this.#host?.kill();
  }

  async close(): Promise<void> {
    this.#dead = true;
    clearTimeout(this.#timer);
    this.#wake();
    await this.#host?.close();
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    this.#since = undefined;
    this.#asked = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #update(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#again = false;
    const final = this.#final;
    const fitted = this.#input
      .edges()
      .filter(({ edge, revision }) => revision > 0 && (!final || final.has(edge.name)));
    if (this.#dead || fitted.length < 2) return;
    this.#since = this.#input.now();
    this.#asked = {
      type: 'update',
      revisions: Object.fromEntries(fitted.map(({ edge, revision }) => [edge.name, revision])),
      final: final !== undefined,
    };
    this.#host ??= this.#start();
    this.#host.send(this.#asked);
  }

  #start(): WorkerHost<InformationCommand, InformationReport> {
    const { layers, scan } = this.#input;
    const edges = this.#input.edges();
    const data: InformationWorkerData = {
      shape: scan.shape,
      labels: Object.fromEntries(edges.map(({ edge, maps }) => [edge.name, maps.labels])),
      pairs: edges.flatMap(({ edge: a }, i) =>
        edges.slice(i + 1).flatMap(({ edge: b }) => this.#maps(a.name, b.name)),
      ),
      thickness: lowLossOf(scan) && layers.survey.thickness,
    };
    return new WorkerHost({
      script: workerScript('information-worker'),
      data: () => data,
      resume: () => this.#asked && [this.#asked],
      report: (report) => this.#take(report),
      pixels: pixelCount(scan),
    });
  }

  #maps(a: string, b: string): PairMaps[] {
    const pair = this.#input.layers.ofPair(a, b);
    return pair ? [{ a, b, pointwise: pair.pointwise.data, local: pair.local.data }] : [];
  }

  #take(report: InformationReport | Restarted | Silent | Ended): void {
    const { layers, publish, warning, failed, now } = this.#input;
    switch (report.type) {
      case 'pair': {
        const maps = layers.ofPair(report.information.a, report.information.b);
        publish(report.information, maps ? [maps.pointwise.layer.id, maps.local.layer.id] : []);
        break;
      }
      case 'updated':
        this.#restUntil = now() + REST * (now() - (this.#since ?? now()));
        this.#wake();
        if (this.#again && this.#final) this.#update();
        else if (this.#again) this.schedule();
        break;
      case 'failed':
        failed(report.message, false);
        this.#wake();
        break;
      case 'restarted':
      case 'silent':
        warning(report.message);
        break;
      case 'ended':
        this.#dead = true;
        failed(report.message, true);
        this.#wake();
        break;
    }
  }
}
