import type { InferOutput } from 'valibot';
import { InputError } from './errors.ts';
import type * as scan from './live/scan.ts';

export type Edge = InferOutput<typeof scan.edge>;
/** [from, to) in eV. */
export type EnergyWindow = Edge['fitWindow'];

/**
 * Onsets in eV of edges used in practice (Egerton, Electron Energy-Loss Spectroscopy in the Electron
 * Microscope, 3rd ed., Appendix D). L and M stand for L2,3 and M4,5.
 */
const ONSETS_EV: Record<string, number> = {
  'Li-K': 55,
  'Mg-L': 51,
  'Al-L': 73,
  'Si-L': 99,
  'P-L': 132,
  'S-L': 165,
  'B-K': 188,
  'Cl-L': 200,
  'C-K': 284,
  'K-L': 294,
  'Ca-L': 346,
  'N-K': 401,
  'Ti-L': 456,
  'V-L': 513,
  'O-K': 532,
  'Cr-L': 575,
  'Mn-L': 640,
  'F-K': 685,
  'Fe-L': 708,
  'Co-L': 779,
  'Ba-M': 781,
  'La-M': 832,
  'Ni-L': 855,
  'Ce-M': 883,
  'Cu-L': 931,
  'Zn-L': 1020,
  'Na-K': 1072,
  'Ga-L': 1115,
  'Ge-L': 1217,
  'Mg-K': 1305,
  'Al-K': 1560,
  'Si-K': 1839,
  'Sr-L': 1940,
};

export const KNOWN_EDGES = Object.keys(ONSETS_EV);

/**
 * Distance in eV of the second line (L2, M4) from the first (L3, M5), where it is more than an edge's rise
 * (Thompson et al., X-ray Data Booklet, table 1-1).
 */
const SECOND_LINE_EV: Record<string, number> = {
  'K-L': 3,
  'Ca-L': 4,
  'Ti-L': 6,
  'V-L': 8,
  'Cr-L': 9,
  'Mn-L': 11,
  'Fe-L': 13,
  'Co-L': 15,
  'Ba-M': 15,
  'La-M': 17,
  'Ni-L': 17,
  'Ce-M': 18,
  'Cu-L': 20,
  'Zn-L': 23,
  'Ga-L': 27,
  'Ge-L': 31,
  'Sr-L': 67,
};

/** eV from the first to the second line of an edge of the table; undefined where there is one rise alone. */
export const secondLineEv = (name: string): number | undefined => SECOND_LINE_EV[name];

/**
 * A longer window means less noise, a shorter one less misfit: below 500 eV plasmon multiples and the fine structure of
 * earlier edges bend the background away from a power law.
 */
const automaticFitWindow = (onset: number): EnergyWindow => {
  const width = Math.min(Math.max(0.12 * onset, 16), 60);
  const gap = Math.max(2, 0.015 * onset);
  return [Math.round(onset - gap - width), Math.round(onset - gap)];
};

/** The signal window starts a little before the onset, so that chemical shifts stay inside. */
const automaticSignalWindow = (onset: number): EnergyWindow => {
  const width = Math.min(Math.max(0.12 * onset, 25), 60);
  return [Math.round(onset - 1), Math.round(onset - 1 + width)];
};

/** The edge of the built-in table, or one of the user's own with automatic windows. */
export function edgeAt(name: string, onsetEv: number): Edge {
  return {
    name,
    onsetEv,
    fitWindow: automaticFitWindow(onsetEv),
    signalWindow: automaticSignalWindow(onsetEv),
  };
}

/** Names of edges are names of folders, too: no path may hide in them. */
export const EDGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._,-]*$/;
const RANGE = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/;

/** A name of the table whatever its case, any other as it is. */
const asInTable = (name: string): string =>
  KNOWN_EDGES.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;

function parseWindow(text: string, place: string, field: string): EnergyWindow {
  const match = RANGE.exec(text);
  const window = match && ([Number(match[1]), Number(match[2])] as EnergyWindow);
  if (!window || window[0] >= window[1])
    throw new InputError(place, field, `expected from-to in eV with from < to, found "${text}"`);
  return window;
}

/**
 * Parses one edge of `--edges`: `Si-L` (in any case), `Name:onset` or `Name:onset:fit0-fit1:signal0-signal1`, energies in eV.
 * @throws InputError for an unknown name, a malformed window, windows in the wrong order, or an onset that lies outside both
 */
export function parseEdge(text: string): Edge {
  const [written, onsetText, fitText, signalText, ...rest] = text.trim().split(':');
  const name = asInTable(written);
  const place = `edge "${text}"`;
  if (!EDGE_NAME.test(name)) throw new InputError(place, 'name', 'expected letters, digits, dots and dashes');
  if (rest.length > 0) throw new InputError(place, 'form', 'expected Name:onset:fit0-fit1:signal0-signal1');
  if (onsetText === undefined) {
    const onset = ONSETS_EV[name];
    if (onset === undefined)
      throw new InputError(
        place,
        'name',
        `not in the built-in table (${KNOWN_EDGES.join(', ')}); give Name:onset`,
      );
    return edgeAt(name, onset);
  }
  const onset = Number(onsetText);
  if (!(onset > 0 && Number.isFinite(onset)))
    throw new InputError(place, 'onset', `expected an energy loss in eV, found "${onsetText}"`);
  const edge = edgeAt(name, onset);
  if (fitText === undefined) return edge;
  if (signalText === undefined)
    throw new InputError(place, 'signal window', 'expected fit0-fit1:signal0-signal1');
  edge.fitWindow = parseWindow(fitText, place, 'fit window');
  edge.signalWindow = parseWindow(signalText, place, 'signal window');
  edge.windowsGiven = true;
  if (edge.fitWindow[1] > edge.signalWindow[0])
    throw new InputError(place, 'windows', 'expected the fit window to end before the signal window begins');
  if (onset < edge.fitWindow[0] || onset >= edge.signalWindow[1])
    throw new InputError(
      place,
      'onset',
      `expected within its own windows, ${edge.fitWindow[0]}–${edge.signalWindow[1]} eV, found ${onset} eV`,
    );
  return edge;
}

/** Parses the whole of `--edges`: comma-separated, names unique. */
export function parseEdges(text: string): Edge[] {
  const edges = text.split(',').filter(Boolean).map(parseEdge);
  if (edges.length === 0)
    throw new InputError('--edges', 'list', 'expected at least one edge, e.g. Si-L,C-K,O-K');
  const names = new Set(edges.map((edge) => edge.name));
  if (names.size < edges.length) throw new InputError('--edges', 'list', 'expected each name once');
  return edges;
}
