import { workerScript } from '../built-file.ts';
import type { Options } from '../config.ts';
import { createIngest } from '../sources/ingest.ts';
import { placeInThread } from '../sources/place-in-thread.ts';
import { recordingOf } from './recording.ts';
import { serve } from './serve.ts';

/** `eelwatch listen` */
export async function listen(options: Options, signal: AbortSignal): Promise<number> {
  const recording = await recordingOf(options);
  const place = placeInThread(workerScript('rescan-worker'), options.edges);
  const ingest = createIngest({ ...recording, place });
  try {
    return await serve({ source: ingest.source, options, signal, ingest, store: recording.store });
  } finally {
    await ingest.close();
    recording.close();
  }
}
