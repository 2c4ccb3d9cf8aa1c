import { inverse, Matrix } from 'ml-matrix';
import {
  channelOf,
  type Edge,
  type EnergyAxis,
  energyOf,
  KNOWN_EDGES,
  parseEdge,
  secondLineEv,
} from '../../../protocol/index.ts';
import { structureEnd } from './adapted-windows.ts';

/** An edge of the table that was not requested and that stands out in the sum spectrum. */
export interface StandingEdge {
  name: string;
  onsetEv: number;
  /** Step height divided by the counts before it. */
  jump: number;
  /** The height over its standard deviation. */
  significance: number;
}

export interface SummedSpectrum {
  /** Counts per channel. */
  counts: Float64Array;
  /** One entry per channel, 1 for those left out. */
  bad: Uint8Array;
  energy: EnergyAxis;
  /** Variance over mean of sums of many channels. */
  gain: number;
}

/** Deviations and share of the counts before it from which an edge is believed. */
const CERTAIN = 6;
const WORTH = 0.01;
/** Range compared before and after the rise, eV, and its least length. */
const BEFORE_EV = 20;
const AFTER_EV = 12;
const LEAST_BEFORE_EV = 10;
const LEAST_AFTER_EV = 6;
/** The rise is sought within this distance of the onset; it must be steepest within the range that chemistry moves it by. */
const SOUGHT_EV = 6;
const RANGE_EV = 3;
const STEP_EV = 0.5;
/** Width of the rise, and place and width of the first line, eV. */
const RISE_EV = 0.7;
const LINE_EV = 1.5;
/** Correlations of the residual are followed this far. */
const LAGS = 6;
const TERMS = 4;
const FEWEST_CHANNELS = 20;

/**
 * Edges of the table that stand out in a sum spectrum and lie in or before the windows of the requested edges. About
 * the onset the counts are fitted by a parabola and an edge's rise (with a line where the edge has lines). The
 * deviation of the rise is that of counting, times how badly the model fits: channel gains and fine structure that is
 * no edge are not taken for one. Nothing is searched within the near-edge structure of a requested edge: there the two
 * cannot be distinguished.
 */
export function standingEdges(sum: SummedSpectrum, asked: readonly Edge[]): StandingEdge[] {
  const found = relevantEdges(asked).flatMap(({ name, onsetEv }) => {
    const best = rise(sum, { name, onsetEv }, asked);
    return best ? [{ name, onsetEv, ...best }] : [];
  });
  // A rise within the ranges of two edges (Co-L and Ba-M) is assigned to the nearer one.
  return found
    .filter(({ at, onsetEv }) =>
      found.every((other) => at !== other.at || Math.abs(at - onsetEv) <= Math.abs(at - other.onsetEv)),
    )
    .map(({ at, ...edge }) => edge);
}

/** Edges of the table that would matter to the windows of the requested edges. */
export function relevantEdges(asked: readonly Edge[]): Edge[] {
  const names = new Set(asked.map(({ name }) => name));
  return KNOWN_EDGES.filter((name) => !names.has(name))
    .map(parseEdge)
    .filter(({ onsetEv }) =>
      asked.every((edge) => onsetEv < edge.onsetEv - RANGE_EV || onsetEv > structureEnd(edge)),
    )
    .filter((edge) =>
      asked.some(({ fitWindow, signalWindow }) => {
        const inFit = edge.onsetEv < fitWindow[1] && structureEnd(edge) > fitWindow[0];
        return inFit || (edge.onsetEv >= signalWindow[0] && edge.onsetEv < signalWindow[1]);
      }),
    );
}

type Rise = Pick<StandingEdge, 'jump' | 'significance'>;

function rise(
  sum: SummedSpectrum,
  edge: Pick<Edge, 'name' | 'onsetEv'>,
  asked: readonly Edge[],
): (Rise & { at: number }) | undefined {
  let best: { jump: number; significance: number; away: number } | undefined;
  for (let away = -SOUGHT_EV; away <= SOUGHT_EV; away += STEP_EV) {
    const found = riseAt(sum, edge, edge.onsetEv + away, asked);
    if (found && found.significance > (best?.significance ?? 0)) best = { ...found, away };
  }
  if (!best || Math.abs(best.away) > RANGE_EV || best.significance < CERTAIN || best.jump < WORTH) return;
  return { jump: best.jump, significance: best.significance, at: edge.onsetEv + best.away };
}

/** Weighted least squares of parabola and rise about `onset`; undefined where there are too few channels clear of others. */
function riseAt(
  { counts, bad, energy, gain }: SummedSpectrum,
  { name }: Pick<Edge, 'name'>,
  onset: number,
  asked: readonly Edge[],
): Rise | undefined {
  let [from, end] = [onset - BEFORE_EV, onset + AFTER_EV];
  for (const other of asked) {
    if (other.onsetEv > onset) end = Math.min(end, other.onsetEv - RANGE_EV);
    else from = Math.max(from, other.onsetEv + (secondLineEv(other.name) ?? 0) + LEAST_BEFORE_EV / 2);
  }
  if (onset - from < LEAST_BEFORE_EV || end - onset < LEAST_AFTER_EV) return;
  const first = Math.ceil(channelOf(energy, from));
  const last = Math.floor(channelOf(energy, end));
  if (first < 0 || last >= counts.length) return;
  const most = last + 1 - first;
  const terms = new Float64Array(most * TERMS);
  const measured = new Float64Array(most);
  const normal = new Float64Array(TERMS * TERMS);
  const right = new Float64Array(TERMS);
  const hasLine = secondLineEv(name) !== undefined;
  let channels = 0;
  for (let i = first; i <= last; i++) {
    const y = counts[i];
    if (bad[i] || !(y > 0)) continue;
    const x = energyOf(energy, i) - onset;
    const at = channels * TERMS;
    terms[at] = 1;
    terms[at + 1] = x / AFTER_EV;
    terms[at + 2] = (x / AFTER_EV) ** 2;
    terms[at + 3] = 1 / (1 + Math.exp(-x / RISE_EV));
    if (hasLine) terms[at + 3] += Math.exp(-(((x - LINE_EV) / LINE_EV) ** 2) / 2);
    const weight = 1 / (gain * y);
    for (let a = 0; a < TERMS; a++) {
      right[a] += weight * terms[at + a] * y;
      for (let b = 0; b < TERMS; b++) normal[a * TERMS + b] += weight * terms[at + a] * terms[at + b];
    }
    measured[channels++] = y;
  }
  if (channels < FEWEST_CHANNELS) return;
  const covariance = inverse(Matrix.from1DArray(TERMS, TERMS, [...normal]));
  const solution = Array.from(right.keys(), (a) =>
    right.reduce((total, value, b) => total + covariance.get(a, b) * value, 0),
  );
  const residuals = measured.subarray(0, channels).map((y, n) => {
    let expected = 0;
    for (let a = 0; a < TERMS; a++) expected += terms[n * TERMS + a] * solution[a];
    return (y - expected) / Math.sqrt(gain * y);
  });
  const excess = Math.max(1, sharedVariance(residuals));
  return {
    jump: solution[3] / solution[0],
    significance: solution[3] / Math.sqrt(covariance.get(3, 3) * excess),
  };
}

/** Variance of residuals, with what neighbours share: what sums over many of them vary by. */
function sharedVariance(residuals: Float64Array): number {
  const product = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < residuals.length; i++) sum += residuals[i] * residuals[i - lag];
    return sum / Math.max(1, residuals.length - TERMS);
  };
  let total = product(0);
  for (let lag = 1; lag <= LAGS; lag++) {
    const shared = product(lag);
    if (shared <= 0) break;
    total += 2 * shared;
  }
  return total;
}
