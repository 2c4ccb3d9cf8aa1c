import {
  type Edge,
  type EnergyAxis,
  type EnergyWindow,
  energyOf,
  KNOWN_EDGES,
  parseEdge,
} from '../../../protocol/index.ts';

/** Extrapolating a background beyond this many times the energy it was fitted at is unreliable. */
const FARTHEST = 2;
/** Share of a window that may lie outside the axis without a warning. */
const CLIPPED_SHARE = 0.05;

const ev = ([from, end]: EnergyWindow) => `${from}–${end} eV`;
const holds = ([from, end]: EnergyWindow, onset: number) => onset >= from && onset < end;

/** Reasons to treat the results of an edge with care, from its windows and the axis alone. */
export function windowFaults(edge: Edge, axis: EnergyAxis, channels: number): string[] {
  const { fitWindow, signalWindow } = edge;
  const faults: string[] = [];
  if (signalWindow[1] > FARTHEST * fitWindow[0])
    faults.push(
      `the background is extrapolated too far: from ${ev(fitWindow)} to ${signalWindow[1]} eV, more than ${FARTHEST} times the energy`,
    );
  if (holds(fitWindow, edge.onsetEv))
    faults.push(
      `the fit window ${ev(fitWindow)} holds the onset at ${edge.onsetEv} eV: some of the edge is taken for background`,
    );
  const [first, end] = [energyOf(axis, 0), energyOf(axis, channels)];
  for (const [name, window] of [
    ['fit', fitWindow],
    ['signal', signalWindow],
  ] as const) {
    const beside = Math.max(0, first - window[0]) + Math.max(0, window[1] - end);
    if (beside > CLIPPED_SHARE * (window[1] - window[0]))
      faults.push(
        `the ${name} window ${ev(window)} leaves the energy axis, which covers ${first.toFixed(1)}–${end.toFixed(1)} eV: ${beside.toFixed(1)} eV of it are missing`,
      );
  }
  return faults;
}

/** Edges of the table that were not requested, in an edge's windows: they matter if the specimen has the element. */
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
