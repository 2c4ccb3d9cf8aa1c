import type { Options } from '../config.ts';
import { createIngest } from '../sources/ingest.ts';
import { serve } from './serve.ts';

/** `eelwatch listen` */
export async function listen(options: Options, signal: AbortSignal): Promise<number> {
  const ingest = createIngest(options.spool === undefined ? {} : { directory: options.spool });
  try {
    return await serve({ source: ingest.source, options, signal, ingest });
  } finally {
    await ingest.close();
  }
}
