import type { ClassEvent, ClassState } from '../../../protocol/index.ts';
import { percent, plural } from './format.ts';

/** `class 3 is new since 1,204 spectra`; by its number where the class is still there. */
export function eventWords(event: ClassEvent, classes: readonly ClassState[]): string {
  const since = `at ${plural(event.present, 'spectrum', 'spectra')}`;
  if (event.kind === 're-learning') return `classes learned anew ${since}, ${percent(event.churn)} changed`;
  const label = classes.find(({ colour }) => colour === event.colour)?.label;
  if (event.kind === 'death') return `a class was merged into others ${since}`;
  return label === undefined ? `a new class ${since}` : `class ${label} is new ${since}`;
}
