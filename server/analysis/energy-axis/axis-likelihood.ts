import {
  type AxisChange,
  type Candidate,
  MOST_SHIFT_EV,
  MOST_STRETCH,
  NEAR_EV,
  rangeFor,
  type Sighting,
  SPREAD,
  suits,
} from './axis-match.ts';
import type { Reading } from './onset-search.ts';

/** Steps of the grid, eV and share. */
const SHIFT_STEP = 0.5;
const STRETCH_STEP = 0.002;
/** Prior probability of requested edges, and of the other edges of the table. */
const ASKED = 0.85;
const UNASKED = 0.01;
const UNSEEN = Math.log(1 - ASKED);
/** Prior probabilities that the axis is right, and that a wrong one has the right dispersion. */
const RIGHT = 0.5;
const UNSTRETCHED = 0.5;
/** Density table: eV per entry. */
const ENTRY_EV = 0.25;
/** Softness of the ends of a range, eV (standard deviation), and how far that is followed. */
const SOFT_EV = 0.5;
const SOFT_REACH_EV = 3;

export interface AxisPosterior {
  /** Logarithm of prior times likelihood of the axis as filed, and of all others of a grid. */
  filed: number;
  grid: (AxisChange & { log: number })[];
}

/** A reading as the grid needs it: distance from the offset, eV, and where it may be read in the densities. */
interface Probe {
  x: number;
  spread: number;
  density: Float64Array;
}

/** Energies between which an edge that was requested is seen by a reading; one for each reading. */
interface Sought {
  onset: [number, number];
  places: { x: number; low: number; high: number }[];
}

/**
 * Likelihood of axes from the features that the edges explain, relative to all features being there by chance.
 * @param offset of the axis as filed, eV
 * @param ends energies as filed between which onsets can be found
 */
export function axisPosterior(
  found: readonly Sighting[],
  candidates: readonly Candidate[],
  offset: number,
  ends: [number, number],
): AxisPosterior {
  const tables = densityTables(candidates, ends[1]);
  const features = found.map(({ readings, chance }) => ({
    chance,
    probes: readings.map(
      (reading): Probe => ({
        x: reading.place - offset,
        spread: SPREAD * reading.sigma,
        density: tables[kindOf(reading)],
      }),
    ),
  }));
  const sought = candidates.filter(({ asked }) => asked).map((edge) => soughtBy(edge, found, offset));
  const limits = [ends[0] - offset, ends[1] - offset];

  const logLikelihood = (shift: number, stretch: number): number => {
    const origin = offset + shift;
    const scale = 1 + stretch;
    let sum = 0;
    for (const { chance, probes } of features) {
      let most = 0;
      for (const { x, spread, density } of probes) {
        const at = origin + scale * x;
        for (let side = -1; side <= 1; side++)
          most = Math.max(most, density[Math.round((at + side * spread) / ENTRY_EV)] ?? 0);
      }
      if (most > 0) sum += Math.log1p(most / chance);
    }
    // Edges that were requested and are not seen where they would be.
    for (const { onset, places } of sought) {
      if (onset[0] < origin + scale * limits[0] || onset[1] > origin + scale * limits[1]) continue;
      let isSeen = false;
      for (const { x, low, high } of places) {
        const at = origin + scale * x;
        isSeen ||= at > low && at < high;
      }
      if (!isSeen) sum += UNSEEN;
    }
    return sum;
  };

  const grid: AxisPosterior['grid'] = [];
  const shifts = Math.round(MOST_SHIFT_EV / SHIFT_STEP);
  const stretches = Math.round(MOST_STRETCH / STRETCH_STEP);
  for (let k = -stretches; k <= stretches; k++) {
    const share = (1 - UNSTRETCHED) / (2 * stretches + 1) + (k === 0 ? UNSTRETCHED : 0);
    const prior = Math.log(((1 - RIGHT) * share) / (2 * shifts + 1));
    for (let j = -shifts; j <= shifts; j++) {
      const [shift, stretch] = [j * SHIFT_STEP, k * STRETCH_STEP];
      grid.push({ shift, stretch, log: prior + logLikelihood(shift, stretch) });
    }
  }
  return { filed: Math.log(RIGHT) + logLikelihood(0, 0), grid };
}

function soughtBy(edge: Candidate, found: readonly Sighting[], offset: number): Sought {
  const readings = found.flatMap((sighting) => sighting.readings).filter((reading) => suits(edge, reading));
  return {
    onset: edge.onset,
    places: readings.map(({ isLine, place, sigma }) => {
      const [low, high] = rangeFor(edge, isLine);
      const near = NEAR_EV + SPREAD * sigma;
      return { x: place - offset, low: low - near, high: high + near };
    }),
  };
}

const KINDS = {
  line: { isLine: true, isSlow: false },
  onset: { isLine: false, isSlow: false },
  slow: { isLine: false, isSlow: true },
};
type Kind = keyof typeof KINDS;
const kindOf = ({ isLine, isSlow }: Reading): Kind => (isLine ? 'line' : isSlow ? 'slow' : 'onset');

/** Probability per eV of features of the edges, by energy: uniform within their ranges, with soft ends. */
function densityTables(candidates: readonly Candidate[], end: number): Record<Kind, Float64Array> {
  const entries = Math.ceil(((1 + MOST_STRETCH) * end + 2 * MOST_SHIFT_EV) / ENTRY_EV);
  const tableOf = (kind: Kind): Float64Array => {
    const table = new Float64Array(Math.max(entries, 0));
    for (const edge of candidates) {
      if (!suits(edge, KINDS[kind])) continue;
      const [low, high] = rangeFor(edge, KINDS[kind].isLine);
      const height = (edge.asked ? ASKED : UNASKED) / (high - low);
      const last = Math.min(entries - 1, (high + SOFT_REACH_EV) / ENTRY_EV);
      for (let i = Math.max(0, Math.ceil((low - SOFT_REACH_EV) / ENTRY_EV)); i <= last; i++) {
        const outside = Math.max(low - i * ENTRY_EV, i * ENTRY_EV - high, 0);
        table[i] += height * Math.exp(-((outside / SOFT_EV) ** 2) / 2);
      }
    }
    return table;
  };
  return { line: tableOf('line'), onset: tableOf('onset'), slow: tableOf('slow') };
}
