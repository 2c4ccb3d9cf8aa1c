import type { Options } from '../config.ts';
import { createIngest } from '../sources/ingest.ts';
import { placeByRegistration } from '../sources/place-rescan.ts';
import { recordingOf } from './recording.ts';
import { serve } from './serve.ts';

/** `eelwatch listen` */
export async function listen(options: Options, signal: AbortSignal): Promise<number> {
  const recording = await recordingOf(options);
  const ingest = createIngest({ ...recording, place: placeByRegistration(options.edges) });
  try {
    return await serve({ source: ingest.source, options, signal, ingest, store: recording.store });
  } finally {
    await ingest.close();
    recording.close();
  }
}
