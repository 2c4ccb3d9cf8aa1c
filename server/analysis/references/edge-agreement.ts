import type { ClassMatch } from './reference-match.ts';

/** One edge with its classes' names; maps are row-major over the scan. */
export interface NamedEdge {
  name: string;
  labels: Int16Array;
  intensity: Float32Array;
  matches: readonly ClassMatch[];
  /** Phases that have a reference at this edge. */
  phases: ReadonlySet<string>;
}

/** An element below this share, of the net signal elsewhere and of the pixels, is not there. */
const NOT_THERE = 0.05;
/** A phase's own class is avoided where it is found less often than this share of its rate elsewhere. */
const AVOIDED = 0.5;

/**
 * Withdraws names that another edge contradicts: the verdict becomes `ambiguous`. For every phase in the name and every
 * other edge that has a reference of it, two things contradict, seen over the pixels of the class:
 * - the other edge is missing: its mean net signal is below 5 % of the mean over all pixels that show it, and fewer
 *   than 5 % of the pixels show it;
 * - the other edge has the phase elsewhere: it has classes of that name, and they are found in these pixels less than
 *   half as often as in the rest. An edge with classes of other names alone proves nothing: phases overlap in
 *   projection.
 */
export function withoutContradictions(edges: readonly NamedEdge[]): ClassMatch[] {
  return edges.flatMap((edge) =>
    edge.matches.map((match) => {
      if (!isLike(match)) return match;
      for (const phase of phasesOf(match))
        for (const other of edges) {
          if (other === edge || !other.phases.has(phase)) continue;
          const note = contradiction(edge, match.label, phase, other);
          if (note) return { ...match, verdict: 'ambiguous', note };
        }
      return match;
    }),
  );
}

/** The only reference names nothing; what is not even like it is contradicted all the same. */
const isLike = ({ verdict }: ClassMatch): boolean => verdict === 'match' || verdict === 'only reference';

const phasesOf = ({ best }: ClassMatch): string[] => best.phase.split(' + ');

function contradiction(
  { labels }: NamedEdge,
  label: number,
  phase: string,
  other: NamedEdge,
): string | undefined {
  const own = new Set(
    other.matches
      .filter((match) => isLike(match) && phasesOf(match).includes(phase))
      .map((match) => match.label),
  );
  const inside = { pixels: 0, signal: 0, shown: 0, named: 0 };
  const outside = { pixels: 0, named: 0 };
  const present = { pixels: 0, signal: 0 };
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const seen = other.labels[pixel];
    if (seen >= 0) {
      present.pixels++;
      present.signal += other.intensity[pixel];
    }
    if (labels[pixel] === label && Number.isFinite(other.intensity[pixel])) {
      inside.pixels++;
      inside.signal += other.intensity[pixel];
      if (seen >= 0) inside.shown++;
      if (own.has(seen)) inside.named++;
    } else if (seen >= -1) {
      outside.pixels++;
      if (own.has(seen)) outside.named++;
    }
  }
  if (inside.pixels === 0) return undefined;
  const usual = present.pixels === 0 ? 0 : present.signal / present.pixels;
  const little = inside.signal / inside.pixels <= NOT_THERE * usual;
  if (little && inside.shown < NOT_THERE * inside.pixels) return `${phase} without ${other.name}`;
  const rate = inside.named / inside.pixels;
  if (own.size > 0 && outside.pixels > 0 && rate < (AVOIDED * outside.named) / outside.pixels)
    return `${other.name} finds ${phase} elsewhere`;
  return undefined;
}
