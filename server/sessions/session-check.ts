import { counted, pixelCount } from '../../protocol/index.ts';
import { hasResults } from './has-results.ts';
import { readJournal } from './journal/journal-reader.ts';
import { intactPatches } from './rescans/intact-patches.ts';
import { holdsCounts, type SessionDescription } from './session-description.ts';
import { sessionFiles } from './session-files.ts';
import { SessionLock } from './session-lock.ts';
import { readPass, readRescan } from './session-reader.ts';

/** What is found when a session is read through. */
export interface SessionCheck {
  /** Being recorded by a monitor at this moment: then nothing is judged. */
  isRecording: boolean;
  /** Pixels of each pass that are there and whose samples are those that were written. */
  pixels: number[];
  /** Pixels of a whole pass. */
  total: number;
  /** Rescans, with the pixels that are there and whose samples are those that were written. */
  rescans: { file: string; pixels: number; total: number; status: string; refused?: string }[];
  /** What was recorded and is lost, in words. */
  losses: string[];
  hasResults: boolean;
}

/** Reads a session through, the samples that lie in it included, and changes nothing. */
export async function checkSession(folder: string, description: SessionDescription): Promise<SessionCheck> {
  const files = sessionFiles(folder);
  const { scan } = description;
  const passes = holdsCounts(description) ? description.passes : 0;
  const check: SessionCheck = {
    isRecording: await isRecorded(folder),
    pixels: [],
    total: pixelCount(scan),
    rescans: [],
    losses: [],
    hasResults: await hasResults(folder),
  };
  const journal = await readJournal(files.journal);
  if (journal.state === 'damaged' && !check.isRecording)
    check.losses.push(`the journal can be read up to record ${journal.records.length}`);
  for (let pass = 0; pass < passes; pass++) {
    const name = passes > 1 ? `pass ${pass + 1}: ` : '';
    const { present, damaged, ledgerWhole } = await readPass(folder, description, pass);
    if (!ledgerWhole) check.losses.push(`${name}the end of the ledger cannot be trusted`);
    if (damaged > 0)
      check.losses.push(`${name}the samples of ${counted(damaged, 'pixel')} are not those that were written`);
    check.pixels.push(present.count);
  }
  await checkRescans(folder, description, check);
  return check;
}

async function checkRescans(
  folder: string,
  description: SessionDescription,
  check: SessionCheck,
): Promise<void> {
  for (const rescan of description.rescans ?? [])
    try {
      const { present, damaged, ledgerWhole } = await readRescan(folder, description, rescan);
      if (!ledgerWhole) check.losses.push(`${rescan.file}: the end of the ledger cannot be trusted`);
      if (damaged > 0)
        check.losses.push(
          `${rescan.file}: the samples of ${counted(damaged, 'pixel')} are not those that were written`,
        );
      check.rescans.push({
        file: rescan.file,
        pixels: present.count,
        total: pixelCount(rescan.scan),
        status: rescan.status,
        ...(rescan.refused !== undefined && { refused: rescan.refused }),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      check.losses.push(`${rescan.file}: its files are gone`);
    }
  check.losses.push(...(await intactPatches(folder, description)).losses);
}

/** Whether a monitor records into the session at this moment. */
export const isRecorded = (folder: string): Promise<boolean> => SessionLock.isTaken(folder);
