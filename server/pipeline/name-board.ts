import { type EnergyAxis, energyOf, type SumSpectrum } from '../../protocol/index.ts';
import type { ClassSpectrum } from '../analysis/class-window.ts';
import { type NamedEdge, withoutContradictions } from '../analysis/edge-agreement.ts';
import { type ClassMatch, matchClasses } from '../analysis/reference-match.ts';
import type { ReferenceSpectrum } from '../analysis/reference-shape.ts';
import { zeroLossWidth } from '../analysis/zero-loss-width.ts';
import type { EdgeRun } from './edge-run.ts';

/** Names are looked for at most this often while models change. */
const INTERVAL_MS = 300;

export interface NameBoardInput {
  edges: readonly EdgeRun[];
  references: readonly ReferenceSpectrum[];
  /** Of the energy axis, eV. */
  calibrationSigmaEv: number;
  seed: number;
  /** The scan's sum, for the width of its zero-loss peak. */
  sum: () => SumSpectrum | undefined;
}

/** Keeps the names of the classes of all edges up to date with their spectra: they share one shift of the energy axis. */
export class NameBoard {
  readonly #input: NameBoardInput;
  #timer: NodeJS.Timeout | undefined;

  constructor(input: NameBoardInput) {
    this.#input = input;
  }

  schedule(): void {
    if (this.#input.references.length > 0) this.#timer ??= setTimeout(() => this.update(), INTERVAL_MS);
  }

  /** Names are a function of the class spectra, the maps, the sum's zero loss and the seed. */
  update(): void {
    this.close();
    const { edges, references, calibrationSigmaEv, seed } = this.#input;
    const fitted = edges.filter(({ classSpectra }) => classSpectra !== undefined);
    const classes = fitted.flatMap(summedClasses);
    if (classes.length === 0 || references.length === 0) return;
    const lowLoss = this.#input.sum()?.lowLoss;
    const fwhmEv = lowLoss && zeroLossWidth(lowLoss.counts, lowLoss.energy);
    const known = { seed, calibrationSigmaEv, ...(fwhmEv !== undefined && { fwhmEv }) };
    const found = matchClasses(classes, references, known);
    const named = withoutContradictions(fitted.map((edge) => namedEdge(edge, found, references)));
    for (const edge of fitted) edge.setMatches(named.filter((match) => match.edge === edge.edge.name));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** The classes of an edge's model as references are compared with them. */
export function summedClasses({ edge, classSpectra, model }: EdgeRun): ClassSpectrum[] {
  if (!classSpectra) return [];
  const { topic, raw } = classSpectra;
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
    }));
}

function namedEdge(
  { edge, maps }: EdgeRun,
  found: readonly ClassMatch[],
  references: readonly ReferenceSpectrum[],
): NamedEdge {
  return {
    name: edge.name,
    labels: maps.labels,
    intensity: maps.intensity,
    matches: found.filter((match) => match.edge === edge.name),
    phases: new Set(references.filter((one) => one.edge === edge.name).map(({ phase }) => phase)),
  };
}
