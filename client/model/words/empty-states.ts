import {
  type EdgeState,
  type Hello,
  hasEnded,
  type Layer,
  mapKind,
  type Progress,
} from '../../../protocol/index.ts';
import { grouped, plural } from './format.ts';

/** Spectra analysed for an edge. */
export const analysed = (state: EdgeState): number => state.present + state.absent;

/** Why an edge has no classes yet, or at the end of the scan none; undefined once it has. */
export function edgeWaiting(
  state: EdgeState | undefined,
  progress: Progress | undefined,
): string | undefined {
  const ended = isOver(progress);
  if (state === undefined) {
    if (ended) return 'not analysed';
    return progress === undefined ? 'waiting for the first spectrum' : 'not analysed yet';
  }
  if (state.status === 'unavailable') return `edge unavailable${state.note ? `: ${state.note}` : ''}`;
  if (state.revision > 0) return undefined;
  if (ended) return `no model: ${plural(state.present, 'spectrum', 'spectra')} with the edge`;
  if (state.status === 'fitting') return 'fitting the first model';
  if (analysed(state) === 0) return 'waiting for the first spectrum';
  if (state.nextRefitAt === undefined) return 'collecting spectra for the first model';
  const seen = grouped(Math.min(state.present, state.nextRefitAt));
  return `collecting: ${seen} of ${plural(state.nextRefitAt, 'spectrum', 'spectra')} with the edge before the first model`;
}

/** Why a map is empty; undefined when it is not. */
export function mapWaiting(
  layer: Layer,
  measured: number,
  edges: ReadonlyMap<string, EdgeState>,
  progress: Progress | undefined,
): string | undefined {
  if (measured > 0) return undefined;
  const names = layer.pair ?? (layer.edge === undefined ? [] : [layer.edge]);
  const needsModel = mapKind(layer.kind).needsModel === true;
  // Edges that cannot be analysed come before those that are not ready yet.
  const ordered = [...names].sort((a, b) => rank(edges.get(a)) - rank(edges.get(b)));
  for (const name of ordered) {
    const state = edges.get(name);
    if (!needsModel && state?.status !== 'unavailable') continue;
    const reason = edgeWaiting(state, progress);
    if (reason !== undefined) return names.length > 1 ? `${name}: ${reason}` : reason;
  }
  if (isOver(progress)) return 'no data';
  if (progress === undefined || progress.spectra === 0) return 'waiting for the first spectrum';
  return 'no data yet';
}

const isOver = (progress: Progress | undefined): boolean =>
  progress !== undefined && hasEnded(progress.status);

const rank = (state: EdgeState | undefined): number => (state?.status === 'unavailable' ? 0 : 1);

/**
 * Where a scan is waited for: the folder that is watched, or the address that producers push to.
 * @param page of this page, which the monitor serves
 */
export function waitingWords(hello: Hello | undefined, page: Pick<Location, 'protocol' | 'host'>): string {
  const { awaits, capabilities = [] } = hello ?? {};
  if (capabilities.includes('ingest')) {
    const scheme = page.protocol === 'https:' ? 'wss' : 'ws';
    return `waiting for a scan: producers push spectra to ${scheme}://${page.host}/ingest`;
  }
  return awaits === undefined ? 'waiting for a scan' : `waiting for a scan in ${awaits}`;
}
