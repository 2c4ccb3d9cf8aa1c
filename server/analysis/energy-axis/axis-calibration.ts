import {
  type AxisCalibration,
  type AxisEvidence,
  DOUBTED_GAIN,
  type Edge,
  type EnergyAxis,
  energyOf,
} from '../../../protocol/index.ts';
import { type AxisFit, fitAxis, largestMove, type Match, matches, type ReadMatch } from './axis-fit.ts';
import { axisPosterior } from './axis-likelihood.ts';
import {
  type AxisChange,
  type Candidate,
  isWithin,
  MOST_SHIFT_EV,
  rangeFor,
  type Sighting,
  sightings,
} from './axis-match.ts';
import { binnedSpectrum, type SumInput } from './axis-spectrum.ts';
import { edgeFeatures, TABLE } from './edge-features.ts';
import { LEAST_AFTER_EV, LEAST_BEFORE_EV, LOWEST_EV } from './onset-curves.ts';
import { findOnsets } from './onset-search.ts';

export interface AxisInput extends SumInput {
  /** The requested edges. */
  edges: readonly Edge[];
}

/** Log-likelihood ratio that a better axis must have over all others. */
const LEAST_LEAD = 2.5;
/** An axis that moves no onset by more is as good as filed, eV. */
const LEAST_CHANGE_EV = 1;
/** The limit of the offset may be passed by the uncertainty. */
const SLACK = 1.1;
/** Fits after which matches are searched again. */
const ROUNDS = 2;
const AS_FILED: AxisChange = { shift: 0, stretch: 0 };
const MOST_LOG = 1000;
/** Axes by so much less likely, in logarithms, than the best add nothing. */
const NEGLIGIBLE = 25;

/** Looks for the edges along the whole axis, and for the axis they fit best. */
export function calibrateAxis(input: AxisInput): AxisCalibration {
  const { energy, edges } = input;
  const spectrum = binnedSpectrum(input);
  const features = findOnsets(spectrum);
  const end = energyOf(energy, input.counts.length);
  /** Between these onsets can be found. */
  const ends: [number, number] = [Math.max(energy.offset + LEAST_BEFORE_EV, LOWEST_EV), end - LEAST_AFTER_EV];
  const found = sightings(features, ends[1] - ends[0]);
  const candidates = candidatesFor(edges);
  const { offset } = energy;
  const { filed, grid } = axisPosterior(found, candidates, offset, ends);
  const best = grid.reduce((a, b) => (b.log > a.log ? b : a));
  const wanted = matches(found, candidates, offset, best).filter(({ edge }) => edge.asked);
  const worth = grid.filter(({ log }) => log > best.log - NEGLIGIBLE);
  const alike = new Set(worth.filter((change) => agrees(found, wanted, offset, change)));
  const total = logSum([...alike].map(({ log }) => log));
  const others = logSum(worth.filter((change) => !alike.has(change)).map(({ log }) => log));
  const gain = logRatio(total, filed);
  const lead = logRatio(total, others);
  const asFiled = matches(found, candidates, offset, AS_FILED).map((match) =>
    readAs(match, offset, AS_FILED),
  );
  const isSeen = asFiled.some(({ edge }) => edge.asked);
  const unchanged: AxisCalibration = {
    verdict: isSeen && gain < DOUBTED_GAIN ? 'as filed' : 'unknown',
    evidence: asFiled.map(evidenceOf),
    gain,
    lead,
  };
  if (gain < DOUBTED_GAIN || lead < LEAST_LEAD) return unchanged;
  const fit = refined(found, candidates, energy, best);
  if (!fit) return unchanged;
  const { change, axis, used } = fit;
  if (largestMove(used, offset, change) < LEAST_CHANGE_EV) return { ...unchanged, verdict: 'as filed' };
  if (Math.abs(change.shift) > SLACK * MOST_SHIFT_EV) return unchanged;
  return { ...unchanged, verdict: 'proposed', proposed: axis, evidence: used.map(evidenceOf) };
}

/** The requested edges, and the rest of the table. */
function candidatesFor(edges: readonly Edge[]): Candidate[] {
  const asked = edges.map(({ name, onsetEv }) => ({ ...edgeFeatures(name, onsetEv), asked: true }));
  const names = new Set(asked.map(({ name }) => name));
  return [
    ...asked,
    ...TABLE.filter(({ name }) => !names.has(name)).map((edge) => ({ ...edge, asked: false })),
  ];
}

/** Whether an axis takes one feature at least for the same edge, and none for another. */
function agrees(
  found: readonly Sighting[],
  wanted: readonly Match[],
  offset: number,
  change: AxisChange,
): boolean {
  let shared = 0;
  for (const { edge, sighting } of wanted) {
    if (isWithin(edge, sighting, offset, change)) shared++;
    else if (found.some((other) => other !== sighting && isWithin(edge, other, offset, change))) return false;
  }
  return shared > 0;
}

/** The axis by the asked edges, from the best of the grid; matches are searched again under the fitted axis. */
function refined(
  found: readonly Sighting[],
  candidates: readonly Candidate[],
  energy: EnergyAxis,
  start: AxisChange,
): AxisFit | undefined {
  let change = start;
  for (let round = 0; ; round++) {
    const used = matches(found, candidates, energy.offset, change).filter(({ edge }) => edge.asked);
    if (used.length === 0) return undefined;
    const fit = fitAxis(used, energy);
    if (round === ROUNDS) return fit;
    change = fit.change;
  }
}

/** A match in the first of its readings that lies in the range of its edge. */
function readAs(match: Match, offset: number, change: AxisChange): ReadMatch {
  const { edge, sighting } = match;
  const fitting = sighting.readings.find((reading) =>
    isWithin(edge, { ...sighting, readings: [reading] }, offset, change),
  );
  return { ...match, reading: fitting ?? sighting.readings[0] };
}

function evidenceOf({ edge, sighting, reading: { isLine, place, sigma } }: ReadMatch): AxisEvidence {
  return {
    edge: edge.name,
    asked: edge.asked,
    feature: isLine ? 'peak' : 'onset',
    expected: rangeFor(edge, isLine),
    found: place,
    sigma,
    snr: sighting.snr,
  };
}

const logSum = (logs: readonly number[]): number => {
  const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(most)) return most;
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
};

/** Limited to finite numbers, as JSON needs; 0 where no axis shows an edge that was requested. */
const logRatio = (log: number, other: number): number =>
  Number.isFinite(log) ? Math.min(log - other, MOST_LOG) : 0;
