import { randomUUID } from 'node:crypto';
import {
  type Annotation,
  type AnnotationCommand,
  type AnnotationPlace,
  InputError,
} from '../../protocol/index.ts';

/** More notes than this on one scan are refused. */
const MOST_ANNOTATIONS = 1000;

/**
 * The notes of a scan once one is added or removed.
 * @param shape rows and columns of the scan
 * @param now ms since 1970; `shown` is the moment on show, which differs from it in a replay
 * @throws InputError for a place outside the scan, an unknown note, or too many
 */
export function withAnnotation(
  known: readonly Annotation[],
  command: AnnotationCommand,
  shape: readonly [number, number],
  { now, shown }: { now: number; shown: number },
): Annotation[] {
  if (command.type === 'remove-annotation') {
    const left = known.filter(({ id }) => id !== command.id);
    if (left.length === known.length)
      throw new InputError(command.type, 'id', `expected that of a note, found "${command.id}"`);
    return left;
  }
  const { text, author, place, at } = command;
  if (place && !isWithin(place, shape))
    throw new InputError(command.type, 'place', `expected within ${shape[0]} × ${shape[1]} pixels`);
  if (known.length >= MOST_ANNOTATIONS)
    throw new InputError(command.type, 'text', `expected at most ${MOST_ANNOTATIONS} notes on a scan`);
  const added: Annotation = {
    id: randomUUID(),
    text,
    ...(author !== undefined && { author }),
    ...(place && { place }),
    at: Math.round(at ?? shown),
    made: Math.round(now),
  };
  return [...known, added].sort((a, b) => a.at - b.at);
}

function isWithin(place: AnnotationPlace, [rows, columns]: readonly [number, number]): boolean {
  const { height, width } = place.kind === 'region' ? place : { height: 1, width: 1 };
  return place.y + height <= rows && place.x + width <= columns;
}
