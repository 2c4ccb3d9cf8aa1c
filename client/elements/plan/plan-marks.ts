import type { Rectangle } from '../../geometry/rectangles.ts';
import { rowHeight } from '../../geometry/scan-box.ts';
import type { Placement } from '../../geometry/viewport.ts';
import type { PlanControl } from '../../model/plan/plan-control.ts';
import type { ShownRegion } from '../../model/plan/plan-edits.ts';
import { regionStateMark } from '../../model/plan/plan-words.ts';
import type { Theme } from '../../styles/theme.ts';

export interface PlanMarks {
  shape: readonly [number, number];
  placement: Placement;
  /** Canvas pixels per CSS pixel. */
  ratio: number;
  theme: Theme;
  regions: readonly ShownRegion[];
  selected: number | undefined;
  hovered: number | undefined;
  /** Accepted: drawn without gaps. */
  accepted: boolean;
  /** In the large map lines and numbers are larger. */
  large: boolean;
  /** The selected region can be resized: it has handles. */
  handles: boolean;
  /** A region that is being drawn. */
  draft: Rectangle | undefined;
}

/** The marks of the plan on a map; tracked. */
export const shownMarks = (
  plan: PlanControl,
  large: boolean,
): Omit<PlanMarks, 'shape' | 'placement' | 'ratio' | 'theme'> => ({
  regions: plan.edits.regions.value,
  selected: plan.selected.value,
  hovered: plan.hovered.value,
  accepted: plan.plan.value?.status === 'accepted',
  large,
  handles: large && plan.canEdit.value,
  draft: plan.draft.value,
});

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A map needs this side for numbers, CSS pixels. */
const ROOM = 96;
/** Opacity of the outline of a region that was scanned. */
const SCANNED_ALPHA = 0.55;
/** Side of a handle, CSS pixels. */
const HANDLE = 7;

/**
 * Regions to scan again, with their numbers: dashed while they are proposed, closed once accepted, faint and ticked once scanned. Lines run around the
 * outermost pixels, numbers stand above, so that no pixel of a region is covered.
 */
export function drawPlanMarks(context: CanvasRenderingContext2D, marks: PlanMarks): void {
  const { regions, selected, hovered } = marks;
  // The region under the pointer is drawn on top.
  const rank = ({ number }: ShownRegion) => (number === selected ? 2 : number === hovered ? 1 : 0);
  const ordered = [...regions].sort((a, b) => rank(a) - rank(b));
  for (const region of ordered) {
    // Scanned regions are fainter than those to come.
    context.globalAlpha = region.proposed?.state === 'scanned' && rank(region) === 0 ? SCANNED_ALPHA : 1;
    drawOutline(context, marks, region, rank(region));
  }
  context.globalAlpha = 1;
  for (const region of ordered)
    drawNumber(context, marks, boxOf(marks, region), numberText(region), rank(region) > 0);
  const chosen = regions.find(({ number }) => number === selected);
  if (chosen !== undefined && marks.handles) drawHandles(context, marks, boxOf(marks, chosen));
  if (marks.draft !== undefined) drawOutline(context, marks, marks.draft, 2);
}

/** `3`; `3 ✓` once it was scanned, `3 · 45 %` while it is. */
function numberText({ number, proposed }: ShownRegion): string {
  const mark = proposed && regionStateMark(proposed);
  if (mark === undefined) return String(number);
  return mark === '✓' ? `${number}\u2009${mark}` : `${number} · ${mark}`;
}

/** The region's outer border on whole canvas pixels. */
function boxOf({ placement, shape }: PlanMarks, { y, x, height, width }: Rectangle): Box {
  const high = rowHeight(shape) * placement.scale;
  const left = Math.round(placement.left + x * placement.scale);
  const top = Math.round(placement.top + y * high);
  return {
    left,
    top,
    width: Math.round(placement.left + (x + width) * placement.scale) - left,
    height: Math.round(placement.top + (y + height) * high) - top,
  };
}

function drawOutline(
  context: CanvasRenderingContext2D,
  marks: PlanMarks,
  rectangle: Rectangle,
  rank: number,
): void {
  const { ratio, theme, large, accepted } = marks;
  const { left, top, width, height } = boxOf(marks, rectangle);
  const line = Math.max(1, Math.round((rank > 0 ? 2 : large ? 1.5 : 1) * ratio));
  const around = (by: number) => context.strokeRect(left - by, top - by, width + 2 * by, height + 2 * by);
  context.lineJoin = 'miter';
  // On the outside only, so that no pixel of the region is covered.
  const halo = Math.round((rank > 0 ? 2 : 1) * ratio);
  context.strokeStyle = theme.markerHalo;
  context.lineWidth = line + halo;
  around((line + halo) / 2);
  context.strokeStyle = theme.marker;
  context.lineWidth = line;
  if (!accepted && rank < 2) context.setLineDash([4 * ratio, 3 * ratio]);
  around(line / 2);
  context.setLineDash([]);
}

/** The region's number on a tag above its corner, or below it where there is no room. */
function drawNumber(
  context: CanvasRenderingContext2D,
  { ratio, theme, large, shape, placement }: PlanMarks,
  { left, top, height }: Box,
  text: string,
  lit: boolean,
): void {
  const { canvas } = context;
  // Numbers would cover a map of this size; only the region under the pointer gets one.
  if (!lit && Math.max(shape[0] * rowHeight(shape), shape[1]) * placement.scale < ROOM * ratio) return;
  const size = (large ? 11 : 9) * ratio;
  context.font = `600 ${size}px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif`;
  const width = Math.max(context.measureText(text).width + 6 * ratio, 1.2 * size);
  const high = 1.3 * size;
  const gap = 3 * ratio;
  const below = top - gap - high < 0;
  const x = Math.min(Math.max(0, left - gap / 2), canvas.width - width);
  const y = below ? Math.min(top + height + gap, canvas.height - high) : top - gap - high;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  // No tag in a small map.
  if (!large && !lit) {
    context.lineJoin = 'round';
    context.strokeStyle = theme.markerHalo;
    context.lineWidth = 2.5 * ratio;
    context.strokeText(text, x + width / 2, y + high / 2);
    context.fillStyle = theme.marker;
    context.fillText(text, x + width / 2, y + high / 2);
    return;
  }
  context.fillStyle = lit ? 'rgba(255, 255, 255, 0.95)' : 'rgba(10, 13, 17, 0.82)';
  context.beginPath();
  context.roundRect(x, y, width, high, 3 * ratio);
  context.fill();
  context.fillStyle = lit ? '#0d1014' : '#ffffff';
  context.fillText(text, x + width / 2, y + high / 2 + 0.5 * ratio);
}

function drawHandles(
  context: CanvasRenderingContext2D,
  { ratio, theme }: PlanMarks,
  { left, top, width, height }: Box,
): void {
  const side = HANDLE * ratio;
  // Sides of a small region have no room beside its corners.
  const steps = (length: number) => (length > 4 * side ? [0, 0.5, 1] : [0, 1]);
  for (const down of steps(height))
    for (const across of steps(width)) {
      if (down === 0.5 && across === 0.5) continue;
      const x = left + across * width - side / 2 + (across - 0.5) * side;
      const y = top + down * height - side / 2 + (down - 0.5) * side;
      context.fillStyle = theme.marker;
      context.fillRect(x, y, side, side);
      context.strokeStyle = theme.markerHalo;
      context.lineWidth = ratio;
      context.strokeRect(x, y, side, side);
    }
}
