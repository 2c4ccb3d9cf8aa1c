import { type Edge, type EnergyAxis, energyOf } from '../../../protocol/index.ts';
import { type StandingEdge, type SummedSpectrum, standingEdges } from '../../analysis/standing-edges.ts';

/** What the sum spectrum says of how edges are to be read. */
export interface Reading {
  /** The axis in force. */
  energy: EnergyAxis;
  /** Edges that nobody asked for and that stand out on that axis. */
  standing: StandingEdge[];
}

/** While a scan runs, an axis is exchanged for another that differs by more than this somewhere, eV. */
const WORTH_EV = 0.5;

/**
 * Decides from the sum spectrum how edges are read. While the scan runs it stays calm: an axis is kept until another differs
 * by more than noise, and an edge that stood out is not taken back; the last word depends on the sum alone.
 */
export class ReadingSurvey {
  readonly #filed: EnergyAxis;
  readonly #edges: readonly Edge[];
  /** By the user: the axis is not judged any more. */
  #chosen: EnergyAxis | undefined;
  #last: Reading | undefined;

  constructor(filed: EnergyAxis, edges: readonly Edge[], chosen?: EnergyAxis) {
    this.#filed = filed;
    this.#edges = edges;
    this.#chosen = chosen;
  }

  choose(energy: EnergyAxis): void {
    this.#chosen = energy;
  }

  /** The axis in force. */
  get energy(): EnergyAxis {
    return this.#chosen ?? this.#last?.energy ?? this.#filed;
  }

  /**
   * @param found the axis that is to be applied where the user has not chosen one, as the sum has it
   * @param isFinal whether the sum is that of all spectra
   */
  settle(sum: Omit<SummedSpectrum, 'energy'>, found: EnergyAxis | undefined, isFinal: boolean): Reading {
    const wanted = this.#chosen ?? found ?? this.#filed;
    const last = this.#last;
    const isKept = last && !isFinal && !this.#chosen && differs(last.energy, wanted, sum.counts.length) <= WORTH_EV;
    const energy = isKept ? last.energy : wanted;
    const standing = standingEdges({ ...sum, energy }, this.#edges);
    if (last && !isFinal && differs(last.energy, energy, sum.counts.length) === 0)
      for (const edge of last.standing)
        if (standing.every(({ name }) => name !== edge.name)) standing.push(edge);
    this.#last = { energy, standing };
    return this.#last;
  }
}

/** Largest difference of two axes over `channels` channels, eV. */
function differs(a: EnergyAxis, b: EnergyAxis, channels: number): number {
  return Math.max(...[0, channels].map((i) => Math.abs(energyOf(a, i) - energyOf(b, i))));
}
