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
/** A dispersion is only fitted where it becomes known to this share. */
const STRETCH_KNOWN = 0.012;

export const energyUnder = (filed: Filed, change: AxisChange, channel: number): number =>
  filed.offset + change.shift + filed.dispersion * (1 + change.stretch) * channel;

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
      if (!range || taken.has(sighting)) return [];
      const at = energyUnder(filed, change, sighting.channel);
      return at > range[0] - NEAR_EV && at < range[1] + NEAR_EV ? [{ edge, sighting, range }] : [];
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
  const ev = sighting.isLine ? (range[0] + range[1]) / 2 : edge.onsetEv;
  return { ev, sigma: (range[1] - range[0]) / 4 };
}

/** Weighted least squares of offset, and of dispersion where the edges tell it. */
export function fitAxis(used: readonly Match[], filed: Filed): AxisChange & ProposedAxis {
  let [w0, w1, w2, y0, y1] = [0, 0, 0, 0, 0];
  for (const match of used) {
    const { ev, sigma } = expectation(match);
    const weight = 1 / (sigma ** 2 + match.sighting.sigma ** 2);
    const x = match.sighting.channel * filed.dispersion;
    const y = ev - filed.offset - x;
    w0 += weight;
    w1 += weight * x;
    w2 += weight * x * x;
    y0 += weight * y;
    y1 += weight * x * y;
  }
  const determinant = w0 * w2 - w1 * w1;
  const isStretched = used.length > 1 && w0 / determinant < STRETCH_KNOWN ** 2 && determinant > 0;
  const stretch = isStretched ? (w0 * y1 - w1 * y0) / determinant : 0;
  const shift = (y0 - stretch * w1) / w0;
  const variance = (x: number) => (isStretched ? (w2 - 2 * w1 * x + w0 * x * x) / determinant : 1 / w0);
  const sigma = Math.sqrt(
    Math.max(...used.map(({ sighting }) => variance(sighting.channel * filed.dispersion))),
  );
  return {
    shift,
    stretch,
    offset: filed.offset + shift,
    dispersion: filed.dispersion * (1 + stretch),
    sigma,
  };
}
