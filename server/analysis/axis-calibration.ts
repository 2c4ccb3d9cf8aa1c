import {
  type AxisCalibration,
  type AxisEvidence,
  type Edge,
  type EnergyAxis,
  energyOf,
} from '../../protocol/index.ts';
import { energyUnder, fitAxis, isWithin, type Match, matches } from './axis-fit.ts';
import {
  type AxisChange,
  AxisLikelihood,
  type Candidate,
  MOST_SHIFT_EV,
  MOST_STRETCH,
  type Sighting,
  sightings,
} from './axis-match.ts';
import { binnedSpectrum } from './axis-spectrum.ts';
import { edgeFeatures, TABLE } from './edge-features.ts';
import { findOnsets } from './onset-search.ts';

export interface AxisInput {
  /** Sum of the spectra, per channel. */
  counts: Float64Array;
  /** As filed. */
  energy: EnergyAxis;
  /** Those asked for. */
  edges: readonly Edge[];
  /** Variance over mean of the counts; 0 where it is not known. */
  gain: number;
  /** Non-zero where a channel is dead or hot. */
  bad: Uint8Array;
}

/** Log-likelihood ratios that a better axis must have over the one as filed, and over all others. */
const LEAST_GAIN = 4;
const LEAST_LEAD = 3;
/** An axis that moves no onset by more is as good as filed, eV. */
const LEAST_CHANGE_EV = 1;
/** Limits may be passed by the uncertainty. */
const SLACK = 1.1;

/** Looks for the edges along the whole axis, and for the axis they fit best. */
export function calibrateAxis(input: AxisInput): AxisCalibration {
  const { energy, edges } = input;
  const spectrum = binnedSpectrum(input);
  const features = findOnsets(spectrum);
  const ends: [number, number] = [energy.offset, energyOf(energy, input.counts.length)];
  const found = sightings(features, energy, ends[1] - ends[0]);
  const candidates = candidatesFor(edges);
  const nothing: AxisCalibration = { verdict: 'unknown', evidence: [], gain: 0, lead: 0 };
  if (found.length === 0) return nothing;
  const likelihood = new AxisLikelihood(found, candidates, energy, ends);
  const { filed, grid } = likelihood.posterior();
  const best = grid.reduce((a, b) => (b.log > a.log ? b : a));
  const wanted = matches(found, candidates, energy, best).filter(({ edge }) => edge.asked);
  const isSame = (change: AxisChange) => agrees(found, wanted, energy, change);
  const alike = logSum(grid.filter(isSame).map(({ log }) => log));
  const others = logSum(grid.filter((change) => !isSame(change)).map(({ log }) => log));
  const [gain, lead] = [alike - filed, alike - others];
  const asFiled = matches(found, candidates, energy, { shift: 0, stretch: 0 });
  const isSeen = asFiled.some(({ edge }) => edge.asked);
  const unchanged: AxisCalibration = {
    verdict: isSeen && gain < LEAST_GAIN ? 'as filed' : 'unknown',
    evidence: asFiled.map(evidenceOf),
    gain,
    lead,
  };
  if (gain < LEAST_GAIN || lead < LEAST_LEAD) return unchanged;
  const fit = refined(found, candidates, energy, best);
  if (!fit) return unchanged;
  const { shift, stretch, ...proposed } = fit.axis;
  const moved = Math.max(
    ...fit.used.map(({ sighting }) =>
      Math.abs(
        energyUnder(energy, { shift, stretch }, sighting.channel) - energyOf(energy, sighting.channel),
      ),
    ),
  );
  if (moved < LEAST_CHANGE_EV) return { ...unchanged, verdict: 'as filed' };
  if (Math.abs(shift) > SLACK * MOST_SHIFT_EV || Math.abs(stretch) > SLACK * MOST_STRETCH) return unchanged;
  return { verdict: 'proposed', proposed, evidence: fit.used.map(evidenceOf), gain, lead };
}

/** Those asked for, and the rest of the table. */
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
  energy: EnergyAxis,
  change: AxisChange,
): boolean {
  let shared = 0;
  for (const { edge, sighting } of wanted) {
    if (isWithin(edge, sighting, energy, change)) shared++;
    else if (found.some((other) => other !== sighting && isWithin(edge, other, energy, change))) return false;
  }
  return shared > 0;
}

/** The axis by the asked edges, from the best of the grid; matches are looked up again under what was fitted. */
function refined(
  found: Parameters<typeof matches>[0],
  candidates: readonly Candidate[],
  energy: EnergyAxis,
  start: AxisChange,
): { axis: ReturnType<typeof fitAxis>; used: Match[] } | undefined {
  let change = start;
  for (let round = 0; ; round++) {
    const used = matches(found, candidates, energy, change).filter(({ edge }) => edge.asked);
    if (used.length === 0) return undefined;
    const axis = fitAxis(used, energy);
    if (round === 2) return { axis, used };
    change = axis;
  }
}

function evidenceOf({ edge, sighting, range }: Match): AxisEvidence {
  return {
    edge: edge.name,
    asked: edge.asked,
    feature: sighting.isLine ? 'peak' : 'onset',
    expected: range,
    found: sighting.place,
    sigma: sighting.sigma,
    snr: sighting.snr,
  };
}

const logSum = (logs: readonly number[]): number => {
  const most = Math.max(...logs);
  return Number.isFinite(most)
    ? most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0))
    : most;
};
