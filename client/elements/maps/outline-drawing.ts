import { areaOf, type Outline } from '../../geometry/outlines.ts';
import { rowHeight } from '../../geometry/scan-box.ts';
import type { Placement } from '../../geometry/viewport.ts';
import type { PairOutline } from '../../model/maps/pair-outlines.ts';

/** Pale, unlike class colours, and drawn with a dark halo: visible on every map. */
const COLOURS = ['#ffffff', '#ffe08a', '#9fe8ff'];
/** Corners are rounded when a pixel of the scan is this wide, CSS pixels. */
const ROUND_FROM = 3;
const HALO = 'rgba(8, 11, 15, 0.85)';

export interface OutlineStage {
  placement: Placement;
  shape: readonly [number, number];
  /** Canvas pixels per CSS pixel. */
  ratio: number;
}

/** Draws outlines of pairs with their names, the strongest on top. */
export function drawOutlines(
  context: CanvasRenderingContext2D,
  stage: OutlineStage,
  outlines: readonly PairOutline[],
): void {
  const { ratio } = stage;
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const taken: { x: number; y: number }[] = [];
  context.lineJoin = 'round';
  for (let i = outlines.length - 1; i >= 0; i--)
    for (const [colour, width] of [
      [HALO, 3.6],
      [COLOURS[i % COLOURS.length], 1.6],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.beginPath();
      for (const line of outlines[i].lines) trace(context, stage, line);
      context.stroke();
    }
  outlines.forEach((outline, i) => {
    drawName(context, stage, outline, COLOURS[i % COLOURS.length], taken);
  });
}

/** A curve through the middles of the line's pieces, its corners as control points. */
function trace(
  context: CanvasRenderingContext2D,
  { placement, shape, ratio }: OutlineStage,
  line: Outline,
): void {
  const high = rowHeight(shape);
  const x = (i: number) => placement.left + line[i % line.length] * placement.scale;
  const y = (i: number) => placement.top + line[(i + 1) % line.length] * high * placement.scale;
  context.moveTo((x(0) + x(2)) / 2, (y(0) + y(2)) / 2);
  // For small pixels straight lines look the same and are drawn faster.
  if (placement.scale < ROUND_FROM * ratio) {
    for (let i = 2; i <= line.length; i += 2) context.lineTo((x(i) + x(i + 2)) / 2, (y(i) + y(i + 2)) / 2);
    return;
  }
  for (let i = 2; i <= line.length; i += 2)
    context.quadraticCurveTo(x(i), y(i), (x(i) + x(i + 2)) / 2, (y(i) + y(i + 2)) / 2);
}

/** Writes the name above the largest outline, where it covers no other name. */
function drawName(
  context: CanvasRenderingContext2D,
  { placement, shape, ratio }: OutlineStage,
  { name, lines }: PairOutline,
  colour: string,
  taken: { x: number; y: number }[],
): void {
  const { canvas } = context;
  const largest = [...lines].sort((p, q) => Math.abs(areaOf(q)) - Math.abs(areaOf(p)))[0];
  let top = 0;
  for (let i = 2; i < largest.length; i += 2) if (largest[i + 1] < largest[top + 1]) top = i;
  context.font = `600 ${11.5 * ratio}px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif`;
  const half = context.measureText(name).width / 2 + 5 * ratio;
  const high = 17 * ratio;
  const wanted = placement.left + largest[top] * placement.scale;
  const x = Math.min(Math.max(wanted, half), canvas.width - half);
  let y = placement.top + largest[top + 1] * rowHeight(shape) * placement.scale - 0.7 * high;
  y = Math.min(Math.max(y, high), canvas.height - high);
  while (taken.some((other) => Math.abs(other.x - x) < 2 * half && Math.abs(other.y - y) < high)) y += high;
  taken.push({ x, y });
  context.fillStyle = HALO;
  context.beginPath();
  context.roundRect(x - half, y - high / 2, 2 * half, high, 3 * ratio);
  context.fill();
  context.fillStyle = colour;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(name, x, y + 0.5 * ratio);
}
