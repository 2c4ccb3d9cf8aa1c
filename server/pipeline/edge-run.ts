import type { ClassSpectra, ClassState, Edge, EdgeState, Scan } from '../../protocol/index.ts';
import { COUNTING_NOISE } from '../analysis/detector-noise.ts';
import { edgeWindow } from '../analysis/edge-window.ts';
import type { ClassMatch } from '../analysis/reference-match.ts';
import type { CubeLayout } from '../formats/cube.ts';
import { workerScript } from '../worker-script.ts';
import type { EdgeCommand, EdgeMaps, EdgeReport, ShownModel } from './edge-protocol.ts';
import type { AnalysisOptions } from './options.ts';
import { type Ended, WorkerHost } from './worker-host.ts';

export interface EdgeRunInput {
  edge: Edge;
  scan: Scan;
  epoch: number;
  core: CubeLayout;
  options: AnalysisOptions;
  maps: EdgeMaps;
  on: {
    maps(first: number, count: number): void;
    topic(topic: EdgeState | ClassSpectra): void;
    warning(message: string): void;
    /** The canonical model is shown, or will not come: then `fault` says why. */
    finished(fault?: string): void;
    /** The thread is gone. */
    ended(message: string): void;
  };
}

/** One edge's worker, seen from the main thread. */
export class EdgeRun {
  readonly edge: Edge;
  readonly maps: EdgeMaps;
  /** The model that is shown; before the first one, an ideal detector's. */
  model: ShownModel;
  revision = 0;
  /** Centres of the classes in the plane, [x, y] each. */
  centres: number[][] = [];
  /** Spectra of the classes, and their sums as measured; undefined before the first model. */
  classSpectra: { topic: ClassSpectra; raw: number[][] } | undefined;
  /** What references say of the classes of `classSpectra`. */
  matches: readonly ClassMatch[] = [];
  /** Pixels worked through. */
  analysed = 0;
  readonly #host: WorkerHost<EdgeCommand, EdgeReport>;
  readonly #input: EdgeRunInput;
  #state: EdgeState | undefined;

  constructor(input: EdgeRunInput) {
    const { on, epoch: _, ...data } = input;
    this.#input = input;
    this.edge = input.edge;
    this.maps = input.maps;
    const { edge, scan, options } = input;
    const window = edgeWindow(edge, scan.energy, scan.channels, options.background);
    this.model = {
      window,
      calibration: {
        bad: new Uint8Array(window.endChannel - window.firstChannel),
        noise: COUNTING_NOISE,
        background: options.background,
      },
    };
    this.#host = new WorkerHost<EdgeCommand, EdgeReport>(
      workerScript(import.meta.url, 'edge-worker'),
      data,
      (report) => this.#take(report),
    );
  }

  send(command: EdgeCommand): void {
    this.#host.send(command);
  }

  /** Names found for the classes of `classSpectra`; shown until a new model replaces these. */
  setMatches(matches: readonly ClassMatch[]): void {
    this.matches = matches;
    if (!this.#state) return;
    this.#state = this.#named(this.#state);
    this.#input.on.topic(this.#state);
  }

  #named(state: EdgeState): EdgeState {
    // Names belong to one model's classes.
    if (state.revision !== this.classSpectra?.topic.revision) return state;
    return { ...state, classes: withNames(state.classes, this.matches) };
  }

  /** Ends the thread as a fault would; for tests. */
  kill(): Promise<void> {
    return this.#host.kill();
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  #take(report: EdgeReport | Ended): void {
    const { on, epoch } = this.#input;
    switch (report.type) {
      case 'maps':
        on.maps(report.first, report.count);
        break;
      case 'analysed':
        this.analysed += report.pixels;
        break;
      case 'state':
        this.revision = report.state.revision;
        if (report.model) this.model = report.model;
        this.#state = this.#named({ ...report.state, epoch });
        on.topic(this.#state);
        break;
      case 'class-spectra':
        this.centres = report.centres;
        this.classSpectra = { topic: { ...report.spectra, epoch }, raw: report.raw };
        this.matches = [];
        on.topic(this.classSpectra.topic);
        break;
      case 'warning':
        on.warning(report.message);
        break;
      case 'final':
        on.finished();
        break;
      case 'failed':
        this.#giveUp(report.message);
        on.finished(report.message);
        break;
      case 'ended':
        this.#giveUp(report.message);
        on.ended(report.message);
        break;
    }
  }

  /** The maps stay as they are, and say so. */
  #giveUp(note: string): void {
    const { on, epoch } = this.#input;
    on.topic({ ...(this.#state ?? unavailable(this.edge, epoch, note)), status: 'unavailable', note });
  }
}

/** Classes with what references say of them. */
function withNames(classes: readonly ClassState[], matches: readonly ClassMatch[]): ClassState[] {
  return classes.map(({ label, colour, count, centroid }) => {
    const one = { label, colour, count, centroid };
    const match = matches.find((candidate) => candidate.label === label);
    if (!match) return one;
    const { verdict, best, margin, note } = match;
    return {
      ...one,
      verdict,
      score: best.score,
      ...(verdict === 'match' && { name: best.phase }),
      ...(margin !== undefined && { margin }),
      ...(note !== undefined && { verdictNote: note }),
    };
  });
}

/** State of an edge that the scan's energy axis does not cover. */
export function unavailable(edge: Edge, epoch: number, note: string): EdgeState {
  return {
    type: 'edge',
    epoch,
    name: edge.name,
    status: 'unavailable',
    note,
    revision: 0,
    present: 0,
    absent: 0,
    components: 0,
    explained: [],
    landmarks: 0,
    gain: 1,
    classes: [],
    orientation: [1, 0, 0, 0, 1, 0],
  };
}
