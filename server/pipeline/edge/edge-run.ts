import {
  type ClassSpectra,
  type ClassState,
  type Edge,
  type EdgeState,
  type EnergyAxis,
  pixelCount,
  type Scan,
} from '../../../protocol/index.ts';
import { COUNTING_NOISE } from '../../analysis/detector/detector-noise.ts';
import type { ClassMatch } from '../../analysis/references/reference-match.ts';
import { edgeWindow } from '../../analysis/windows/edge-window.ts';
import { workerScript } from '../../built-file.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import { spectraCount } from '../../formats/reading/exposure.ts';
import type { AnalysisOptions } from '../options.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { ReportTrouble } from '../threads/read-troubles.ts';
import { resumption, type Wanted } from '../threads/resumption.ts';
import { type Ended, type Restarted, type Silent, WorkerHost } from '../threads/worker-host.ts';
import type { ClassDamage } from './damage-check.ts';
import {
  clearMaps,
  type EdgeCommand,
  type EdgeMaps,
  type EdgeReport,
  type EdgeWorkerData,
  type ShownModel,
} from './edge-protocol.ts';

export interface EdgeRunInput {
  edge: Edge;
  scan: Scan;
  epoch: number;
  core: CubeLayout;
  options: AnalysisOptions;
  maps: EdgeMaps;
  /** eV by which a pixel's spectra lie above the scan's axis, shared with the survey. */
  shifts: Float32Array<SharedArrayBuffer>;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same. */
  dwell: Float32Array<SharedArrayBuffer>;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  wanted: () => Wanted;
  on: {
    /** Read faults of its threads combined. */
    trouble: ReportTrouble;
    /** @param classesOnly the other maps are what they were */
    maps(first: number, count: number, classesOnly?: boolean): void;
    topic(topic: EdgeState | ClassSpectra): void;
    warning(message: string, about: string): void;
    /** Warnings about a final model no longer hold: the reading changed. */
    outdated(): void;
    /** The thread died and was replaced. */
    restarted(message: string): void;
    /** The canonical model is shown, or will not come: then `fault` has the reason. */
    finished(fault?: string): void;
    /** The thread is gone. */
    ended(message: string): void;
  };
}

/** Main-thread side of one edge's worker. */
export class EdgeRun {
  readonly maps: EdgeMaps;
  /** The model that is shown; before the first one, an ideal detector's. */
  model: ShownModel;
  revision = 0;
  /** Centres of the classes in the embedding, [x, y] each. */
  centres: number[][] = [];
  /** Spectra of the classes, and their sums as measured; undefined before the first model. */
  classSpectra: { topic: ClassSpectra; raw: number[][] } | undefined;
  /** Reference matches of the classes of `classSpectra`. */
  matches: readonly ClassMatch[] = [];
  /** Whether the classes of `classSpectra` have been compared with references. */
  isCompared = false;
  /** How classes differ between the first and later exposures of the same pixels, of a final model. */
  damage: readonly ClassDamage[] = [];
  /** Pixels worked through. */
  analysed = 0;
  /** Whether it cannot be read for now: nothing is expected of it. */
  suspended = false;
  readonly #host: WorkerHost<EdgeCommand, EdgeReport>;
  readonly #input: EdgeRunInput;
  #state: EdgeState | undefined;
  #core: CubeLayout;
  #alignment: Alignment | undefined;
  #tuned: { edge: Edge; energy: EnergyAxis; tuning: number };
  /** Sum of revisions of threads that died; a new one counts from 0. */
  #revisionsBefore = 0;

  constructor(input: EdgeRunInput) {
    this.#input = input;
    this.#core = input.core;
    const { edge, scan } = input;
    this.#tuned = { edge, energy: scan.energy, tuning: 0 };
    this.maps = input.maps;
    this.model = this.#idealModel();
    const { options, maps, shifts, dwell, measured, wanted } = input;
    this.#host = new WorkerHost<EdgeCommand, EdgeReport>({
      script: workerScript('edge-worker'),
      data: (): EdgeWorkerData => ({
        edge: this.#tuned.edge,
        tuning: this.#tuned.tuning,
        scan: { ...scan, energy: this.#tuned.energy },
        core: this.#core,
        options,
        maps,
        shifts,
        dwell,
        ...(this.#alignment && { alignment: this.#alignment }),
      }),
      resume: () => resumption(measured, wanted()),
      report: (report) => this.#take(report),
      trouble: input.on.trouble,
      pixels: pixelCount(scan),
    });
  }

  /** With the windows in which it is read from now on. */
  get edge(): Edge {
    return this.#tuned.edge;
  }

  /** Reads the edge in other windows or on another axis; what is shown stays until there is a model in them. */
  retune(edge: Edge, energy: EnergyAxis): void {
    this.suspended = false;
    this.#tuned = { edge, energy, tuning: this.#tuned.tuning + 1 };
    if (this.revision === 0) this.model = this.#idealModel();
    this.#input.on.outdated();
    this.send({ type: 'retune', ...this.#tuned });
  }

  /** Has what was measured before this edge was read at all analysed too. */
  catchUp(): void {
    for (const command of resumption(this.#input.measured, 'live') ?? []) this.send(command);
  }

  /** The edge cannot be read any more; it can be retuned later. */
  suspend(note: string): void {
    const { maps, measured, on } = this.#input;
    this.suspended = true;
    clearMaps(maps);
    on.maps(0, measured.length);
    this.#giveUp(note);
  }

  send(command: EdgeCommand): void {
    if (command.type === 'extend') this.#core = command.core;
    if (command.type === 'align') this.#alignment = command.alignment;
    this.#host.send(command);
  }

  /** Names found for the classes of `classSpectra`; shown until a new model replaces these. */
  setMatches(matches: readonly ClassMatch[]): void {
    this.matches = matches;
    this.isCompared = true;
    if (!this.#state) return;
    this.#state = this.#named(this.#state);
    this.#input.on.topic(this.#state);
    const atBound = matches.find(({ shiftAtBound }) => shiftAtBound);
    if (this.#state.status !== 'final' || !atBound) return;
    const shift = `${atBound.shiftEv > 0 ? '+' : ''}${atBound.shiftEv.toFixed(2)} eV`.replace('-', '−');
    this.#input.on.warning(
      `no class is named: references suit the energy axis best at the largest shift that is searched, ${shift}; calibrate it, or state its uncertainty (--energy-sigma)`,
      'names',
    );
  }

  #named(state: EdgeState): EdgeState {
    // Names belong to one model's classes.
    if (state.revision !== this.classSpectra?.topic.revision) return state;
    return { ...state, classes: withNames(state.classes, this.matches) };
  }

  /** Kills the thread, as a crash would. */
  kill(): Promise<void> {
    return this.#host.kill();
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  #take(report: EdgeReport | Restarted | Silent | Ended): void {
    const { on, epoch } = this.#input;
    // A suspended edge reports results on an axis that does not cover it.
    if (this.suspended && report.type !== 'ended' && report.type !== 'analysed') return;
    switch (report.type) {
      case 'maps':
        on.maps(report.first, report.count, report.classesOnly);
        break;
      case 'analysed':
        this.analysed += report.pixels;
        break;
      case 'state':
        this.revision = this.#counted(report.state.revision);
        if (report.model) this.model = report.model;
        this.#state = this.#named({ ...report.state, revision: this.revision, epoch });
        on.topic(this.#state);
        break;
      case 'class-spectra':
        this.centres = report.centres;
        this.classSpectra = {
          topic: { ...report.spectra, revision: this.#counted(report.spectra.revision), epoch },
          raw: report.raw,
        };
        this.matches = [];
        this.isCompared = false;
        on.topic(this.classSpectra.topic);
        break;
      case 'warning':
        on.warning(report.message, report.about);
        break;
      case 'damage':
        this.damage = report.damage;
        break;
      case 'final':
        // Final models in outdated windows do not count.
        if (report.tuning === this.#tuned.tuning) on.finished();
        else on.outdated();
        break;
      case 'failed':
        this.#giveUp(report.message);
        on.finished(report.message);
        break;
      case 'restarted':
        this.#beginAgain();
        on.restarted(report.message);
        break;
      case 'silent':
        on.warning(report.message, 'silent');
        break;
      case 'ended':
        this.#giveUp(report.message);
        on.ended(report.message);
        break;
    }
  }

  /** Revisions go on counting over the death of a thread; 0 is the time before a model. */
  #counted(revision: number): number {
    return revision === 0 ? 0 : this.#revisionsBefore + revision;
  }

  /** A new thread has no model: reset what the dead one had shown. */
  #beginAgain(): void {
    const { maps, measured, on } = this.#input;
    clearMaps(maps);
    this.model = this.#idealModel();
    this.#revisionsBefore = Math.max(this.#revisionsBefore, this.revision);
    this.revision = 0;
    this.centres = [];
    this.classSpectra = undefined;
    this.matches = [];
    this.isCompared = false;
    this.damage = [];
    // All passes and rescans of a pixel are worked through at once.
    const pixels = measured.reduce((sum, passes) => sum + Math.min(passes, 1), 0);
    this.analysed = spectraCount({ measured, layout: this.#core }) - pixels;
    on.maps(0, measured.length);
  }

  /** Model shown before the first fit. */
  #idealModel(): ShownModel {
    const { scan, options } = this.#input;
    const { edge, energy } = this.#tuned;
    const window = edgeWindow(edge, energy, scan.channels, options.background);
    const bad = new Uint8Array(window.endChannel - window.firstChannel);
    return { window, calibration: { bad, noise: COUNTING_NOISE, background: options.background } };
  }

  /** The maps stay, with a note. */
  #giveUp(note: string): void {
    const { on, epoch } = this.#input;
    on.topic({ ...(this.#state ?? unavailable(this.edge, epoch, note)), status: 'unavailable', note });
  }
}

/** Classes with their reference matches. */
function withNames(classes: readonly ClassState[], matches: readonly ClassMatch[]): ClassState[] {
  return classes.map(({ label, colour, count, centroid }) => {
    const one = { label, colour, count, centroid };
    const match = matches.find((candidate) => candidate.label === label);
    if (!match) return one;
    const { verdict, best, second, margin, note } = match;
    return {
      ...one,
      verdict,
      best: best.phase,
      score: best.score,
      ...(second && { second: { name: second.phase, score: second.score } }),
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
