import type { Annotation, AnnotationCommand } from '../../protocol/index.ts';

let made = 0;

/** The notes after a command, as a monitor keeps them. @param now the moment on show, ms since 1970 */
export function annotated(
  notes: readonly Annotation[],
  command: AnnotationCommand,
  now: number,
): Annotation[] {
  if (command.type === 'remove-annotation') return notes.filter(({ id }) => id !== command.id);
  const { text, author, place, at = now } = command;
  made++;
  const note = {
    id: `note-${made}`,
    text,
    at,
    made: Date.now(),
    ...(author !== undefined && { author }),
    ...(place && { place }),
  };
  return [...notes, note];
}
