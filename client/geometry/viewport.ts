/** A rectangle of the world that a view shows whole at zoom 1; the world's units are scan pixels or UMAP units. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Size of a view in canvas pixels. */
export interface Size {
  width: number;
  height: number;
}

/** What part of a box is shown: shared by views of different sizes. Zoom 1 fits the whole box. */
export interface Viewport {
  centreX: number;
  centreY: number;
  zoom: number;
}

/** viewX = left + scale · worldX, the same for y: pixels stay square. */
export interface Placement {
  scale: number;
  left: number;
  top: number;
}

export const MAX_ZOOM = 64;

/** The whole box, centred. */
export const fitted = (box: Box): Viewport => ({
  centreX: box.x + box.width / 2,
  centreY: box.y + box.height / 2,
  zoom: 1,
});

/** Canvas pixels per world unit at zoom 1. */
export const fitScale = (box: Box, view: Size): number =>
  Math.min(view.width / Math.max(box.width, 1e-12), view.height / Math.max(box.height, 1e-12));

/** Keeps the box in view: a side that fits is centred, a longer one always reaches the view's border. */
function clampCentre(centre: number, start: number, length: number, visible: number): number {
  if (visible >= length) return start + length / 2;
  return Math.min(Math.max(centre, start + visible / 2), start + length - visible / 2);
}

/** The viewport with zoom and centre inside what `view` can show. */
export function clamped(viewport: Viewport, box: Box, view: Size): Viewport {
  const zoom = Math.min(Math.max(viewport.zoom, 1), MAX_ZOOM);
  const scale = fitScale(box, view) * zoom;
  return {
    centreX: clampCentre(viewport.centreX, box.x, box.width, view.width / scale),
    centreY: clampCentre(viewport.centreY, box.y, box.height, view.height / scale),
    zoom,
  };
}

export function placementOf(viewport: Viewport, box: Box, view: Size): Placement {
  const inside = clamped(viewport, box, view);
  const scale = fitScale(box, view) * inside.zoom;
  return {
    scale,
    left: view.width / 2 - inside.centreX * scale,
    top: view.height / 2 - inside.centreY * scale,
  };
}

export const worldFromView = (placement: Placement, x: number, y: number): [number, number] => [
  (x - placement.left) / placement.scale,
  (y - placement.top) / placement.scale,
];

export const viewFromWorld = (placement: Placement, x: number, y: number): [number, number] => [
  placement.left + x * placement.scale,
  placement.top + y * placement.scale,
];

/** Moves the picture by (dx, dy) canvas pixels. */
export function panned(viewport: Viewport, box: Box, view: Size, dx: number, dy: number): Viewport {
  const inside = clamped(viewport, box, view);
  const scale = fitScale(box, view) * inside.zoom;
  return clamped(
    { centreX: inside.centreX - dx / scale, centreY: inside.centreY - dy / scale, zoom: inside.zoom },
    box,
    view,
  );
}

/** Zooms by `factor` so that the world point under (x, y) stays there, as far as the clamp allows. */
export function zoomedAt(
  viewport: Viewport,
  box: Box,
  view: Size,
  factor: number,
  x = view.width / 2,
  y = view.height / 2,
): Viewport {
  const before = placementOf(viewport, box, view);
  const [worldX, worldY] = worldFromView(before, x, y);
  const zoom = Math.min(Math.max(viewport.zoom * factor, 1), MAX_ZOOM);
  const scale = fitScale(box, view) * zoom;
  return clamped(
    {
      centreX: worldX + (view.width / 2 - x) / scale,
      centreY: worldY + (view.height / 2 - y) / scale,
      zoom,
    },
    box,
    view,
  );
}

/** The part of `box` that `view` shows, in world units; undefined when none of it is in sight. */
export function visiblePart(placement: Placement, box: Box, view: Size): Box | undefined {
  const [x0, y0] = worldFromView(placement, 0, 0);
  const [x1, y1] = worldFromView(placement, view.width, view.height);
  const left = Math.max(x0, box.x);
  const top = Math.max(y0, box.y);
  const right = Math.min(x1, box.x + box.width);
  const bottom = Math.min(y1, box.y + box.height);
  if (!(right > left && bottom > top)) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
