import type { ClassSpectrum } from '../../analysis/references/class-window.ts';
import { withoutContradictions } from '../../analysis/references/edge-agreement.ts';
import {
  type ClassMatch,
  type MatchOptions,
  matchClasses,
} from '../../analysis/references/reference-match.ts';
import type { ReferenceSpectrum } from '../../analysis/references/reference-shape.ts';

/** Classes of all edges that are to be named: plain data. */
export interface NameTask {
  id: number;
  edges: {
    name: string;
    classes: ClassSpectrum[];
    /** Maps in shared memory, row-major over the scan. */
    labels: Int16Array;
    intensity: Float32Array;
  }[];
  references: readonly ReferenceSpectrum[];
  options: MatchOptions;
}

/** Names of classes, as references match them and the edges agree; a function of what it is given alone. */
export function findNames({ edges, references, options }: Omit<NameTask, 'id'>): ClassMatch[] {
  const all = edges.flatMap(({ classes }) => classes);
  const found = all.length > 0 ? matchClasses(all, references, options) : [];
  const named = edges.map(({ name, labels, intensity }) => ({
    name,
    labels,
    intensity,
    matches: found.filter((match) => match.edge === name),
    phases: new Set(references.filter((one) => one.edge === name).map(({ phase }) => phase)),
  }));
  return withoutContradictions(named);
}
