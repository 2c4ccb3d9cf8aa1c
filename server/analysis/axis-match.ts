import type { EdgeFeatures } from './edge-features.ts';
import { LINE_EV, LINES, type OnsetFeature } from './onset-search.ts';

/** An edge that may be there. */
export interface Candidate extends EdgeFeatures {
  asked: boolean;
}

/** A feature, and what is known of it besides. */
export interface Sighting extends OnsetFeature {
  /** Channel on the axis as filed. */
  channel: number;
  isLine: boolean;
  /** Maximum of a line, else the onset, eV as filed. */
  place: number;
  /** Probability per eV that something so strong lies at a place by chance. */
  chance: number;
}

/** An energy axis, relative to the one as filed: its offset is so much higher, its dispersion so many times larger. */
export interface AxisChange {
  shift: number;
  stretch: number;
}

/** Limits of what is looked for, eV and share, and the grid. */
export const MOST_SHIFT_EV = 25;
export const MOST_STRETCH = 0.03;
const SHIFT_STEP = 0.5;
const STRETCH_STEP = 0.001;
/** Edges asked for are there with this probability, others of the table with that. */
const ASKED = 0.85;
const UNASKED = 0.02;
/** Prior probabilities that the axis is right, and that a wrong one has the right dispersion. */
const RIGHT = 0.5;
const UNSTRETCHED = 0.5;
/** What follows an onset within so many eV and is no more than so many times as high is part of it. */
const STRUCTURE_EV = 35;
const STRUCTURE_HEIGHT = 3;
/** What stands out of noise by so much is hardly there by chance. */
const PLAIN_SNR = 10;
/** A slow rise is judged to begin so early, eV, for the resolution of the spectrometer. */
const SLOW_EV = 2;
/** Density table: eV per entry. */
const ENTRY_EV = 0.25;

/** Features by what they can tell: what belongs to a stronger one before it is likely anywhere. */
export function sightings(
  features: readonly OnsetFeature[],
  energy: { offset: number; dispersion: number },
  spanEv: number,
): Sighting[] {
  const within = (feature: OnsetFeature) =>
    features.some(
      ({ at, jump, snr }) =>
        at < feature.at &&
        feature.at - at < STRUCTURE_EV &&
        (snr >= feature.snr ||
          (jump * STRUCTURE_HEIGHT >= feature.jump && snr * STRUCTURE_HEIGHT >= feature.snr)),
    );
  const leading = features.filter((feature) => !within(feature));
  return features.map((feature) => {
    const isLine = LINES.includes(feature.shape);
    const place = feature.at + (isLine ? LINE_EV : feature.shape === 'delayed' ? SLOW_EV : 0);
    const stronger = leading.filter(({ snr }) => snr >= feature.snr).length;
    return {
      ...feature,
      isLine,
      place,
      channel: (place - energy.offset) / energy.dispersion,
      chance: leading.includes(feature)
        ? Math.max(stronger, 1) / (spanEv * (1 + feature.snr / PLAIN_SNR))
        : 1 / STRUCTURE_EV,
    };
  });
}

/** Range of an edge that a feature of its kind may lie in, if it has such. */
export const rangeFor = (edge: EdgeFeatures, isLine: boolean): [number, number] | undefined =>
  isLine ? edge.line?.range : edge.onset;

/** Log-likelihoods over all axes, by the features that the edges would explain. */
export class AxisLikelihood {
  readonly #found: readonly Sighting[];
  readonly #asked: readonly Candidate[];
  readonly #energy: { offset: number; dispersion: number };
  readonly #tables: { line: Float64Array; onset: Float64Array };
  readonly #ends: [number, number];

  constructor(
    found: readonly Sighting[],
    candidates: readonly Candidate[],
    energy: { offset: number; dispersion: number },
    /** Energies as filed between which onsets can be found. */
    ends: [number, number],
  ) {
    this.#found = found;
    this.#asked = candidates.filter(({ asked }) => asked);
    this.#energy = energy;
    this.#ends = ends;
    this.#tables = {
      line: densities(candidates, true, ends[1]),
      onset: densities(candidates, false, ends[1]),
    };
  }

  /** Of the axis, relative to all features being there by chance. */
  of({ shift, stretch }: AxisChange): number {
    const { offset, dispersion } = this.#energy;
    const energyAt = (channel: number) => offset + shift + dispersion * (1 + stretch) * channel;
    let sum = 0;
    for (const { channel, isLine, chance } of this.#found) {
      const table = isLine ? this.#tables.line : this.#tables.onset;
      sum += Math.log1p((table[Math.round(energyAt(channel) / ENTRY_EV)] ?? 0) / chance);
    }
    // Edges that were asked for and are not seen, where they would be.
    const [from, end] = this.#ends.map((ev) => energyAt((ev - offset) / dispersion));
    for (const edge of this.#asked) {
      if (edge.onset[0] < from || edge.onset[1] > end) continue;
      const isSeen = this.#found.some(({ channel, isLine }) => {
        const range = rangeFor(edge, isLine);
        const at = energyAt(channel);
        return range && at > range[0] - 1 && at < range[1] + 1;
      });
      if (!isSeen) sum += Math.log(1 - ASKED);
    }
    return sum;
  }

  /** Log of prior times likelihood of every axis of the grid, and of the one as filed. */
  posterior(): { filed: number; grid: (AxisChange & { log: number })[] } {
    const grid: (AxisChange & { log: number })[] = [];
    const shifts = Math.round(MOST_SHIFT_EV / SHIFT_STEP);
    const stretches = Math.round(MOST_STRETCH / STRETCH_STEP);
    const perShift = (1 - RIGHT) / (2 * shifts + 1);
    for (let k = -stretches; k <= stretches; k++) {
      const share = (1 - UNSTRETCHED) / (2 * stretches + 1) + (k === 0 ? UNSTRETCHED : 0);
      for (let j = -shifts; j <= shifts; j++) {
        const change = { shift: j * SHIFT_STEP, stretch: k * STRETCH_STEP };
        grid.push({ ...change, log: Math.log(perShift * share) + this.of(change) });
      }
    }
    return { filed: Math.log(RIGHT) + this.of({ shift: 0, stretch: 0 }), grid };
  }
}

/** Probability per eV of features of the edges: uniform within their ranges, with soft ends. */
function densities(candidates: readonly Candidate[], isLine: boolean, end: number): Float64Array {
  const table = new Float64Array(Math.ceil((1.1 * end + 2 * MOST_SHIFT_EV) / ENTRY_EV));
  for (const edge of candidates) {
    const range = rangeFor(edge, isLine);
    if (!range) continue;
    const height = (edge.asked ? ASKED : UNASKED) / (range[1] - range[0]);
    const first = Math.max(0, Math.floor((range[0] - 3) / ENTRY_EV));
    for (let i = first; i < Math.min(table.length, (range[1] + 3) / ENTRY_EV); i++) {
      const outside = Math.max(range[0] - i * ENTRY_EV, i * ENTRY_EV - range[1], 0);
      table[i] += height * Math.exp(-(outside ** 2) / (2 * 0.5 ** 2));
    }
  }
  return table;
}
