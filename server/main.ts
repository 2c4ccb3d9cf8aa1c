import type { Command } from './command-table.ts';
import { analyse } from './commands/analyse.ts';
import { demo } from './commands/demo.ts';
import { listen } from './commands/listen.ts';
import { simulateCommand } from './commands/simulate.ts';
import { watch } from './commands/watch.ts';
import type { Options } from './config.ts';

/** Runs one command until it is done or the user interrupts it; resolves to the exit status. */
export async function runCommand(command: Command, operand: string, options: Options): Promise<number> {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    switch (command) {
      case 'demo':
        return await demo(options, interrupt.signal);
      case 'watch':
        return await watch(operand, options, interrupt.signal);
      case 'listen':
        return await listen(options, interrupt.signal);
      case 'analyse':
        return await analyse(operand, options, interrupt.signal);
      case 'simulate':
        return await simulateCommand(operand, options, interrupt.signal);
    }
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
