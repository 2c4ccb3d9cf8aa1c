import type { Options } from '../config.ts';
import { Monitor } from '../pipeline/monitor.ts';
import { writeResults } from '../results.ts';
import { watchPath } from '../sources/directory.ts';
import { VERSION } from '../version.ts';
import { analysisOptions, fileOptions } from './analysis-options.ts';
import { Console } from './console.ts';

/**
 * `eelwatch analyse <file> --out D`
 * @throws InputError when the file cannot be read
 */
export async function analyse(path: string, options: Options, signal: AbortSignal): Promise<number> {
  const terminal = new Console(options);
  const monitor = new Monitor({
    analysis: analysisOptions(options, false),
    version: VERSION,
    onAlert: (alert) => terminal.alert(alert),
  });
  const unsubscribe = terminal.follow(monitor);
  try {
    await monitor.follow(watchPath(path, { once: true, ...fileOptions(options) }), signal);
    if (signal.aborted) return 1;
    await monitor.settled();
    if (!monitor.run) throw new Error(`${path}: no scan was found`);
    if ([...monitor.run.edges].length === 0) throw new Error(`${path}: ${monitor.run.warnings.join('; ')}`);
    await writeResults(options.out ?? '.', monitor);
    terminal.event('written', { out: options.out });
    return monitor.alerts.some(({ severity }) => severity === 'error') ? 1 : 0;
  } finally {
    unsubscribe();
    await monitor.close();
  }
}
