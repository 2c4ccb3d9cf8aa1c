import type { Outcome, Scale } from './outcome.ts';
import { ROWS } from './rows.ts';

/** How a row ended, in words. */
export const verdictOf = ({ met }: Outcome): string =>
  met === undefined ? 'not run' : met ? 'met' : 'NOT met';

/**
 * Runs rows one after the other, and says of each what was found beside what is wanted.
 * @param progress is told of each row when it begins and how long it took
 * @returns names of those that are not met, and of those that cannot be run here
 */
export async function runRows(
  names: readonly string[],
  scale: Scale,
  seed: number,
  say: (line: string) => void,
  progress: (line: string) => void = () => {},
): Promise<{ notMet: string[]; notRun: string[] }> {
  const [notMet, notRun]: [string[], string[]] = [[], []];
  for (const name of names) {
    const { fault, wanted, run } = ROWS[name];
    const from = performance.now();
    progress(`${name} begins: ${fault}`);
    const outcome = await run(scale, seed).catch(
      (error): Outcome => ({
        met: false,
        figure: `ended with ${error instanceof Error ? error.message : error}`,
      }),
    );
    if (outcome.met === undefined) notRun.push(name);
    else if (!outcome.met) notMet.push(name);
    progress(`${name} took ${((performance.now() - from) / 1000).toFixed(1)} s`);
    say(`| ${[name, fault, outcome.figure, wanted, verdictOf(outcome)].join(' | ')} |`);
  }
  return { notMet, notRun };
}
