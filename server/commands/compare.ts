import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareResults } from '../comparison/compare-results.ts';
import { ComparisonState } from '../comparison/comparison-state.ts';
import { comparisonText } from '../comparison/comparison-text.ts';
import { earlierComparison, writeComparison } from '../comparison/write-comparison.ts';
import { type Options, UsageError } from '../config.ts';
import { terminalLines } from '../terminal-text.ts';
import { planSides, readSide } from './compare-sides.ts';
import { Console } from './console.ts';
import { outputFolder } from './output-folder.ts';
import { serveComparison } from './serve-comparison.ts';

/** Options that are about a page. */
const OF_THE_PAGE = ['host', 'port', 'token', 'token-file'];

/**
 * `eelwatch compare <A> <B>`: prints the figures, writes them to `--out`, and with `--serve` shows them on a page until interrupted.
 * @throws InputError when a side cannot be read, or the shapes differ
 */
export async function compare(
  [pathA = '', pathB = '']: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const isServed = options.serve || options.open;
  const forThePage = OF_THE_PAGE.find((name) => options.given[name] !== undefined);
  if (!isServed && forThePage !== undefined)
    throw new UsageError(`compare: --${forThePage} is for the page, which --serve shows`);
  const terminal = new Console(options);
  const plans = await planSides(pathA, pathB, options);
  const out = options.out === undefined ? undefined : await outputFolder('--out', options.out);
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-compare-'));
  try {
    if (out) await earlierComparison(out.path);
    const [a, b] = [
      await readSide(plans[0], join(folder, 'a'), signal),
      await readSide(plans[1], join(folder, 'b'), signal),
    ];
    const compared = compareResults(a, b);
    if (out) await writeComparison(out.path, compared);
    if (options.json) terminal.event('comparison', { ...compared.comparison });
    else process.stdout.write(terminalLines(comparisonText(compared.comparison)));
    if (out) terminal.event('written', { out: options.out });
    return isServed ? await serveComparison(new ComparisonState(compared, a, b), options, signal) : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await out?.removeIfEmpty();
  }
}
