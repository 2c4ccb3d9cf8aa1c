import { type FileHandle, open } from 'node:fs/promises';
import { BYTES_PER_SAMPLE, pixelCount } from '../../protocol/index.ts';
import { bootMark, isSameBoot } from './boot-mark.ts';
import { isIntact } from './intact.ts';
import { PixelSet } from './pixel-set.ts';
import type { SessionDescription } from './session-description.ts';
import { sessionFiles } from './session-files.ts';
import { readLedger } from './write-ledger.ts';

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
export async function readPass(
  folder: string,
  { scan, boot }: SessionDescription,
  pass: number,
): Promise<PassContent> {
  const files = sessionFiles(folder);
  const pixels = pixelCount(scan);
  const { written, whole } = await readLedger(files.ledger(pass), isSameBoot(boot, bootMark()));
  const present = new PixelSet(pixels);
  const spoilt = new PixelSet(pixels);
  const samples = await openSamples(files, pass, scan);
  try {
    for (const span of written) ((await isIntact(span, samples)) ? present : spoilt).add(span);
  } finally {
    for (const { file } of samples) await file.close();
  }
  let damaged = 0;
  for (let pixel = 0; pixel < pixels; pixel++) if (spoilt.has(pixel) && !present.has(pixel)) damaged++;
  return { present, damaged, ledgerWhole: whole };
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
