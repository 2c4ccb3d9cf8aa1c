import type { Grip, Rectangle, Shape } from '../geometry/rectangles.ts';
import { gripAt, holds, moved, pulled, spanned } from '../geometry/rectangles.ts';
import { rowHeight } from '../geometry/scan-box.ts';
import type { Placement } from '../geometry/viewport.ts';
import { worldFromView } from '../geometry/viewport.ts';
import type { PlanControl } from '../model/plan/plan-control.ts';
import { DRAG } from '../model/plan/plan-edits.ts';
import type { Grabbed } from './pointer.ts';

export interface PlanStage {
  shape: Shape;
  placement: Placement;
  /** Distance within which a side or corner is grabbed, canvas pixels. */
  reach: number;
  /** Regions can be moved and resized here; in a small map they can only be added. */
  isLarge: boolean;
}

type Place = { x: number; y: number };

const CURSORS: Record<string, string> = {
  '-1,-1': 'nwse-resize',
  '1,1': 'nwse-resize',
  '-1,1': 'nesw-resize',
  '1,-1': 'nesw-resize',
  '-1,0': 'ns-resize',
  '1,0': 'ns-resize',
  '0,-1': 'ew-resize',
  '0,1': 'ew-resize',
};

/** Row and column under a place, whether inside the scan or beside it. */
function pixelUnder({ placement, shape }: PlanStage, { x, y }: Place): [number, number] {
  const [worldX, worldY] = worldFromView(placement, x, y);
  return [Math.floor(worldY / rowHeight(shape)), Math.floor(worldX)];
}

/** The part of the selected region under a place: a side, a corner, or the inside. */
function heldAt(
  plan: PlanControl,
  stage: PlanStage,
  place: Place,
): { grip: Grip | undefined; region: Rectangle & { number: number } } | undefined {
  if (!stage.isLarge || !plan.canEdit.peek()) return undefined;
  const region = plan.edits.find(plan.selected.peek());
  if (region === undefined) return undefined;
  const { placement, shape } = stage;
  const high = rowHeight(shape);
  const box = {
    left: placement.left + region.x * placement.scale,
    top: placement.top + region.y * high * placement.scale,
    width: region.width * placement.scale,
    height: region.height * high * placement.scale,
  };
  const grip = gripAt(box, place.x, place.y, stage.reach);
  if (grip !== undefined) return { grip, region };
  const [row, column] = pixelUnder(stage, place);
  return holds(region, row, column) ? { grip: undefined, region } : undefined;
}

/** CSS cursor over the plan; undefined where the plan does not set one. */
export function planCursor(plan: PlanControl, stage: PlanStage, place: Place): string | undefined {
  if (plan.isAdding.peek()) return 'cell';
  const held = heldAt(plan, stage, place);
  if (held === undefined) return undefined;
  return held.grip === undefined ? 'move' : CURSORS[`${held.grip.y},${held.grip.x}`];
}

/** What a press at a place drags: a new region, or the selected one. Undefined where it drags the map. */
export function grabPlan(plan: PlanControl, stage: PlanStage, place: Place): Grabbed | undefined {
  if (plan.isAdding.peek()) return newRegion(plan, stage, place);
  const held = heldAt(plan, stage, place);
  if (held === undefined) return undefined;
  const { grip, region } = held;
  const { placement, shape } = stage;
  let changed = false;
  plan.edits.endStep();
  return {
    move: ({ x, y }) => {
      const dx = (x - place.x) / placement.scale;
      const dy = (y - place.y) / (placement.scale * rowHeight(shape));
      const next = grip === undefined ? moved(region, shape, dy, dx) : pulled(region, shape, grip, dy, dx);
      changed = plan.edits.change(region.number, next, DRAG) || changed;
    },
    drop: () => plan.edits.endStep(),
    cancel: () => {
      plan.edits.endStep();
      if (changed) plan.edits.undo();
    },
  };
}

function newRegion(plan: PlanControl, stage: PlanStage, start: Place): Grabbed {
  const from = pixelUnder(stage, start);
  return {
    move: (place) => {
      // Escape during the drag cancels it.
      if (plan.isAdding.peek()) plan.draft.value = spanned(from, pixelUnder(stage, place), stage.shape);
    },
    drop: () => plan.add(plan.draft.peek()),
    cancel: () => plan.add(undefined),
  };
}
