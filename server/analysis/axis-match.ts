import type { EdgeFeatures } from './edge-features.ts';
import type { OnsetFeature, Reading } from './onset-search.ts';

/** An edge that may be there. */
export interface Candidate extends EdgeFeatures {
  asked: boolean;
}

/** A feature, and how likely something so strong lies at a place by chance, per eV. */
export interface Sighting extends OnsetFeature {
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
const UNASKED = 0.01;
/** Prior probabilities that the axis is right, and that a wrong one has the right dispersion. */
const RIGHT = 0.5;
const UNSTRETCHED = 0.5;
/** What follows an onset within so many eV and is no more than so many times as high is part of it. */
const STRUCTURE_EV = 35;
const STRUCTURE_HEIGHT = 3;
/** What stands out of noise by so much is hardly there by chance. */
const PLAIN_SNR = 10;
/** Features as close to a range count as in it, eV. */
const NEAR_EV = 1.2;
/** And by so many standard deviations of their place beside it. */
const SPREAD = 1.5;
/** Density table: eV per entry. */
const ENTRY_EV = 0.25;

/** Features by what they can tell: what belongs to a stronger one before it is likely anywhere. */
export function sightings(features: readonly OnsetFeature[], spanEv: number): Sighting[] {
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
    const stronger = leading.filter(({ snr }) => snr >= feature.snr).length;
    const free = Math.max(stronger, 1) / (spanEv * (1 + feature.snr / PLAIN_SNR));
    return { ...feature, chance: leading.includes(feature) ? free : 1 / STRUCTURE_EV };
  });
}

/** Range of an edge that a reading of its kind may lie in. */
export const rangeFor = (edge: EdgeFeatures, isLine: boolean): [number, number] =>
  isLine ? edge.line.range : edge.onset;

/** Energy under a changed axis of what lies at `ev` on the axis as filed. */
export const energyUnder = (offset: number, { shift, stretch }: AxisChange, ev: number): number =>
  ev + shift + stretch * (ev - offset);

/** An edge that always begins sharply is not read from a slow rise. */
export const suits = ({ isSharp }: EdgeFeatures, { isSlow }: Reading): boolean => !(isSharp && isSlow);

/** Whether a feature lies where that of an edge may, in any reading. */
export function isWithin(
  edge: EdgeFeatures,
  { readings }: Sighting,
  offset: number,
  change: AxisChange,
): boolean {
  return readings.some((reading) => {
    const { isLine, place, sigma } = reading;
    if (!suits(edge, reading)) return false;
    const [low, high] = rangeFor(edge, isLine);
    const at = energyUnder(offset, change, place);
    const near = NEAR_EV + SPREAD * sigma;
    return at > low - near && at < high + near;
  });
}

/** Log-likelihoods over all axes, by the features that the edges would explain. */
export class AxisLikelihood {
  readonly #found: readonly Sighting[];
  readonly #asked: readonly Candidate[];
  readonly #offset: number;
  readonly #tables: { line: Float64Array; onset: Float64Array };
  readonly #ends: [number, number];

  constructor(
    found: readonly Sighting[],
    candidates: readonly Candidate[],
    /** Of the axis as filed, eV. */
    offset: number,
    /** Energies as filed between which onsets can be found. */
    ends: [number, number],
  ) {
    this.#found = found;
    this.#asked = candidates.filter(({ asked }) => asked);
    this.#offset = offset;
    this.#ends = ends;
    this.#tables = {
      line: densities(candidates, true, ends[1]),
      onset: densities(candidates, false, ends[1]),
    };
  }

  /** Of the axis, relative to all features being there by chance. */
  of(change: AxisChange): number {
    const energyAt = (ev: number) => energyUnder(this.#offset, change, ev);
    let sum = 0;
    for (const { readings, chance } of this.#found) {
      let most = 0;
      for (const { isLine, place, sigma } of readings) {
        const table = isLine ? this.#tables.line : this.#tables.onset;
        const at = energyAt(place);
        for (const away of [-SPREAD * sigma, 0, SPREAD * sigma])
          most = Math.max(most, table[Math.round((at + away) / ENTRY_EV)] ?? 0);
      }
      sum += Math.log1p(most / chance);
    }
    // Edges that were asked for and are not seen, where they would be.
    const [from, end] = this.#ends.map(energyAt);
    for (const edge of this.#asked) {
      if (edge.onset[0] < from || edge.onset[1] > end) continue;
      if (!this.#found.some((sighting) => isWithin(edge, sighting, this.#offset, change)))
        sum += Math.log(1 - ASKED);
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
    const height = (edge.asked ? ASKED : UNASKED) / (range[1] - range[0]);
    const first = Math.max(0, Math.floor((range[0] - 3) / ENTRY_EV));
    for (let i = first; i < Math.min(table.length, (range[1] + 3) / ENTRY_EV); i++) {
      const outside = Math.max(range[0] - i * ENTRY_EV, i * ENTRY_EV - range[1], 0);
      table[i] += height * Math.exp(-(outside ** 2) / (2 * 0.5 ** 2));
    }
  }
  return table;
}
