import type { ScanRun } from '../pipeline/scan-run.ts';
import { readJournal } from '../sessions/journal/journal-reader.ts';
import { SessionJournal } from '../sessions/journal/session-journal.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { ShownRecorder } from './shown-recorder.ts';

/**
 * Notes the final maps of a scan that were made after its monitor was cut off in the journal of its session: a replay ends with them. They
 * follow what was noted last at once, however much later they were made.
 * @throws Error where the journal cannot be written
 */
export async function noteFinal(folder: string, run: ScanRun): Promise<void> {
  const { records } = await readJournal(sessionFiles(folder).journal);
  const after = (records.at(-1)?.time ?? Date.now()) + 1;
  let failed: Error | undefined;
  const journal = new SessionJournal(folder, {
    fault: (error) => {
      failed = error;
    },
    now: () => after,
  });
  ShownRecorder.recordFinal({ run, journal });
  await journal.close();
  if (failed) throw failed;
}
