import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BYTES_PER_SAMPLE, pixelCount } from '../../protocol/index.ts';
import { bootMark, isSameBoot } from './boot-mark.ts';
import { isIntact } from './intact.ts';
import { readJournal } from './journal-reader.ts';
import { PixelSet } from './pixel-set.ts';
import type { SessionDescription } from './session-description.ts';
import { sessionFiles } from './session-files.ts';
import { SessionLock } from './session-lock.ts';
import { readLedger } from './write-ledger.ts';

/** What is found when a session is read through. */
export interface SessionCheck {
  /** Being recorded by a monitor at this moment: then nothing is judged. */
  isRecording: boolean;
  /** Pixels of each pass that are there and whose samples are those that were written. */
  pixels: number[];
  /** Pixels of a whole pass. */
  total: number;
  /** What was recorded and is lost, in words. */
  losses: string[];
  hasResults: boolean;
}

/** Reads a session through, every sample included, and changes nothing. */
export async function checkSession(folder: string, description: SessionDescription): Promise<SessionCheck> {
  const files = sessionFiles(folder);
  const { scan, passes, boot } = description;
  const check: SessionCheck = {
    isRecording: await isLocked(folder),
    pixels: [],
    total: pixelCount(scan),
    losses: [],
    hasResults: await exists(join(files.results, 'summary.json')),
  };
  const journal = await readJournal(files.journal);
  if (journal.state === 'damaged' && !check.isRecording)
    check.losses.push(`the journal can be read up to record ${journal.records.length}`);
  for (let pass = 0; pass < passes; pass++) {
    const name = passes > 1 ? `pass ${pass + 1}: ` : '';
    const { written, whole } = await readLedger(files.ledger(pass), isSameBoot(boot, bootMark()));
    if (!whole) check.losses.push(`${name}the end of the ledger cannot be trusted`);
    const present = new PixelSet(check.total);
    const damaged = new PixelSet(check.total);
    const samples = await openSamples(files, pass, scan);
    try {
      for (const span of written) ((await isIntact(span, samples)) ? present : damaged).add(span);
    } finally {
      for (const { file } of samples) await file.close();
    }
    // What was damaged and then written again is there.
    let lost = 0;
    for (let pixel = 0; pixel < check.total; pixel++) if (damaged.has(pixel) && !present.has(pixel)) lost++;
    if (lost > 0) check.losses.push(`${name}the samples of ${lost} pixels are not those that were written`);
    check.pixels.push(present.count);
  }
  return check;
}

async function openSamples(
  files: ReturnType<typeof sessionFiles>,
  pass: number,
  { channels, dtype, lowLoss }: SessionDescription['scan'],
): Promise<{ file: FileHandle; size: number }[]> {
  const samples = [{ file: await open(files.core(pass), 'r'), size: channels * BYTES_PER_SAMPLE[dtype] }];
  if (lowLoss)
    samples.push({
      file: await open(files.lowLoss(pass), 'r'),
      size: lowLoss.channels * BYTES_PER_SAMPLE[lowLoss.dtype],
    });
  return samples;
}

async function isLocked(folder: string): Promise<boolean> {
  try {
    (await SessionLock.take(folder)).release();
    return false;
  } catch {
    return true;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
