import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { analysisOptions } from '../../../server/commands/analysis-options.ts';
import { checkOptions } from '../../../server/config.ts';
import { help } from '../../../server/help.ts';
import { defaultOf, OPTIONS, type Option, optionOf } from '../../../server/option-table.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';

const all = Object.entries<Option>(OPTIONS);
const ROOT = new URL('../../../', import.meta.url);

describe('the table of options', () => {
  it.each(all)('has a form in words and a default of this form: --%s', (_, option) => {
    expect(v.getDescription(option.schema.wrapped)).toBeTruthy();
    expect(v.is(option.schema, v.getDefault(option.schema))).toBe(true);
  });

  it('has the defaults of the analysis', () => {
    const { references, edges, ...rest } = analysisOptions(checkOptions({}), false, () => {});
    expect(edges.map(({ name }) => name)).toEqual(['Si-L', 'C-K', 'O-K']);
    expect(rest).toEqual({ ...ANALYSIS_DEFAULTS, live: false });
  });

  it('gives the help its words', () => {
    const text = help();
    for (const [name, option] of all) {
      expect(text).toContain(`  --${name}`);
      expect(text).toContain(option.help);
      const fallback = defaultOf(option);
      if (fallback !== undefined) expect(text).toContain(`(default ${fallback})`);
    }
    expect(text).toMatch(/--landmarks n +spectra .*: a whole number from 50 to 10000 \(default 2000\)\n/);
  });

  it.each([
    ['seed', '-1', 'a whole number from 0 to 2147483647'],
    ['seed', '1.5', 'a whole number from 0 to 2147483647'],
    ['landmarks', '', 'a whole number from 50 to 10000'],
    ['dose', 'much', 'low, default, high or a number from 0 on'],
    ['speed', '0', 'max or a number from 0.1 to 1000'],
    ['umap', 'openTSNE', 'built-in or umap-js'],
    ['kmeans', 'k', 'auto, built-in or ml-kmeans'],
    ['rescan-shift', '1', 'two numbers'],
    ['rescan', 'a.rpl', 'file@row,column or file@row,column,dwells'],
    ['first-dwell', '0', 'a number above 0, at most 1000'],
    ['references', '', 'a folder'],
    ['to', 'a.txt', 'a name that ends in .hspy'],
    ['open', 'yes', 'true or false'],
  ])('says what form --%s has and what was found: %s', (name, found, expected) => {
    const words = () => checkOptions({ [name]: found });
    expect(words).toThrow(`--${name}: expected ${expected}`);
    expect(words).toThrow(`, found ${JSON.stringify(found)}`);
  });
});

describe('the READMEs', () => {
  /** Of `npm run science` and `npm run faults`. */
  const FOREIGN = ['--study', '--short'];
  const texts = readdirSync(new URL('server', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('README.md'))
    .map((path) => `server/${path}`)
    .concat('README.md', 'protocol/README.md');

  it.each(texts)('name options there are: %s', (path) => {
    // Calls of eelwatch, and options named by themselves.
    const text = readFileSync(new URL(path, ROOT), 'utf8');
    const calls = text.match(/eelwatch [^`\n]*|`--[^`\n]*`/g) ?? [];
    const named = calls.flatMap((call) => call.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []);
    expect(named.filter((name) => optionOf(name.slice(2)) === undefined && !FOREIGN.includes(name))).toEqual(
      [],
    );
  });
});
