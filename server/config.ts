import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { CALIBRATE_METHODS, DEFAULT_PORT, InputError, parseBudget, parseEdges } from '../protocol/index.ts';
import { BACKGROUND_METHODS } from './analysis/background-method.ts';
import { KMEANS_PROGRAMS } from './analysis/kmeans-program.ts';
import { UMAP_PROGRAMS } from './analysis/umap-program.ts';
import { COMMANDS, type Command, OPTIONS } from './command-table.ts';
import { isExportPath } from './exporting/export-scan.ts';
import { ALIGN_METHODS, MAX_CLASSES } from './pipeline/options.ts';
import { planFormatOf } from './planning/plan-formats.ts';
import { DEFAULT_DEPTH } from './sources/watch-times.ts';
import type { RescanFile } from './sources/with-rescans.ts';
import { givenToken, isToken } from './token.ts';

/** Wrong use of the command line: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Numbers come as text from the command line and as numbers from a config file. */
const number = v.pipe(
  v.union([v.pipe(v.string(), v.trim(), v.nonEmpty(), v.transform(Number)), v.number()]),
  v.number(),
  v.finite(),
);
const positive = v.pipe(number, v.minValue(0));
const whole = (min: number, max: number) => v.pipe(number, v.integer(), v.minValue(min), v.maxValue(max));
const asList = v.transform((value: unknown) => (typeof value === 'string' ? value.split(',') : value));
const flag = v.optional(v.boolean(), false);

/** `file@y,x` or `file@y,x,dwells`; the last `@` splits. Undefined for anything else. */
function parseRescan(text: string): RescanFile | undefined {
  const [, path, place] = text.match(/^(.+)@([^@]*)$/s) ?? [];
  const [, y, x, dwells] = place?.match(/^\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*(\d*\.?\d+)\s*)?$/) ?? [];
  if (path === undefined || y === undefined || Number(dwells ?? 1) <= 0) return undefined;
  return { path, y: Number(y), x: Number(x), ...(dwells !== undefined && { dwells: Number(dwells) }) };
}

const SCHEMA = v.strictObject({
  edges: v.optional(v.pipe(v.string(), v.transform(parseEdges)), 'Si-L,C-K,O-K'),
  classes: v.optional(v.union([v.literal('auto'), whole(1, MAX_CLASSES)]), 'auto'),
  'classes-in': v.optional(v.picklist(['embedding', 'scores']), 'embedding'),
  references: v.optional(v.pipe(v.string(), v.nonEmpty())),
  landmarks: v.optional(whole(50, 10_000), 2000),
  umap: v.optional(v.picklist(UMAP_PROGRAMS), 'built-in'),
  kmeans: v.optional(v.picklist(KMEANS_PROGRAMS), 'auto'),
  background: v.optional(v.picklist(BACKGROUND_METHODS), 'poisson'),
  align: v.optional(v.picklist(ALIGN_METHODS), 'auto'),
  calibrate: v.optional(v.picklist(CALIBRATE_METHODS), 'propose'),
  energy: v.optional(v.pipe(v.unknown(), asList, v.strictTuple([number, v.pipe(number, v.gtValue(0))]))),
  rescan: v.optional(
    v.pipe(
      v.union([
        v.array(v.string()),
        v.pipe(
          v.string(),
          v.transform((one) => [one]),
        ),
      ]),
      v.array(
        v.pipe(
          v.string(),
          v.transform(parseRescan),
          v.custom<RescanFile>((found) => found !== undefined),
        ),
      ),
    ),
    [],
  ),
  'energy-sigma': v.optional(positive, 0),
  shape: v.optional(v.pipe(v.unknown(), asList, v.strictTuple([whole(1, 65_536), whole(1, 65_536)]))),
  out: v.optional(v.pipe(v.string(), v.nonEmpty())),
  to: v.optional(
    v.pipe(
      v.string(),
      v.check((path) => isExportPath(path) || planFormatOf(basename(path)) !== undefined),
    ),
  ),
  force: flag,
  poll: flag,
  depth: v.optional(whole(0, 16), DEFAULT_DEPTH),
  'follow-links': flag,
  record: v.optional(v.pipe(v.string(), v.nonEmpty())),
  speed: v.optional(v.union([v.literal('max'), v.pipe(number, v.minValue(0.1), v.maxValue(1000))])),
  'no-record': flag,
  'record-counts': flag,
  source: v.optional(v.pipe(v.string(), v.nonEmpty())),
  spool: v.optional(v.pipe(v.string(), v.nonEmpty())),
  'keep-gb': v.optional(positive),
  'keep-sessions': v.optional(whole(0, 1_000_000)),
  'keep-days': v.optional(positive),
  host: v.optional(v.pipe(v.string(), v.nonEmpty()), '127.0.0.1'),
  port: v.optional(whole(0, 65_535), DEFAULT_PORT),
  token: v.optional(v.pipe(v.string(), v.check(isToken))),
  'token-file': v.optional(v.pipe(v.string(), v.nonEmpty())),
  open: flag,
  serve: flag,
  dose: v.optional(v.union([v.picklist(['low', 'default', 'high']), positive]), 'default'),
  dwell: v.optional(positive),
  gain: v.optional(positive),
  correlation: v.optional(v.pipe(positive, v.maxValue(0.5))),
  serpentine: flag,
  flyback: v.optional(whole(0, 1000), 0),
  drift: v.optional(number),
  passes: v.optional(whole(1, 100), 1),
  adaptive: flag,
  'plan-folder': v.optional(v.pipe(v.string(), v.nonEmpty())),
  'first-dwell': v.optional(v.pipe(number, v.gtValue(0), v.maxValue(1000))),
  patience: v.optional(v.pipe(number, v.gtValue(0))),
  regions: v.optional(v.pipe(v.string(), v.nonEmpty())),
  'rescan-shift': v.optional(v.pipe(v.unknown(), asList, v.strictTuple([number, number]))),
  damage: v.optional(v.pipe(number, v.minValue(0), v.maxValue(1))),
  'no-low-loss': flag,
  name: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'expected letters, digits, dots and dashes'))),
  memory: v.optional(whole(64, 2 ** 30)),
  threads: v.optional(whole(1, 1024)),
  budget: v.optional(v.pipe(v.string(), v.transform(parseBudget))),
  'dose-limit': v.optional(v.pipe(number, v.gtValue(0))),
  'beam-current': v.optional(v.pipe(number, v.gtValue(0))),
  'flyback-time': v.optional(positive),
  'setup-time': v.optional(positive),
  'auto-accept': flag,
  seed: v.optional(whole(0, 2 ** 31 - 1), 1),
  json: flag,
  'log-level': v.optional(v.picklist(['silent', 'error', 'warn', 'info', 'debug']), 'warn'),
});

export type Options = v.InferOutput<typeof SCHEMA> & {
  /** What was given, as it was written, on the command line and in the config file. */
  given: Readonly<Record<string, unknown>>;
};

export type CommandLine =
  | { kind: 'help'; command?: Command }
  | { kind: 'version' }
  | { kind: 'run'; command: Command; operands: string[]; options: Options };

function isCommand(text: string | undefined): text is Command {
  return text !== undefined && Object.hasOwn(COMMANDS, text);
}

/**
 * Reads the command line, the config file it names included, and the token where the environment has it.
 * @throws UsageError for wrong use, InputError for a wrong value
 */
export function parseCommandLine(argv: string[], environment = process.env): CommandLine {
  const { values, positionals } = rawArguments(argv);
  const [command, ...operands] = positionals;
  if (values['version']) return { kind: 'version' };
  if (values['help'] || positionals.length === 0)
    return { kind: 'help', ...(isCommand(command) && { command }) };
  if (!isCommand(command)) throw new UsageError(`unknown command "${command}"; eelwatch --help lists them`);
  const {
    operand: wanted,
    most = wanted ? 1 : 0,
    least = wanted?.startsWith('<') ? 1 : 0,
  } = COMMANDS[command];
  if (operands.length < least || operands.includes(''))
    throw new UsageError(`${command}: expected ${wanted}`);
  if (operands.length > most)
    throw new UsageError(`${command}: unexpected "${operands.slice(most).join(' ')}"`);
  for (const name of Object.keys(values))
    if (!OPTIONS[name].commands.includes(command))
      throw new UsageError(`${command}: has no option --${name}`);
  const { config, ...given } = values;
  const checked = checkOptions({
    ...(config !== undefined && readConfig(String(config), command)),
    ...given,
  });
  if (checked.token !== undefined && checked['token-file'] !== undefined)
    throw new UsageError('--token-file: expected this or --token, found both');
  const token = OPTIONS['token'].commands.includes(command) ? givenToken(checked, environment) : undefined;
  const options = { ...checked, ...(token !== undefined && { token }) };
  if (command === 'analyse' && options.out === undefined)
    throw new UsageError('analyse: expected --out <directory>');
  if (command === 'export' && options.to === undefined) throw new UsageError('export: expected --to <file>');
  return { kind: 'run', command, operands, options };
}

function rawArguments(argv: string[]): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, { value, isRepeated }]) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), multiple: isRepeated ?? false },
    ]),
  );
  try {
    return parseArgs({ args: argv, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. To specify')[0] : String(error));
  }
}

function readConfig(path: string, command: Command): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new InputError(path, 'file', `expected a readable JSON file (${(cause as Error).message})`, {
      cause,
    });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new InputError(path, 'file', 'expected a JSON object of options');
  for (const name of Object.keys(content))
    if (!(Object.hasOwn(OPTIONS, name) && OPTIONS[name].commands.includes(command)))
      throw new InputError(path, name, `expected an option that ${command} has`);
  return content as Record<string, unknown>;
}

/**
 * Options from what was written, the rest by default.
 * @throws UsageError naming the option
 */
export function checkOptions(given: Readonly<Record<string, unknown>>): Options {
  const result = v.safeParse(SCHEMA, given);
  if (result.success) return { ...result.output, given };
  const [issue] = result.issues;
  const name = v.getDotPath(issue)?.split('.')[0] ?? 'options';
  const expected = OPTIONS[name]?.help ?? issue.message;
  const found = name === 'token' ? 'another text' : JSON.stringify(given[name]);
  throw new UsageError(`--${name}: expected ${expected}; found ${found}`);
}
