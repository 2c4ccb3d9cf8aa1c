/** Lines and ticks of the settled curve, CSS pixels from the top left of the figure. */
export interface SettledFigure {
  /** Points of the line, `x,y x,y …`. */
  line: string;
  points: { x: number; y: number; dwells: number; changes: number }[];
  /** Further dwells per pixel. */
  ticksX: { x: number; value: number }[];
  /** Share of the labels, 0–1. */
  ticksY: { y: number; value: number }[];
}

export interface FigureFrame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Room that a label of the x axis needs, CSS pixels. */
const LABEL_ROOM = 28;

/** The curve of further dwells against the share of labels that change; undefined where it has no extent. */
export function settledFigure(
  curve: readonly { dwells: number; changes: number }[],
  frame: FigureFrame,
): SettledFigure | undefined {
  const sorted = [...curve].sort((a, b) => a.dwells - b.dwells);
  const most = sorted.at(-1)?.dwells ?? 0;
  if (!(most > 0)) return undefined;
  const step = roundStep(Math.max(...sorted.map(({ changes }) => changes), 1e-4) / 2);
  const top = step * Math.ceil(Math.max(...sorted.map(({ changes }) => changes), 1e-4) / step - 1e-9);
  const x = (dwells: number) => frame.left + (dwells / most) * (frame.width - frame.left - frame.right);
  const y = (changes: number) =>
    frame.height - frame.bottom - (changes / top) * (frame.height - frame.top - frame.bottom);
  // Without further dose no label changes.
  const whole = sorted[0].dwells > 0 ? [{ dwells: 0, changes: 0 }, ...sorted] : sorted;
  const points = whole.map((point) => ({ ...point, x: x(point.dwells), y: y(point.changes) }));
  const ticksY: SettledFigure['ticksY'] = [];
  for (let value = 0; value <= top * 1.0001; value += step) ticksY.push({ value, y: y(value) });
  const ticksX: SettledFigure['ticksX'] = [];
  // From the end: the longest further pass is always named.
  for (const point of [...points].reverse())
    if (ticksX.length === 0 || ticksX[0].x - point.x >= LABEL_ROOM)
      ticksX.unshift({ x: point.x, value: point.dwells });
  return {
    line: points.map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(' '),
    points,
    ticksX,
    ticksY,
  };
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
