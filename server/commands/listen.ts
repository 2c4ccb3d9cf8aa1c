import { InputError } from '../../protocol/index.ts';
import { workerScript } from '../built-file.ts';
import type { Options } from '../config.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import { SessionLock } from '../sessions/session-lock.ts';
import { createIngest } from '../sources/producers/ingest.ts';
import { placeInThread } from '../sources/rescans/place-in-thread.ts';
import { type Recording, recordingOf } from './recording.ts';
import { serve } from './serve.ts';

/** `eelwatch listen` */
export async function listen(options: Options, signal: AbortSignal): Promise<number> {
  const recording = await recordingOf(options);
  const lock = await lockOf(recording);
  const place = placeInThread(workerScript('rescan-worker'), options.edges);
  const ingest = createIngest({ ...recording, place });
  try {
    return await serve({ source: ingest.source, options, signal, ingest, store: recording.store });
  } finally {
    await ingest.close();
    lock?.release();
    recording.close();
  }
}

/**
 * Keeps a second monitor from taking spectra of producers into the same folder.
 * @throws InputError that names the process of the other
 */
async function lockOf({ store, temporary }: Recording): Promise<SessionLock | undefined> {
  if (temporary) return undefined;
  try {
    return await SessionLock.take(store.root);
  } catch (cause) {
    if (!(cause instanceof RecordingFault)) throw cause;
    const expected = 'expected a folder of its own for each monitor that listens';
    throw new InputError('--record', store.root, `${expected} (${cause.message})`, { cause });
  }
}
