import type { ProposedAxis } from '../../protocol/index.ts';
import { type AxisChange, type Candidate, rangeFor, type Sighting } from './axis-match.ts';

/** A feature with the edge it is taken for. */
export interface Match {
  edge: Candidate;
  sighting: Sighting;
  range: [number, number];
}

type Filed = { offset: number; dispersion: number };

/** Features as close to a range count as in it, eV. */
const NEAR_EV = 1.2;
/** Dispersions as filed are wrong by such shares (standard deviation). */
const STRETCH_SIGMA = 0.03;

export const energyUnder = (filed: Filed, change: AxisChange, channel: number): number =>
  filed.offset + change.shift + filed.dispersion * (1 + change.stretch) * channel;

/** Whether a feature lies where that of an edge may. */
export function isWithin(edge: Candidate, sighting: Sighting, filed: Filed, change: AxisChange): boolean {
  const range = rangeFor(edge, sighting.isLine);
  if (!range) return false;
  const at = energyUnder(filed, change, sighting.channel);
  return at > range[0] - NEAR_EV && at < range[1] + NEAR_EV;
}

/** The strongest feature within the range of each edge under an axis; each feature once, asked edges first. */
export function matches(
  found: readonly Sighting[],
  candidates: readonly Candidate[],
  filed: Filed,
  change: AxisChange,
): Match[] {
  const taken = new Set<Sighting>();
  const all: Match[] = [];
  for (const edge of [...candidates].sort((a, b) => Number(b.asked) - Number(a.asked))) {
    const inRange = found.flatMap((sighting) => {
      const range = rangeFor(edge, sighting.isLine);
      const isFree = range && !taken.has(sighting) && isWithin(edge, sighting, filed, change);
      return isFree ? [{ edge, sighting, range }] : [];
    });
    const best = inRange.sort((a, b) => b.sighting.snr - a.sighting.snr)[0];
    if (!best) continue;
    taken.add(best.sighting);
    all.push(best);
  }
  return all;
}

/** Where a feature is expected, and how far chemistry may move it (standard deviation), eV. */
function expectation({ edge, sighting, range }: Match): { ev: number; sigma: number } {
  const ev = sighting.isLine && edge.line ? edge.line.usual : edge.onsetEv;
  return { ev, sigma: (range[1] - range[0]) / 4 };
}

/** Weighted least squares of offset and dispersion, the second drawn to the one as filed. */
export function fitAxis(used: readonly Match[], filed: Filed): AxisChange & ProposedAxis {
  const isStretched = used.length > 1;
  let [w0, w1, w2, y0, y1] = [0, 0, isStretched ? 1 / STRETCH_SIGMA ** 2 : 1, 0, 0];
  for (const match of used) {
    const { ev, sigma } = expectation(match);
    const weight = 1 / (sigma ** 2 + match.sighting.sigma ** 2);
    const x = isStretched ? match.sighting.channel * filed.dispersion : 0;
    const y = ev - filed.offset - match.sighting.channel * filed.dispersion;
    w0 += weight;
    w1 += weight * x;
    w2 += weight * x * x;
    y0 += weight * y;
    y1 += weight * x * y;
  }
  const determinant = w0 * w2 - w1 * w1;
  const stretch = (w0 * y1 - w1 * y0) / determinant;
  const shift = (y0 - stretch * w1) / w0;
  const variance = (channel: number) => {
    const x = isStretched ? channel * filed.dispersion : 0;
    return (w2 - 2 * w1 * x + w0 * x * x) / determinant;
  };
  return {
    shift,
    stretch,
    offset: filed.offset + shift,
    dispersion: filed.dispersion * (1 + stretch),
    sigma: Math.sqrt(Math.max(...used.map(({ sighting }) => variance(sighting.channel)))),
  };
}
