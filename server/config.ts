import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { DEFAULT_PORT, InputError, parseEdges } from '../protocol/index.ts';
import { BACKGROUND_METHODS } from './analysis/background-method.ts';
import { UMAP_PROGRAMS } from './analysis/umap-program.ts';
import { ALIGN_METHODS, MAX_CLASSES } from './pipeline/options.ts';

/** Wrong use of the command line: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Command = 'demo' | 'watch' | 'listen' | 'analyse' | 'simulate';

export const COMMANDS: Record<Command, { operand?: string; help: string }> = {
  demo: { help: 'watch a simulated Si–C–O anode scan, acquired as real files; what npm start runs' },
  watch: {
    operand: '<file|directory>',
    help: 'watch files, finished or still growing; new ones are picked up',
  },
  listen: { help: 'take spectra that producers push to ws://127.0.0.1:<port>/ingest' },
  analyse: {
    operand: '<file>',
    help: 'the same analysis without a dashboard, as fast as it goes; writes to --out',
  },
  simulate: { operand: '<directory|ws://…/ingest>', help: 'the simulated microscope on its own' },
};

const SERVING: Command[] = ['demo', 'watch', 'listen'];
const ANALYSING: Command[] = [...SERVING, 'analyse'];
const SIMULATING: Command[] = ['demo', 'simulate'];
const ALL = Object.keys(COMMANDS) as Command[];

interface Option {
  /** What stands for the value in the help; absent for a switch. */
  value?: string;
  help: string;
  commands: Command[];
}

export const OPTIONS: Record<string, Option> = {
  edges: {
    value: 'list',
    help: 'Si-L,C-K,… or Name:onset[:fit0-fit1:signal0-signal1], eV (default Si-L,C-K,O-K)',
    commands: ALL,
  },
  classes: {
    value: 'n|auto',
    help: `classes per edge, 1–${MAX_CLASSES} (default auto)`,
    commands: ANALYSING,
  },
  'classes-in': {
    value: 'space',
    help: 'k-means in the embedding or in the scores (default embedding)',
    commands: ANALYSING,
  },
  references: {
    value: 'folder',
    help: 'MSA spectra to name classes by, beside the built-in ones',
    commands: ANALYSING,
  },
  landmarks: { value: 'n', help: 'spectra an embedding is fitted on (default 2000)', commands: ANALYSING },
  umap: {
    value: 'program',
    help: 'what fits embeddings: built-in (default) or umap-js',
    commands: ANALYSING,
  },
  background: {
    value: 'method',
    help: 'poisson (default), log-linear, two-area, lcpl, or none where it was taken elsewhere',
    commands: ANALYSING,
  },
  align: {
    value: 'how',
    help: 'energy axis by zlp (low loss), onset (strongest edge) or off; auto (default): zlp where it drifts',
    commands: ANALYSING,
  },
  energy: {
    value: 'offset,dispersion',
    help: 'energy axis in eV, where the file has it wrong',
    commands: ['watch', 'analyse'],
  },
  'energy-sigma': {
    value: 'eV',
    help: 'uncertainty of the energy axis: names allow a shift of twice that, at least 0.5, at most 1 (default 0)',
    commands: ANALYSING,
  },
  shape: {
    value: 'y,x',
    help: 'rows and columns, where the file has them wrong; of a simulated scan',
    commands: ['watch', 'analyse', 'demo', 'simulate'],
  },
  out: { value: 'directory', help: 'where analyse writes its results', commands: ['analyse'] },
  poll: { help: 'look for changes instead of waiting for events (network shares)', commands: ['watch'] },
  spool: {
    value: 'directory',
    help: 'keep pushed spectra here (default a temporary directory)',
    commands: ['listen'],
  },
  host: {
    value: 'address',
    help: 'address to serve on (default 127.0.0.1; any other demands --token)',
    commands: SERVING,
  },
  port: { value: 'n', help: `port to serve on, 0 for any (default ${DEFAULT_PORT})`, commands: SERVING },
  token: { value: 'secret', help: 'what other machines must show, 32 characters or more', commands: SERVING },
  open: { help: 'open the dashboard in the browser', commands: SERVING },
  dose: {
    value: 'name',
    help: 'low, default or high, or mean counts per channel at 97 eV',
    commands: SIMULATING,
  },
  dwell: {
    value: 'seconds',
    help: 'time per pixel (demo 0.01; simulate 0, as fast as it goes)',
    commands: SIMULATING,
  },
  gain: {
    value: 'g',
    help: 'variance over mean of the simulated detector (default 1)',
    commands: SIMULATING,
  },
  correlation: {
    value: 'ρ',
    help: 'correlation of neighbouring channels of the simulated detector (default 0)',
    commands: SIMULATING,
  },
  serpentine: { help: 'scan odd rows from right to left', commands: SIMULATING },
  flyback: {
    value: 'n',
    help: 'records at the end of each row that belong to no pixel',
    commands: SIMULATING,
  },
  drift: {
    value: 'eV',
    help: 'of the energy axis over a simulated scan (default 0.5)',
    commands: SIMULATING,
  },
  passes: { value: 'n', help: 'passes over the same pixels that share the dose', commands: SIMULATING },
  'no-low-loss': { help: 'record the core loss alone', commands: SIMULATING },
  name: { value: 'stem', help: 'name of the simulated scan', commands: ['simulate'] },
  seed: { value: 'n', help: 'seed of everything random (default 1)', commands: ALL },
  config: { value: 'file.json', help: 'options by their long names; the command line wins', commands: ALL },
  json: { help: 'progress and alerts as JSON lines on standard output', commands: ALL },
  'log-level': { value: 'level', help: 'silent, error, warn, info or debug (default warn)', commands: ALL },
  help: { help: 'this text', commands: ALL },
  version: { help: 'the version', commands: ALL },
};

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

const SCHEMA = v.strictObject({
  edges: v.optional(v.pipe(v.string(), v.transform(parseEdges)), 'Si-L,C-K,O-K'),
  classes: v.optional(v.union([v.literal('auto'), whole(1, MAX_CLASSES)]), 'auto'),
  'classes-in': v.optional(v.picklist(['embedding', 'scores']), 'embedding'),
  references: v.optional(v.pipe(v.string(), v.nonEmpty())),
  landmarks: v.optional(whole(50, 10_000), 2000),
  umap: v.optional(v.picklist(UMAP_PROGRAMS), 'built-in'),
  background: v.optional(v.picklist(BACKGROUND_METHODS), 'poisson'),
  align: v.optional(v.picklist(ALIGN_METHODS), 'auto'),
  energy: v.optional(v.pipe(v.unknown(), asList, v.strictTuple([number, number]))),
  'energy-sigma': v.optional(positive, 0),
  shape: v.optional(v.pipe(v.unknown(), asList, v.strictTuple([whole(1, 65_536), whole(1, 65_536)]))),
  out: v.optional(v.string()),
  poll: flag,
  spool: v.optional(v.string()),
  host: v.optional(v.pipe(v.string(), v.nonEmpty()), '127.0.0.1'),
  port: v.optional(whole(0, 65_535), DEFAULT_PORT),
  token: v.optional(v.pipe(v.string(), v.minLength(32, 'expected 32 characters or more'))),
  open: flag,
  dose: v.optional(v.union([v.picklist(['low', 'default', 'high']), positive]), 'default'),
  dwell: v.optional(positive),
  gain: v.optional(positive),
  correlation: v.optional(v.pipe(positive, v.maxValue(0.5))),
  serpentine: flag,
  flyback: v.optional(whole(0, 1000), 0),
  drift: v.optional(number),
  passes: v.optional(whole(1, 100), 1),
  'no-low-loss': flag,
  name: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'expected letters, digits, dots and dashes'))),
  seed: v.optional(whole(0, 2 ** 31 - 1), 1),
  json: flag,
  'log-level': v.optional(v.picklist(['silent', 'error', 'warn', 'info', 'debug']), 'warn'),
});

export type Options = v.InferOutput<typeof SCHEMA>;

export type CommandLine =
  | { kind: 'help'; command?: Command }
  | { kind: 'version' }
  | { kind: 'run'; command: Command; operand: string; options: Options };

function isCommand(text: string | undefined): text is Command {
  return text !== undefined && Object.hasOwn(COMMANDS, text);
}

/**
 * Reads the command line, the config file it names included.
 * @throws UsageError for wrong use, InputError for a wrong value
 */
export function parseCommandLine(argv: string[]): CommandLine {
  const { values, positionals } = rawArguments(argv);
  const [command, operand, ...rest] = positionals;
  if (values['version']) return { kind: 'version' };
  if (values['help'] || positionals.length === 0)
    return { kind: 'help', ...(isCommand(command) && { command }) };
  if (!isCommand(command)) throw new UsageError(`unknown command "${command}"; eelwatch --help lists them`);
  const { operand: wanted } = COMMANDS[command];
  if (wanted && operand === undefined) throw new UsageError(`${command}: expected ${wanted}`);
  if ((operand !== undefined && !wanted) || rest.length > 0)
    throw new UsageError(`${command}: unexpected "${(wanted ? rest : [operand, ...rest]).join(' ')}"`);
  for (const name of Object.keys(values))
    if (!OPTIONS[name].commands.includes(command))
      throw new UsageError(`${command}: has no option --${name}`);
  const { config, ...given } = values;
  const options = checked({ ...(config !== undefined && readConfig(String(config))), ...given });
  if (command === 'analyse' && options.out === undefined)
    throw new UsageError('analyse: expected --out <directory>');
  return { kind: 'run', command, operand: operand ?? '', options };
}

function rawArguments(argv: string[]): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, { value }]) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const) },
    ]),
  );
  try {
    return parseArgs({ args: argv, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. To specify')[0] : String(error));
  }
}

function readConfig(path: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content))
      return content as Record<string, unknown>;
  } catch (cause) {
    throw new InputError(path, 'file', `expected a readable JSON file (${(cause as Error).message})`, {
      cause,
    });
  }
  throw new InputError(path, 'file', 'expected a JSON object of options');
}

function checked(given: Record<string, unknown>): Options {
  const result = v.safeParse(SCHEMA, given);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const name = v.getDotPath(issue)?.split('.')[0] ?? 'options';
  const expected = OPTIONS[name]?.help ?? issue.message;
  throw new UsageError(`--${name}: expected ${expected}; found ${JSON.stringify(given[name])}`);
}
