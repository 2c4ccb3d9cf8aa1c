import type { ClassState } from '../../../protocol/index.ts';
import { minus } from './format.ts';

const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';

/** `SiO2` → `SiO₂`: figures after a letter or a bracket are subscripts, with their decimals. */
export const withSubscripts = (formula: string): string =>
  formula.replace(/(?<=[A-Za-z)])\d+(\.\d+)?/g, (figures) =>
    figures.replace(/\d/g, (figure) => SUBSCRIPTS[Number(figure)]),
  );

/** What a class is called in the legend: the phase that references name, or its number. */
export const classTitle = ({ name, label }: ClassState): string =>
  name === undefined ? `class ${label}` : withSubscripts(name);

/** What is written into the class on the large map. */
export const classMark = ({ name, label }: ClassState): string =>
  name === undefined ? String(label) : withSubscripts(name);

const figure = (value: number, digits = 2): string => minus(value.toFixed(digits));

/** Result of the comparison with references: `match 0.97, next SiC 0.27`, `only reference: SiO₂ 0.97`. */
export function verdictText(one: ClassState): string {
  const { verdict, score, best, second } = one;
  if (verdict === undefined || score === undefined) return '';
  const rival = second === undefined ? '' : `, next ${withSubscripts(second.name)} ${figure(second.score)}`;
  const phase = best === undefined || verdict === 'match' ? '' : `${withSubscripts(best)} `;
  return `${verdict}${verdict === 'match' ? '' : ':'} ${phase}${figure(score)}${rival}`;
}

const VERDICTS = { ambiguous: 'Ambiguous', 'only reference': 'Only reference', 'no match': 'No match' };

/** The same as a sentence, for tooltip and screen readers. */
export function verdictSentence(one: ClassState): string {
  const { verdict, name, score, best, second, margin, verdictNote } = one;
  if (verdict === undefined || score === undefined) return 'Not compared with references';
  const next =
    second === undefined ? 'the next' : `${withSubscripts(second.name)} (${figure(second.score, 3)})`;
  const figures = `correlation with the reference ${figure(score, 3)}${
    margin === undefined ? '' : `, ${margin.toFixed(2)} ahead of ${next}`
  }`;
  if (verdict === 'match') return `${withSubscripts(name ?? '')}: ${figures}`;
  const why = verdictNote === undefined ? '' : `: ${withSubscripts(verdictNote)}`;
  return `${VERDICTS[verdict]}${why}; best ${best === undefined ? '' : `${withSubscripts(best)}, `}${figures}`;
}
