import type { Alert, Scan, ScanMapKind, SumSpectrum, Topic } from '../../protocol/index.ts';
import type { EdgeRun } from './edge/edge-run.ts';
import { InformationBoard } from './information/information-board.ts';
import { ClassNaming } from './names/class-naming.ts';
import { PhaseBoard } from './phases/phase-board.ts';
import { PlanBoard } from './planner/plan-board.ts';
import type { ScanLayers } from './scan-layers.ts';
import type { ScanRunInput } from './scan-run-input.ts';
import type { ScanWarnings } from './scan-warnings.ts';

export interface ScanBoardsInput extends Pick<ScanRunInput, 'options' | 'epoch' | 'now' | 'wall'> {
  scan: Scan;
  layers: ScanLayers;
  warnings: ScanWarnings;
  edges: () => readonly EdgeRun[];
  /** Passes that there will be. */
  passes: () => number;
  sum: () => SumSpectrum | undefined;
  on: {
    topic(topic: Topic): void;
    /** A layer has changed as a whole. */
    changed(layer: number): void;
    /** A map of the scan has changed as a whole, and may be there for the first time. */
    show(kind: ScanMapKind, revision?: number): void;
    informationFailed(forGood: boolean): void;
  };
}

/** What is worked out from the maps of all edges of a scan: names, phases, information between edges, and the plan. */
export class ScanBoards {
  /** Where to scan again; undefined where nothing is planned. */
  readonly plan: PlanBoard | undefined;
  readonly #information: InformationBoard;
  readonly #names: ClassNaming;
  readonly #phases: PhaseBoard;

  constructor(input: ScanBoardsInput) {
    this.#phases = startPhases(input);
    this.#names = startNames(input, () => this.#phases.schedule());
    this.#information = startInformation(input);
    this.plan = startPlan(input);
  }

  /** The maps of an edge have changed. */
  mapsChanged(): void {
    this.#information.schedule();
    this.#phases.schedule();
    this.plan?.schedule();
  }

  /** The classes of an edge have other spectra. */
  classesChanged(): void {
    this.#names.schedule();
  }

  /** There are more edges. */
  edgesChanged(): void {
    this.#information.edgesChanged();
    this.plan?.edgesChanged();
  }

  /** The scan goes on, otherwise than by a rescan when `isOther`. */
  goOn(isOther: boolean): void {
    this.#information.goOn();
    this.#phases.goOn();
    this.plan?.goOn(isOther);
  }

  /** Final maps of the edges come from now on. */
  expectFinal(): void {
    this.#information.goOn();
    this.#information.expectFinal();
    this.#phases.expectFinal();
  }

  /** The final maps of an edge are there. */
  addFinal(edge: string): void {
    this.#information.addFinal(edge);
  }

  /** The maps of all edges are final; resolves when the results computed from them are. */
  async finalise(isWanted: () => boolean): Promise<void> {
    const informed = this.#information.finalise();
    this.#names.update();
    this.#phases.finalise();
    await informed;
    if (isWanted()) await this.plan?.finalise();
  }

  async close(): Promise<void> {
    const boards = [this.#information, this.#names, this.#phases, this.plan];
    await Promise.all(boards.map((one) => one?.close()));
  }
}

function startNames({ options, edges, sum }: ScanBoardsInput, compared: () => void): ClassNaming {
  const { references = [], calibrationSigmaEv, seed, live } = options;
  return new ClassNaming({ edges, references, calibrationSigmaEv, seed, live, sum, compared });
}

function startPhases(input: ScanBoardsInput): PhaseBoard {
  const { options, edges, layers, scan, sum, now, epoch, warnings, on } = input;
  return new PhaseBoard({
    edges,
    layers,
    scan,
    hasReferences: (options.references ?? []).length > 0,
    hasThickness: () => sum()?.zeroLoss !== undefined,
    live: options.live,
    now,
    publish: (phases, show) => {
      if (show || layers.isShown('phases')) on.show('phases', phases.revision);
      on.topic({ ...phases, epoch });
    },
    warning: (message) => warnings.warn('phases', 'warning', `phases: ${message}`),
  });
}

function startInformation({ edges, layers, scan, now, epoch, warnings, on }: ScanBoardsInput) {
  const say = (severity: Alert['severity'], message: string) =>
    warnings.warn('information', severity, `information: ${message}`);
  return new InformationBoard({
    edges,
    layers,
    scan,
    now,
    publish: (information, changed) => {
      on.topic({ ...information, epoch });
      for (const layer of changed) on.changed(layer);
    },
    warning: (message) => say('warning', message),
    failed: (message, forGood) => {
      say('error', message);
      on.informationFailed(forGood);
    },
  });
}

function startPlan(input: ScanBoardsInput): PlanBoard | undefined {
  const { options, epoch, scan, layers, edges, passes, now, wall, warnings, on } = input;
  if (!options.plan) return undefined;
  return new PlanBoard({
    options: options.plan,
    epoch,
    scan,
    layers,
    edges,
    passes,
    live: options.live,
    clock: { monotonic: now, wall },
    publish: on.topic,
    show: (kinds) => {
      for (const kind of kinds) on.show(kind);
    },
    warning: (message) => warnings.warn('plan', 'warning', message),
  });
}
