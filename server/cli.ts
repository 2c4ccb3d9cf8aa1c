#!/usr/bin/env node
import { InputError } from '../protocol/index.ts';
import { type CommandLine, parseCommandLine, UsageError } from './config.ts';
import { help } from './help.ts';
import { terminalLines, terminalText } from './terminal-text.ts';

const LINGER_MS = 500;

/** Exit status: 0 done, 1 failed, 2 wrong usage; a failure is one clear line on standard error. */
async function main(argv: string[]): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(argv);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InputError)) throw error;
    process.stderr.write(`eelwatch: ${terminalText(error.message)}\n`);
    return 2;
  }
  if (line.kind === 'help') {
    process.stdout.write(help(line.command));
    return 0;
  }
  // Loaded only now: help must not wait for the analysis.
  if (line.kind === 'version') {
    process.stdout.write(`${(await import('./version.ts')).VERSION}\n`);
    return 0;
  }
  const { runCommand } = await import('./main.ts');
  try {
    return await runCommand(line.command, line.operands, line.options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`eelwatch: ${terminalText(message)}\n`);
    if (line.options['log-level'] === 'debug' && error instanceof Error)
      process.stderr.write(`${terminalLines(error.stack ?? '')}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

// Whoever reads the output may stop (`| head -1`), and a terminal may be closed: the scan goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exitCode = await main(process.argv.slice(2));
// What the command was to keep is kept: reading that nobody waits for any more holds nobody up.
setTimeout(() => process.exit(), LINGER_MS).unref();
