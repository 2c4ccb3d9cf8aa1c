import { KNOWN_EDGES } from '../protocol/index.ts';
import { COMMANDS, type Command } from './command-table.ts';
import { defaultOf, formOf, OPTIONS, type Option } from './option-table.ts';

const pad = (text: string, width: number) => text.padEnd(width);

const EDGES_PER_LINE = 12;

/** What an option is for, what its values look like where the name of the value does not say it, and its default. */
function described(option: Option): string {
  const { value, help: text } = option;
  const form = formOf(option);
  const isSaid = value === undefined || form === `a ${value}` || form === `an ${value}`;
  const fallback = defaultOf(option);
  return `${text}${isSaid ? '' : `: ${form}`}${fallback === undefined ? '' : ` (default ${fallback})`}`;
}

/** Help for one command, or for all. */
export function help(command?: Command): string {
  const lines: string[] = [];
  if (command) {
    const { operand, help: text, more = [] } = COMMANDS[command];
    lines.push(
      `eelwatch ${command}${operand ? ` ${operand}` : ''} [options]`,
      '',
      `  ${text}`,
      ...more.map((line) => `  ${line}`),
      '',
      'Options:',
    );
  } else {
    lines.push(
      'eelwatch watches a STEM-EELS scan while it is acquired: phase and bond maps live in the browser.',
      '',
      'Usage: eelwatch <command> [options]',
      '',
      'Commands:',
    );
    const names = Object.entries(COMMANDS).map(([name, { operand, help: text }]) => ({
      call: operand ? `${name} ${operand}` : name,
      text,
    }));
    const width = Math.max(...names.map(({ call }) => call.length)) + 2;
    for (const { call, text } of names) lines.push(`  ${pad(call, width)}${text}`);
    lines.push('', 'Options (eelwatch <command> --help lists those of one command):');
  }
  const options = Object.entries<Option>(OPTIONS).filter(
    ([, { commands }]) => !command || commands.includes(command),
  );
  const calls = options.map(([name, option]) => ({
    call: `--${name}${option.value ? ` ${option.value}` : ''}`,
    text: described(option),
  }));
  const width = Math.max(...calls.map(({ call }) => call.length)) + 2;
  for (const { call, text } of calls) lines.push(`  ${pad(call, width)}${text}`);
  lines.push('', 'Edges known by name:');
  for (let n = 0; n < KNOWN_EDGES.length; n += EDGES_PER_LINE)
    lines.push(`  ${KNOWN_EDGES.slice(n, n + EDGES_PER_LINE).join(', ')}`);
  return `${lines.join('\n')}\n`;
}
