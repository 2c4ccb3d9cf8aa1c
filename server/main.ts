import type { Command } from './command-table.ts';
import type { Options } from './config.ts';

/** Commands that an interrupt ends as it does any program, those that simulate until they begin to scan. */
const ENDED_BY_SYSTEM: readonly Command[] = ['sessions', 'simulate'];

/** Runs one command, whose code alone is loaded, until it is done or the user interrupts it; resolves to the exit status. */
export async function runCommand(command: Command, operands: string[], options: Options): Promise<number> {
  const [operand = ''] = operands;
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  const listen = () => {
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  };
  // Reading keeps nothing, and the microscope is prepared without a pause: the system ends these at once.
  if (!ENDED_BY_SYSTEM.includes(command)) listen();
  try {
    switch (command) {
      case 'demo':
        return await (await import('./commands/demo.ts')).demo(options, interrupt.signal);
      case 'watch':
        return await (await import('./commands/watch.ts')).watch(operand, options, interrupt.signal);
      case 'listen':
        return await (await import('./commands/listen.ts')).listen(options, interrupt.signal);
      case 'analyse':
        return await (await import('./commands/analyse.ts')).analyse(operand, options, interrupt.signal);
      case 'simulate':
        return await (await import('./commands/simulate.ts')).simulateCommand(
          operand,
          options,
          interrupt.signal,
          listen,
        );
      case 'replay':
        return await (await import('./commands/replay.ts')).replay(operand, options, interrupt.signal);
      case 'sessions':
        return await (await import('./commands/sessions.ts')).sessions(operands, options);
      case 'compare':
        return await (await import('./commands/compare.ts')).compare(operands, options, interrupt.signal);
      case 'export':
        return await (await import('./commands/export.ts')).exportCommand(operand, options, interrupt.signal);
    }
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
