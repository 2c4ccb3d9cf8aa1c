import { type Edge, KNOWN_EDGES, parseEdge } from '../../protocol/index.ts';

/** A background followed to more than this many times the energy it was fitted from is a guess. */
const FARTHEST = 2;

export interface WindowFaults {
  /** Why the edge cannot be analysed beside the others. */
  refused?: string;
  /** What its figures are to be taken with care for. */
  warnings: string[];
}

const ev = ([from, end]: [number, number]) => `${from}–${end} eV`;
const holds = ([from, end]: [number, number], onset: number) => onset >= from && onset < end;

/**
 * Holds the windows of an edge against the other edges that are analysed. An onset inside the fit window makes the
 * background of that other edge's signal: such an edge is refused. One inside the signal window adds to the signal.
 */
export function windowFaults(edge: Edge, analysed: readonly Edge[]): WindowFaults {
  const others = analysed.filter(({ name }) => name !== edge.name);
  const { fitWindow, signalWindow } = edge;
  const faults: WindowFaults = { warnings: [] };
  const fitted = others.find(({ onsetEv }) => holds(fitWindow, onsetEv));
  if (fitted)
    faults.refused = `expected no other edge in ${ev(fitWindow)}, found that of ${fitted.name} at ${fitted.onsetEv} eV`;
  for (const { name, onsetEv } of others)
    if (onsetEv > edge.onsetEv && holds(signalWindow, onsetEv))
      faults.warnings.push(
        `the signal window ${ev(signalWindow)} reaches over the edge of ${name} at ${onsetEv} eV`,
      );
  if (signalWindow[1] > FARTHEST * fitWindow[0])
    faults.warnings.push(
      `the background is extrapolated too far: from ${ev(fitWindow)} to ${signalWindow[1]} eV, more than ${FARTHEST} times the energy`,
    );
  return faults;
}

/** Edges of the table that nobody asked for, in an edge's windows: they matter if the specimen has the element. */
export function windowCautions(edge: Edge, analysed: readonly Edge[]): string[] {
  const known = KNOWN_EDGES.filter((name) => analysed.every((other) => other.name !== name)).map(parseEdge);
  return known.flatMap(({ name, onsetEv }) => {
    if (holds(edge.fitWindow, onsetEv))
      return [`the fit window ${ev(edge.fitWindow)} holds the edge of ${name} at ${onsetEv} eV`];
    if (onsetEv > edge.onsetEv && holds(edge.signalWindow, onsetEv))
      return [`the signal window ${ev(edge.signalWindow)} reaches over the edge of ${name} at ${onsetEv} eV`];
    return [];
  });
}
