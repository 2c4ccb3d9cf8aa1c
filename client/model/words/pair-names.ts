import type { ClassState } from '../../../protocol/index.ts';
import { ABSENT } from '../../../protocol/index.ts';
import { withSubscripts } from './class-names.ts';

/** One class of a pair, as `SiO₂ (Si-L)` or `class 2 (Si-L)`. */
const subject = (phase: string, edges: string): string => `${phase} (${edges})`;

/** A class in words: the phase that references name, its number, or `absent`. */
export function classWord(classes: readonly ClassState[], label: number): string {
  if (label === ABSENT) return 'absent';
  const name = classes.find((one) => one.label === label)?.name;
  return name === undefined ? `class ${label}` : withSubscripts(name);
}

/** Two classes that occur together: `SiO₂ (Si-L, O-K)` where both are the same phase, else `SiO₂ (Si-L) × SiC (C-K)`. */
export function pairName(
  [edgeA, edgeB]: readonly [string, string],
  [a, b]: readonly [string, string],
): string {
  const isPhase = a === b && !/^(class |absent)/.test(a);
  return isPhase ? subject(a, `${edgeA}, ${edgeB}`) : `${subject(a, edgeA)} × ${subject(b, edgeB)}`;
}
