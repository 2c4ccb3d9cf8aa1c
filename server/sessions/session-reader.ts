import { open } from 'node:fs/promises';
import { pixelCount, type Scan } from '../../protocol/index.ts';
import { bootMark, isSameBoot } from './boot-mark.ts';
import { isIntact } from './passes/intact.ts';
import { spectrumSize } from './passes/pass-writer.ts';
import { PixelSet } from './passes/pixel-set.ts';
import { readLedger } from './passes/write-ledger.ts';
import type { RescanRecord } from './rescans/rescan-record.ts';
import type { SessionDescription } from './session-description.ts';
import { sessionFiles } from './session-files.ts';

/** What a pass of a session holds. */
export interface PassContent {
  /** Pixels whose samples are those that were written. */
  present: PixelSet;
  /** Pixels that were written and are spoilt, and were not written again. */
  damaged: number;
  /** False where the end of the ledger cannot be trusted. */
  ledgerWhole: boolean;
}

/** Reads a pass through, every sample included, and changes nothing. */
export function readPass(
  folder: string,
  { scan, boot }: SessionDescription,
  pass: number,
): Promise<PassContent> {
  const files = sessionFiles(folder);
  const paths = { core: files.core(pass), lowLoss: files.lowLoss(pass), ledger: files.ledger(pass) };
  return readWritten(scan, paths, isSameBoot(boot, bootMark()));
}

/** Reads a rescan through, every sample included, and changes nothing. */
export function readRescan(
  folder: string,
  { boot }: SessionDescription,
  { file, scan }: RescanRecord,
): Promise<PassContent> {
  return readWritten(scan, sessionFiles(folder).rescan(file), isSameBoot(boot, bootMark()));
}

async function readWritten(
  scan: Scan,
  paths: { core: string; lowLoss: string; ledger: string },
  sameBoot: boolean,
): Promise<PassContent> {
  const pixels = pixelCount(scan);
  const { written, whole } = await readLedger(paths.ledger, sameBoot);
  const present = new PixelSet(pixels);
  const spoilt = new PixelSet(pixels);
  const size = spectrumSize(scan);
  const samples = [{ file: await open(paths.core, 'r'), size: size.core }];
  try {
    if (size.lowLoss > 0) samples.push({ file: await open(paths.lowLoss, 'r'), size: size.lowLoss });
    for (const span of written) ((await isIntact(span, samples)) ? present : spoilt).add(span);
  } finally {
    for (const { file } of samples) await file.close();
  }
  let damaged = 0;
  for (let pixel = 0; pixel < pixels; pixel++) if (spoilt.has(pixel) && !present.has(pixel)) damaged++;
  return { present, damaged, ledgerWhole: whole };
}
