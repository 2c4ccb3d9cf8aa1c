import type { Options } from '../config.ts';
import { simulate } from '../microscope/simulate.ts';
import { Console } from './console.ts';
import { simulationOptions } from './simulation-options.ts';

/** `eelwatch simulate <directory|ws://…/ingest>` */
export async function simulateCommand(
  target: string,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const terminal = new Console(options);
  terminal.event('simulating', { target });
  const complete = await simulate(target, simulationOptions(options, 0), signal);
  terminal.event(complete ? 'done' : 'interrupted', { target });
  return complete ? 0 : 1;
}
