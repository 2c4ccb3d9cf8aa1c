import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { InputError } from '../protocol/index.ts';
import { COMMANDS, type Command } from './command-table.ts';
import { formOf, OPTION_NAMES, OPTIONS, type Option, type OptionName, optionOf } from './option-table.ts';
import { givenToken } from './token.ts';

/** Wrong use of the command line: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const SCHEMA = v.strictObject(
  Object.fromEntries(OPTION_NAMES.map((name) => [name, OPTIONS[name].schema])) as {
    [Name in OptionName]: (typeof OPTIONS)[Name]['schema'];
  },
);

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
    if (!optionOf(name)?.commands.includes(command))
      throw new UsageError(`${command}: has no option --${name}`);
  const { config, ...given } = values;
  const checked = checkOptions({
    ...(config !== undefined && readConfig(String(config), command)),
    ...given,
  });
  if (checked.token !== undefined && checked['token-file'] !== undefined)
    throw new UsageError('--token-file: expected this or --token, found both');
  const token = optionOf('token')?.commands.includes(command) ? givenToken(checked, environment) : undefined;
  const options = { ...checked, ...(token !== undefined && { token }) };
  if (command === 'analyse' && options.out === undefined)
    throw new UsageError('analyse: expected --out <directory>');
  if (command === 'export' && options.to === undefined) throw new UsageError('export: expected --to <file>');
  return { kind: 'run', command, operands, options };
}

function rawArguments(argv: string[]): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries<Option>(OPTIONS).map(([name, { value, isRepeated }]) => [
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
    if (!optionOf(name)?.commands.includes(command))
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
  const option = optionOf(name);
  const expected = option ? formOf(option) : issue.message;
  const found = name === 'token' ? 'another text' : JSON.stringify(given[name]);
  throw new UsageError(`--${name}: expected ${expected}, found ${found}`);
}
