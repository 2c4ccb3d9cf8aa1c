import { checkOptions, type Options } from '../config.ts';
import { readJournal } from '../sessions/journal/journal-reader.ts';
import { sessionFiles } from '../sessions/session-files.ts';

/** Options with which a session was recorded last; undefined where its journal does not say. */
export async function optionsOfSession(folder: string): Promise<Record<string, unknown> | undefined> {
  const { records } = await readJournal(sessionFiles(folder).journal);
  const scan = records.findLast(({ topic }) => topic === 'scan');
  return scan?.topic === 'scan' ? scan.content.options : undefined;
}

/**
 * Options to analyse a recorded session with: those of the recording, as far as `given` has none.
 * @param given as on the command line
 */
export async function sessionOptions(
  folder: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Options> {
  return checkOptions({ ...(await optionsOfSession(folder)), ...given });
}
