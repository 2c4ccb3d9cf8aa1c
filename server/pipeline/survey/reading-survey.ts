import {
  appliedAxis,
  type CalibrateMethod,
  type Calibration,
  type Edge,
  type EnergyAxis,
  energyOf,
} from '../../../protocol/index.ts';
import { calibrateAxis } from '../../analysis/energy-axis/axis-calibration.ts';
import { type StandingEdge, standingEdges } from '../../analysis/windows/standing-edges.ts';
import type { DetectorSurvey } from './detector-survey.ts';

/** Energy axis and windows for the edges, from the sum spectrum. */
export interface Reading {
  /** The axis in force. */
  energy: EnergyAxis;
  /** Edges that were not requested and that stand out on that axis. */
  standing: StandingEdge[];
}

export interface ReadingSurveyInput {
  filed: EnergyAxis;
  /** The requested edges, whether the axis as filed covers them or not. */
  asked: readonly Edge[];
  calibrate: CalibrateMethod;
  /** The axis that the user has chosen. */
  chosen?: EnergyAxis;
}

/** While a scan runs, an axis is exchanged for another that differs by more than this somewhere, eV. */
const WORTH_EV = 0.5;

/**
 * Decides from the sum spectrum how edges are read. While the scan runs decisions have hysteresis: an axis is kept
 * until another differs by more than noise, and an edge once found stays; the final result depends on the sum alone.
 */
export class ReadingSurvey {
  readonly #input: ReadingSurveyInput;
  /** By the user: then the proposed one is not applied. */
  #chosen: EnergyAxis | undefined;
  #last: Reading | undefined;

  constructor(input: ReadingSurveyInput) {
    this.#input = input;
    this.#chosen = input.chosen;
  }

  choose(energy: EnergyAxis): void {
    this.#chosen = energy;
  }

  /** The axis in force. */
  get energy(): EnergyAxis {
    return this.#chosen ?? this.#last?.energy ?? this.#input.filed;
  }

  /** How the edges fit the axis as filed; undefined where not requested or unknown. */
  calibration({
    sum: counts,
    spectra,
    knownGain: gain,
    corrections,
  }: DetectorSurvey): Omit<Calibration, 'epoch'> | undefined {
    const { filed, asked: edges, calibrate } = this.#input;
    if (calibrate === 'off' || spectra === 0) return undefined;
    const found = calibrateAxis({ counts, energy: filed, edges, gain, bad: corrections.bad });
    return { type: 'calibration', spectra, filed, ...found };
  }

  /**
   * @param found of the same sum
   * @param isFinal whether the sum is that of all spectra
   */
  settle(
    detector: DetectorSurvey,
    found: Pick<Calibration, 'proposed'> | undefined,
    isFinal: boolean,
  ): Reading {
    const { filed, asked, calibrate } = this.#input;
    const { corrections, sum: counts } = detector;
    const proposed = calibrate === 'auto' && found?.proposed && appliedAxis(found.proposed);
    const wanted = this.#chosen ?? (proposed || filed);
    const last = this.#last;
    const distance = (a: EnergyAxis, b: EnergyAxis) =>
      Math.max(...[0, counts.length].map((i) => Math.abs(energyOf(a, i) - energyOf(b, i))));
    const isKept = last && !isFinal && !this.#chosen && distance(last.energy, wanted) <= WORTH_EV;
    const energy = isKept ? last.energy : wanted;
    // On a wrong axis edges would be mistaken for others.
    const isDoubted =
      found?.proposed !== undefined && distance(energy, appliedAxis(found.proposed)) > WORTH_EV;
    const standing =
      isDoubted && !this.#chosen
        ? []
        : standingEdges({ counts, bad: corrections.bad, gain: corrections.gain, energy }, asked);
    if (last && !isFinal && distance(last.energy, energy) === 0)
      for (const edge of last.standing)
        if (standing.every(({ name }) => name !== edge.name)) standing.push(edge);
    this.#last = { energy, standing };
    return this.#last;
  }
}
