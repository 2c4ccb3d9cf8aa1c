/** Shapes of edges as functions of the energy above the onset, and their extent. */
export interface Shape {
  reachEv: number;
  at: (ev: number) => number;
}

export type ShapeName =
  | 'step'
  | 'slow step'
  | 'maximum'
  | 'white line'
  | 'broad line'
  | 'line on a step'
  | 'delayed';

/** A white line stands this far above the onset it is given, eV. */
export const LINE_EV = 1.5;

/** A delayed maximum takes this long to rise, eV. */
export const RISE_EV = 12;

const step = (ev: number, width = 0.6) => (1 / (1 + Math.exp(-ev / width))) * Math.exp(-Math.max(ev, 0) / 60);
const line = (ev: number, at: number, width: number) => Math.exp(-(((ev - at) / width) ** 2) / 2);

export const SHAPES: Record<ShapeName, Shape> = {
  step: { reachEv: 20, at: step },
  'slow step': { reachEv: 20, at: (ev) => step(ev, 2) },
  maximum: { reachEv: 12, at: (ev) => step(ev) + 1.5 * line(ev, 3, 1.5) },
  'white line': { reachEv: 4.5, at: (ev) => 0.3 * step(ev - LINE_EV) + line(ev, LINE_EV, 1) },
  'broad line': { reachEv: 5.5, at: (ev) => 0.3 * step(ev - LINE_EV) + line(ev, LINE_EV, 1.8) },
  'line on a step': { reachEv: 10, at: (ev) => 0.5 * step(ev - LINE_EV) + line(ev, LINE_EV, 1.5) },
  delayed: { reachEv: 20, at: (ev) => Math.min(Math.max(ev, 0) / RISE_EV, 1) },
};
export const LINES: readonly ShapeName[] = ['white line', 'broad line', 'line on a step'];
export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];
