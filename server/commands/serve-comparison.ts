import { fileURLToPath } from 'node:url';
import { builtFile } from '../built-file.ts';
import type { ComparisonState } from '../comparison/comparison-state.ts';
import type { Options } from '../config.ts';
import { startServer } from '../hub/server.ts';
import { Console } from './console.ts';
import { interruption } from './interruption.ts';
import { openBrowser } from './open-browser.ts';

/** Shows a comparison on a page until interrupted. */
export async function serveComparison(
  state: ComparisonState,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const server = await startServer({
    host: options.host,
    port: options.port,
    state,
    comparison: state.comparison,
    clientDirectory: fileURLToPath(builtFile('../client')),
    capabilities: ['comparison'],
    ...(options.token !== undefined && { token: options.token }),
  });
  new Console(options).event('serving', { url: server.openUrl, source: state.scan.source });
  if (options.open) openBrowser(server.openUrl);
  try {
    await interruption(signal);
  } finally {
    await server.close();
  }
  return 0;
}
