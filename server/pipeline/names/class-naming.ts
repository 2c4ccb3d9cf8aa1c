import { type EnergyAxis, energyOf, type SumSpectrum } from '../../../protocol/index.ts';
import { zeroLossWidth } from '../../analysis/low-loss/zero-loss-width.ts';
import type { ClassSpectrum } from '../../analysis/references/class-window.ts';
import type { ClassMatch } from '../../analysis/references/reference-match.ts';
import type { ReferenceSpectrum } from '../../analysis/references/reference-shape.ts';
import { workerScript } from '../../built-file.ts';
import type { EdgeRun } from '../edge/edge-run.ts';
import { WorkerHost } from '../threads/worker-host.ts';
import { findNames, type NameTask } from './name-finding.ts';

/** Interval of naming while models change. */
const INTERVAL_MS = 300;

export interface ClassNamingInput {
  edges: () => readonly EdgeRun[];
  references: readonly ReferenceSpectrum[];
  /** Of the energy axis, eV. */
  calibrationSigmaEv: number;
  seed: number;
  /** Names are updated while the scan runs. */
  live: boolean;
  /** Classes have been compared with references. */
  compared: () => void;
  /** The scan's sum, for the width of its zero-loss peak. */
  sum: () => SumSpectrum | undefined;
}

export interface NameReport {
  type: 'named';
  id: number;
  matches: ClassMatch[];
}

/** Keeps the names of the classes of all edges up to date with their spectra: they share one shift of the energy axis. */
export class ClassNaming {
  readonly #input: ClassNamingInput;
  #timer: NodeJS.Timeout | undefined;
  #host: WorkerHost<NameTask, NameReport> | undefined;
  /** The task of the thread. */
  #asked: { task: NameTask; of: readonly Named[] } | undefined;
  #tasks = 0;
  #isGivenUp = false;

  constructor(input: ClassNamingInput) {
    this.#input = input;
  }

  /** Classes are named in a thread of their own, since they take up to a tenth of a second. */
  schedule(): void {
    const { references, live } = this.#input;
    if (!live || references.length === 0 || this.#asked || this.#isGivenUp) return;
    this.#timer ??= setTimeout(() => this.#ask(), INTERVAL_MS);
  }

  /** Names are a function of the class spectra, the maps, the sum's zero loss and the seed. */
  update(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asked = undefined;
    if (this.#input.references.length === 0) return;
    const of = this.#named();
    this.#show(of, findNames(this.#task(of)));
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#host?.close();
  }

  #ask(): void {
    this.#timer = undefined;
    const of = this.#named();
    this.#asked = { task: this.#task(of), of };
    this.#host ??= new WorkerHost<NameTask, NameReport>({
      script: workerScript('name-worker'),
      data: () => undefined,
      resume: () => this.#asked && [this.#asked.task],
      report: (report) => {
        // If the thread dies it is restarted; missing names are found at the end of the scan.
        if (report.type === 'named') this.#take(report);
        if (report.type === 'ended') this.#isGivenUp = true;
      },
      pixels: 0,
    });
    this.#host.send(this.#asked.task);
  }

  #take({ id, matches }: NameReport): void {
    const asked = this.#asked;
    if (asked?.task.id !== id) return;
    this.#asked = undefined;
    this.#show(asked.of, matches);
    const isKnown = (spectra: Named['spectra']) => asked.of.some((one) => one.spectra === spectra);
    if (!this.#named().every(({ spectra }) => isKnown(spectra))) this.schedule();
  }

  #named(): Named[] {
    return this.#input
      .edges()
      .flatMap((edge) => (edge.classSpectra ? [{ edge, spectra: edge.classSpectra }] : []));
  }

  #task(of: readonly Named[]): NameTask {
    const { references, calibrationSigmaEv, seed } = this.#input;
    const sum = this.#input.sum();
    const lowLoss = sum?.zeroLoss?.own ? sum : sum?.lowLoss;
    const fwhmEv = lowLoss && zeroLossWidth(lowLoss.counts, lowLoss.energy);
    return {
      id: this.#tasks++,
      edges: of.map(({ edge }) => ({
        name: edge.edge.name,
        classes: summedClasses(edge),
        labels: edge.maps.labels,
        intensity: edge.maps.intensity,
      })),
      references,
      options: { seed, calibrationSigmaEv, ...(fwhmEv !== undefined && { fwhmEv }) },
    };
  }

  /** Names belong to the classes they were found for. */
  #show(of: readonly Named[], matches: readonly ClassMatch[]): void {
    for (const { edge, spectra } of of)
      if (edge.classSpectra === spectra)
        edge.setMatches(matches.filter((match) => match.edge === edge.edge.name));
    this.#input.compared();
  }
}

/** An edge with the spectra of the classes that are to be named. */
interface Named {
  edge: EdgeRun;
  spectra: EdgeRun['classSpectra'];
}

/** The classes of an edge's model as references are compared with them. */
export function summedClasses({ edge, classSpectra, model }: EdgeRun): ClassSpectrum[] {
  if (!classSpectra) return [];
  const { topic, raw } = classSpectra;
  const { background } = model.calibration;
  const axis: EnergyAxis = topic.energy;
  return topic.spectra
    .filter(({ count }) => count > 0)
    .map(({ label, count, mean }) => ({
      edge,
      label,
      pixels: count,
      offsetEv: energyOf(axis, 0),
      dispersionEv: axis.dispersion,
      net: mean.map((value) => value * count),
      raw: raw[label],
      bad: model.calibration.bad,
      gain: model.calibration.noise.gain,
      ...(background && { background }),
    }));
}
