import { type Edge, type EnergyWindow, secondLineEv } from '../../../protocol/index.ts';

/** Another edge that is, or may be, in the specimen. */
export interface Neighbour {
  name: string;
  onsetEv: number;
  /** Whether it is analysed too; otherwise it stands out in the sum spectrum. */
  asked: boolean;
}

/** An edge with the windows it is analysed in. */
export interface AdaptedEdge {
  edge: Edge;
  /** Reason why it cannot be analysed besides the others. */
  refused?: string;
  /** Reasons to treat its results with care. */
  warnings: string[];
}

/** Least width of an adapted window, eV: the background's slope, or a white line with its rise. */
const LEAST_FIT_EV = 10;
const LEAST_SIGNAL_EV = 12;
/** Chemical shifts and axis errors move onsets down by up to this much, eV (O-K 532 begins at 528.5). */
const BEFORE_ONSET_EV = 4;
/** Near-edge structure reaches this far, eV: after the onset of the last white line, or after the rise of an edge without. */
const AFTER_LINES_EV = 15;
const AFTER_RISE_EV = 28;
/** Where there is not room for that: only the lines, or the main peak, are kept out. */
const AFTER_LINES_AT_LEAST_EV = 5;
const AFTER_RISE_AT_LEAST_EV = 16;

/**
 * Where less than this share of the fit window's width is left, the background is extrapolated less far: the window
 * moves closer to the onset, by this share of the distance, and the signal window is no wider than it, nor than the
 * least.
 */
const MUCH_SHORTER = 2 / 3;
const CLOSER = 1 / 4;
const LEAST_SHORT_SIGNAL_EV = 25;

const ev = ([from, end]: EnergyWindow) => `${from}–${end} eV`;

/** Energy in eV at which an edge's near-edge structure ends. */
export function structureEnd({ name, onsetEv }: Pick<Edge, 'name' | 'onsetEv'>): number {
  const second = secondLineEv(name);
  return onsetEv + (second === undefined ? AFTER_RISE_EV : second + AFTER_LINES_EV);
}

function leastStructureEnd({ name, onsetEv }: Pick<Edge, 'name' | 'onsetEv'>): number {
  const second = secondLineEv(name);
  return onsetEv + (second === undefined ? AFTER_RISE_AT_LEAST_EV : second + AFTER_LINES_AT_LEAST_EV);
}

/** Whether another edge's near-edge structure lies in the fit window. */
const bends = (other: Neighbour, { fitWindow: [from, end] }: Edge): boolean =>
  other.onsetEv < end && structureEnd(other) > from;

/**
 * Windows of an edge with other edges nearby. Near-edge structure of another edge inside the fit window bends the
 * background, so the window begins after it; the signal window ends before the next edge begins. Windows given by the
 * user stay as they are and are warned about. An edge is refused when an analysed one leaves too little to fit a
 * background in; one that only stands out in the sum spectrum is warned about then.
 */
export function adaptWindows(edge: Edge, neighbours: readonly Neighbour[]): AdaptedEdge {
  const others = neighbours.filter(({ name }) => name !== edge.name);
  if (edge.windowsGiven) return { edge, warnings: [...held(edge, others), ...reached(edge, others)] };
  const fit = adaptedFit(edge, others);
  if (fit.refused !== undefined) return { edge, refused: fit.refused, warnings: [] };
  const balanced = isMuchShorter(fit.window, edge.fitWindow)
    ? balance(edge, fit.window)
    : { ...edge, fitWindow: fit.window };
  const adapted = { ...balanced, signalWindow: adaptedSignal(balanced, others) };
  const clear = others.filter((other) => !bends(other, edge));
  return {
    edge: adapted,
    warnings: [...held(adapted, [...fit.unavoided, ...clear]), ...reached(adapted, others)],
  };
}

const widthOf = ([from, end]: EnergyWindow) => end - from;
const isMuchShorter = (window: EnergyWindow, nominal: EnergyWindow) =>
  widthOf(window) < MUCH_SHORTER * widthOf(nominal);

/** Adjusts an edge whose fit window became much shorter, so that the background is not extrapolated far. */
function balance(edge: Edge, [from, end]: EnergyWindow): Edge {
  const { onsetEv, signalWindow } = edge;
  const closer = Math.max(end, Math.round(end + CLOSER * (onsetEv - end)));
  const begin = Math.max(closer, Math.min(signalWindow[0], Math.floor(onsetEv - BEFORE_ONSET_EV)));
  const width = Math.min(widthOf(signalWindow), Math.max(LEAST_SHORT_SIGNAL_EV, closer - from));
  return { ...edge, fitWindow: [from, closer], signalWindow: [begin, begin + width] };
}

interface AdaptedFit {
  window: EnergyWindow;
  /** Edges that lie in the window all the same. */
  unavoided: readonly Neighbour[];
  refused?: string;
}

function adaptedFit(edge: Edge, others: readonly Neighbour[]): AdaptedFit {
  const inside = others.filter((other) => bends(other, edge));
  const whole = after(edge, inside);
  if (whole) return { window: whole, unavoided: [] };
  const [asked, seen] = [inside.filter((other) => other.asked), inside.filter((other) => !other.asked)];
  const window = after(edge, asked);
  if (window) return { window, unavoided: seen };
  const last = asked.reduce((a, b) => (leastStructureEnd(b) > leastStructureEnd(a) ? b : a));
  const room = Math.max(0, latestEnd(edge) - leastStructureEnd(last));
  return {
    window: edge.fitWindow,
    unavoided: inside,
    refused:
      `expected ${LEAST_FIT_EV} eV or more for the background between the edge of ${last.name} at ${last.onsetEv} eV, ` +
      `whose lines reach to ${leastStructureEnd(last)} eV, and ${latestEnd(edge)} eV, found ${room} eV`,
  };
}

/** A fit window may come this close to the onset where there is little room, eV. */
const latestEnd = ({ onsetEv, fitWindow }: Edge): number => Math.round((fitWindow[1] + onsetEv) / 2);

/** Rest of the fit window after some edges; undefined where it is too short. */
function after(edge: Edge, edges: readonly Neighbour[]): EnergyWindow | undefined {
  const [from, end] = edge.fitWindow;
  const begin = Math.ceil(Math.max(from, ...edges.map(structureEnd)));
  if (end - begin >= Math.min(LEAST_FIT_EV, end - from)) return [begin, end];
  const [earliest, latest] = [Math.ceil(Math.max(from, ...edges.map(leastStructureEnd))), latestEnd(edge)];
  return latest - earliest >= LEAST_FIT_EV
    ? [Math.min(begin, Math.max(earliest, latest - LEAST_FIT_EV)), latest]
    : undefined;
}

function adaptedSignal(
  { onsetEv, signalWindow: [from, end] }: Edge,
  others: readonly Neighbour[],
): EnergyWindow {
  const begins = others.map((other) => other.onsetEv - BEFORE_ONSET_EV);
  const room = begins.filter((begin) => begin > onsetEv && begin < end && begin - from >= LEAST_SIGNAL_EV);
  return [from, Math.floor(Math.min(end, ...room))];
}

const why = ({ asked }: Neighbour) => (asked ? '' : ', which stands out in the sum spectrum');

/** Edges whose onsets lie in the fit window as it is used, or between it and the onset. */
function held({ fitWindow, signalWindow, onsetEv }: Edge, others: readonly Neighbour[]): string[] {
  return others.flatMap((other) => {
    const { name, onsetEv: at } = other;
    if (at >= fitWindow[0] && at < fitWindow[1])
      return [`the fit window ${ev(fitWindow)} holds the edge of ${name} at ${at} eV${why(other)}`];
    if (at >= fitWindow[1] && at < Math.max(onsetEv, signalWindow[0]))
      return [
        `the edge of ${name} at ${at} eV${why(other)} begins between the fit window ${ev(fitWindow)} and the onset: its counts are among the net counts`,
      ];
    return [];
  });
}

/** Edges that add to the signal. */
function reached({ signalWindow, onsetEv }: Edge, others: readonly Neighbour[]): string[] {
  return others
    .filter(({ onsetEv: at }) => at > onsetEv && at >= signalWindow[0] && at < signalWindow[1])
    .map(
      (other) =>
        `the signal window ${ev(signalWindow)} reaches over the edge of ${other.name} at ${other.onsetEv} eV${why(other)}`,
    );
}
