import type { ClassState } from '../../protocol/index.ts';

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

/** What references say, in a word: `r 0.97`, `ambiguous`, `no match`; empty where they say nothing. */
export function verdictText({ verdict, score }: ClassState): string {
  if (verdict === undefined || score === undefined) return '';
  return verdict === 'match' ? `r ${score.toFixed(2)}` : verdict;
}

/** The same as a sentence, for the tip and for those who cannot see the legend. */
export function verdictSentence({ verdict, name, score, margin, verdictNote }: ClassState): string {
  if (verdict === undefined || score === undefined) return 'Not compared with references';
  const figures = `correlation with the reference ${score.toFixed(3)}${
    margin === undefined ? '' : `, ${margin.toFixed(2)} ahead of the next`
  }`;
  if (verdict === 'match') return `${withSubscripts(name ?? '')}: ${figures}`;
  const why = verdictNote === undefined ? '' : `: ${withSubscripts(verdictNote)}`;
  return `${verdict === 'ambiguous' ? 'Ambiguous' : 'No match'}${why}; best ${figures}`;
}
