import type { AnnotationPlace } from '../../../protocol/index.ts';
import { rowHeight } from '../../geometry/scan-box.ts';
import type { Placement } from '../../geometry/viewport.ts';
import type { NumberedNote } from '../../model/recordings/notes.ts';
import type { Theme } from '../../styles/theme.ts';

export interface AnnotationMarks {
  shape: readonly [number, number];
  placement: Placement;
  /** Canvas pixels per CSS pixel. */
  ratio: number;
  theme: Theme;
  notes: readonly NumberedNote[];
  /** In the large map rings and numbers are larger. */
  large: boolean;
}

/** Places of the operator's notes on a map: a ring with the note's number, a thin outline around a region. */
export function drawAnnotationMarks(context: CanvasRenderingContext2D, marks: AnnotationMarks): void {
  const { placement, shape, ratio, notes } = marks;
  const high = rowHeight(shape);
  const x = (column: number) => placement.left + column * placement.scale;
  const y = (row: number) => placement.top + row * high * placement.scale;
  for (const { place, text } of placesOf(notes)) {
    if (place.kind === 'point') {
      const [centreX, centreY] = [x(place.x + 0.5), y(place.y + 0.5)];
      drawRing(context, marks, centreX, centreY);
      drawText(context, marks, centreX + besides(marks), centreY - besides(marks), text);
      continue;
    }
    const width = place.width * placement.scale;
    const height = place.height * high * placement.scale;
    for (const [colour, line] of strokes(marks)) {
      context.strokeStyle = colour;
      context.lineWidth = line * ratio;
      context.strokeRect(x(place.x), y(place.y), width, height);
    }
    drawText(context, marks, x(place.x) + 4 * ratio, y(place.y) + 8 * ratio, text);
  }
}

/** Each place once, with the numbers of all notes about it. */
function placesOf(notes: readonly NumberedNote[]): { place: AnnotationPlace; text: string }[] {
  const places = new Map<string, { place: AnnotationPlace; text: string }>();
  for (const { place, number } of notes) {
    if (place === undefined) continue;
    const key = JSON.stringify(place);
    const text = places.get(key)?.text;
    places.set(key, { place, text: text === undefined ? String(number) : `${text}, ${number}` });
  }
  return [...places.values()];
}

/** How far from the middle of a ring its number stands, canvas pixels. */
const besides = ({ ratio, large }: AnnotationMarks): number => (large ? 6 : 4) * ratio;

/** A halo makes a mark visible on any picture. */
const strokes = ({ theme }: AnnotationMarks): [string, number][] => [
  [theme.markerHalo, 2.6],
  [theme.marker, 1],
];

/** The ring is hollow, so that the pixel of the note is visible. */
function drawRing(context: CanvasRenderingContext2D, marks: AnnotationMarks, x: number, y: number): void {
  const { ratio, large } = marks;
  for (const [colour, line] of strokes(marks)) {
    context.beginPath();
    context.arc(x, y, (large ? 6 : 4) * ratio, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = line * ratio;
    context.stroke();
  }
}

function drawText(
  context: CanvasRenderingContext2D,
  { ratio, theme, large }: AnnotationMarks,
  x: number,
  y: number,
  text: string,
): void {
  context.font = `600 ${(large ? 11 : 9) * ratio}px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.strokeStyle = theme.markerHalo;
  context.lineWidth = 3 * ratio;
  context.strokeText(text, x, y);
  context.fillStyle = theme.marker;
  context.fillText(text, x, y);
}
