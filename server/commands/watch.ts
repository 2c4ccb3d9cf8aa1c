import type { Options } from '../config.ts';
import { watchPath } from '../sources/directory.ts';
import { fileOptions } from './analysis-options.ts';
import { serve } from './serve.ts';

/** `eelwatch watch <file|directory>` */
export function watch(path: string, options: Options, signal: AbortSignal): Promise<number> {
  return serve({ source: watchPath(path, { poll: options.poll, ...fileOptions(options) }), options, signal });
}
