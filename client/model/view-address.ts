import { effect } from '@preact/signals-core';
import { rowAndColumn } from '../geometry/scan-box.ts';
import type { Viewport } from '../geometry/viewport.ts';
import type { Dashboard } from './dashboard.ts';

/** Interval at which the address is updated, ms: browsers refuse more than a few changes a second. */
const PACE_MS = 300;

/** The part of the view that a link restores. */
export interface LinkedView {
  /** Name of the map in the large place. */
  map?: string;
  edge?: string;
  /** Row and column of the pinned pixel. */
  pin?: readonly [number, number];
  viewport?: Viewport;
}

/** `#map=Si-L+classes&edge=C-K&pin=12,30&zoom=64,60,2`; empty where all is as at the start. */
export function viewHash({ map, edge, pin, viewport }: LinkedView): string {
  const parts = new URLSearchParams();
  if (map !== undefined) parts.set('map', map);
  if (edge !== undefined) parts.set('edge', edge);
  if (pin !== undefined) parts.set('pin', pin.join());
  if (viewport !== undefined)
    parts.set(
      'zoom',
      [viewport.centreX, viewport.centreY, viewport.zoom].map((part) => Number(part.toFixed(2))).join(),
    );
  const text = parts.toString().replaceAll('%2C', ',');
  return text === '' ? '' : `#${text}`;
}

const numbers = (text: string | null, count: number): number[] | undefined => {
  const found = text?.split(',').map(Number);
  return found?.length === count && found.every(Number.isFinite) ? found : undefined;
};

/** The view in a hash; parts that cannot be read are left out. */
export function viewOfHash(hash: string): LinkedView {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const [map, edge] = [parts.get('map'), parts.get('edge')];
  const pin = numbers(parts.get('pin'), 2);
  const zoom = numbers(parts.get('zoom'), 3);
  return {
    ...(map !== null && { map }),
    ...(edge !== null && { edge }),
    ...(pin && { pin: [pin[0], pin[1]] as const }),
    ...(zoom && zoom[2] >= 1 && { viewport: { centreX: zoom[0], centreY: zoom[1], zoom: zoom[2] } }),
  };
}

/**
 * Restores the view from the page's address once the scan is there, and keeps the address up to date. Returns a function that
 * stops it.
 */
export function followViewAddress(dashboard: Dashboard, window: Window): () => void {
  let wanted: LinkedView | undefined = viewOfHash(window.location.hash);
  let timer: number | undefined;
  const stop = effect(() => {
    const shape = dashboard.model.scan.value?.scan.shape;
    const shown = viewOf(dashboard);
    if (shape === undefined) return;
    if (wanted !== undefined) {
      const asked = wanted;
      wanted = undefined;
      apply(dashboard, asked, shape);
      return;
    }
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const { pathname, search, hash } = window.location;
      const next = viewHash(shown);
      if (next !== hash) window.history.replaceState(undefined, '', `${pathname}${search}${next}`);
    }, PACE_MS);
  });
  return () => {
    stop();
    window.clearTimeout(timer);
  };
}

function viewOf({ model, selection, view }: Dashboard): LinkedView {
  const hero = view.heroLayer.value === undefined ? undefined : model.planes.value.get(view.heroLayer.value);
  const shape = model.scan.value?.scan.shape;
  const [edge, pixel, viewport] = [view.edge.value, selection.pinnedPixel.value, view.viewport.value];
  return {
    ...(hero && { map: hero.layer.name }),
    ...(edge !== undefined && { edge }),
    ...(pixel !== undefined && shape && { pin: rowAndColumn(pixel, shape) }),
    ...(viewport && { viewport }),
  };
}

function apply(
  { model, selection, view }: Dashboard,
  { map, edge, pin, viewport }: LinkedView,
  [rows, columns]: readonly [number, number],
): void {
  const layer = [...model.planes.peek().values()].find((plane) => plane.layer.name === map)?.layer;
  if (layer) view.heroLayer.value = layer.id;
  if (edge !== undefined) view.edge.value = edge;
  if (pin && pin[0] >= 0 && pin[1] >= 0 && pin[0] < rows && pin[1] < columns)
    selection.pinnedPixel.value = Math.floor(pin[0]) * columns + Math.floor(pin[1]);
  if (viewport) view.viewport.value = viewport;
}
