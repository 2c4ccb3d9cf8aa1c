import { scaleBar } from '../../../protocol/scale-bar.ts';
import { rowAndColumn, rowHeight, scanBox } from '../../geometry/scan-box.ts';
import type { Placement } from '../../geometry/viewport.ts';
import type { ScannedPart } from '../../model/maps/scanned-part.ts';
import type { Theme } from '../../styles/theme.ts';

export interface MapOverlay extends ScannedPart {
  shape: readonly [number, number];
  placement: Placement;
  /** Canvas pixels per CSS pixel. */
  ratio: number;
  theme: Theme;
  hoverPixel: number | undefined;
  pinnedPixel: number | undefined;
  /** Size of a pixel for the scale bar; `undefined` counts pixels, absent draws no bar. */
  scale?: { pixelSizeNm: number | undefined };
  /** Names or numbers to write into the classes, with their colours. */
  numbers?: readonly { pixel: number; depth: number; text: string; colour: string }[];
  /** Text in the part that is not scanned yet. */
  unscanned?: string;
}

/** Smallest side of a pixel's mark, CSS pixels, so that it is visible in a map of thousands of columns. */
const SMALLEST_MARK = 7;
/** A map of less height, CSS pixels, has no room for a scale bar. */
const FLAT = 72;
/** Half the room a number needs, CSS pixels. */
const NUMBER_ROOM = 13;
const FONT = "12px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** Draws what changes independently of the picture: frame, scan line, marks and scale bar. */
export function drawMapOverlay(context: CanvasRenderingContext2D, overlay: MapOverlay): void {
  const { canvas } = context;
  const { placement, shape, ratio, theme } = overlay;
  const box = scanBox(shape);
  const left = placement.left;
  const top = placement.top;
  const width = box.width * placement.scale;
  const height = box.height * placement.scale;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const scanned = (shape[0] === 1 ? 0 : overlay.scannedRows) * rowHeight(shape) * placement.scale;
  if (scanned < height && overlay.scannedRows <= shape[0]) {
    context.strokeStyle = theme.hairline;
    context.lineWidth = ratio;
    context.strokeRect(left + ratio / 2, top + scanned + ratio / 2, width - ratio, height - scanned - ratio);
  }
  if (overlay.scanRow !== undefined) drawScanRow(context, overlay, left, width, height);
  for (const number of overlay.numbers ?? []) drawNumber(context, overlay, number);
  if (overlay.pinnedPixel !== undefined) drawMark(context, overlay, overlay.pinnedPixel, true);
  if (overlay.hoverPixel !== undefined && overlay.hoverPixel !== overlay.pinnedPixel)
    drawMark(context, overlay, overlay.hoverPixel, false);
  if (overlay.scale !== undefined) drawScale(context, overlay, overlay.scale.pixelSizeNm, left, top + height);
}

function drawScanRow(
  context: CanvasRenderingContext2D,
  { placement, shape, scanRow, scannedRows, nextPixel, ratio, theme, unscanned }: MapOverlay,
  left: number,
  width: number,
  height: number,
): void {
  if (shape[0] === 1) {
    // Along a line scan the place is a column.
    context.fillStyle = theme.accent;
    const x = placement.left + nextPixel * placement.scale;
    context.fillRect(Math.round(x) - ratio / 2, placement.top, ratio, height);
    return;
  }
  const y = placement.top + Math.min((scanRow ?? 0) + 1, shape[0]) * rowHeight(shape) * placement.scale;
  context.fillStyle = theme.accent;
  context.globalAlpha = 0.8;
  context.fillRect(left, Math.round(y) - ratio, width, ratio);
  context.globalAlpha = 1;
  const room = placement.top + height - y;
  if (unscanned === undefined || scannedRows === shape[0] || room < 34 * ratio || width < 110 * ratio) return;
  context.font = FONT.replace('12', String(11.5 * ratio));
  context.fillStyle = theme.muted;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(unscanned, left + width / 2, y + Math.min(room / 2, 42 * ratio));
}

/** Writes the name or number of a class at its anchor, where it fits. */
function drawNumber(
  context: CanvasRenderingContext2D,
  { placement, shape, ratio }: MapOverlay,
  number: { pixel: number; depth: number; text: string; colour: string },
): void {
  context.font = `600 ${FONT.replace('12', String(10.5 * ratio))}`;
  // Names are wider than numbers, and reach over the sides of a class rather than over its top.
  const halfWidth = Math.max(8 * ratio, context.measureText(number.text).width / 2 + 4 * ratio);
  if (number.depth * placement.scale < Math.max(NUMBER_ROOM * ratio, 0.75 * halfWidth)) return;
  const [row, column] = rowAndColumn(number.pixel, shape);
  const x = placement.left + (column + 0.5) * placement.scale;
  const y = placement.top + (row + 0.5) * rowHeight(shape) * placement.scale;
  const half = 8 * ratio;
  context.fillStyle = 'rgba(10, 13, 17, 0.82)';
  context.beginPath();
  context.roundRect(x - halfWidth, y - half, 2 * halfWidth, 2 * half, 3 * ratio);
  context.fill();
  context.fillStyle = number.colour;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(number.text, x, y + 0.5 * ratio);
}

function drawMark(
  context: CanvasRenderingContext2D,
  overlay: MapOverlay,
  pixel: number,
  pinned: boolean,
): void {
  const { placement, shape, ratio, theme } = overlay;
  const [row, column] = rowAndColumn(pixel, shape);
  const high = rowHeight(shape);
  const x = placement.left + (column + 0.5) * placement.scale;
  const y = placement.top + (row + 0.5) * high * placement.scale;
  const halfWidth = Math.max(placement.scale, SMALLEST_MARK * ratio) / 2;
  const halfHeight = Math.max(placement.scale * high, SMALLEST_MARK * ratio) / 2;
  const strokes: [string, number][] = [
    [theme.markerHalo, pinned ? 4 : 3],
    [theme.marker, pinned ? 2 : 1.2],
  ];
  for (const [colour, lineWidth] of strokes) {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth * ratio;
    context.strokeRect(x - halfWidth, y - halfHeight, 2 * halfWidth, 2 * halfHeight);
  }
}

function drawScale(
  context: CanvasRenderingContext2D,
  { placement, ratio, theme }: MapOverlay,
  pixelSizeNm: number | undefined,
  left: number,
  bottom: number,
): void {
  const { canvas } = context;
  const room = Math.min(canvas.width * 0.28, 260 * ratio);
  const bar = scaleBar(placement.scale, pixelSizeNm, room);
  if (bar === undefined) return;
  const narrow = canvas.width - 2 * left > 0.55 * canvas.width;
  const x = Math.round(narrow ? Math.max(left, 0) + 14 * ratio : 14 * ratio);
  // A flat map would be covered: the bar stands below it where there is room.
  const isFlat = bottom - placement.top < FLAT * ratio && canvas.height - bottom > 24 * ratio;
  const y = isFlat
    ? Math.round(bottom + 20 * ratio)
    : Math.round(Math.min(narrow ? bottom : canvas.height, canvas.height) - 16 * ratio);
  context.font = FONT.replace('12', String(12 * ratio));
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  // A halo makes bar and label legible on any picture.
  context.lineJoin = 'round';
  context.strokeStyle = theme.markerHalo;
  context.lineWidth = 3.5 * ratio;
  context.strokeText(bar.label, x, y - 8 * ratio);
  context.strokeRect(x, y, bar.length, 3 * ratio);
  context.fillStyle = theme.marker;
  context.fillText(bar.label, x, y - 8 * ratio);
  context.fillRect(x, y, bar.length, 3 * ratio);
}
