import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createRandom } from '../../server/analysis/math/random.ts';
import { readJournal } from '../../server/sessions/journal/journal-reader.ts';
import { JournalWriter } from '../../server/sessions/journal/journal-writer.ts';
import { intactPatches } from '../../server/sessions/rescans/intact-patches.ts';
import type { ScanDescription } from '../../server/sessions/scan-description.ts';
import { readDescription, writeDescription } from '../../server/sessions/session-description.ts';
import { SessionStore } from '../../server/sessions/session-store.ts';
import { SessionWriter } from '../../server/sessions/session-writer.ts';

const [ROWS, COLUMNS, CHANNELS] = [12, 10, 16];
const PIXELS = ROWS * COLUMNS;
const energy = { offset: 80, dispersion: 0.5, units: 'eV' as const };
const SCAN: ScanDescription = {
  scan: {
    id: 'damaged',
    name: 'damaged',
    shape: [ROWS, COLUMNS],
    channels: CHANNELS,
    energy,
    dtype: 'u16',
    lowLoss: { channels: 4, energy, dtype: 'u8' },
  },
  order: 'raster',
  pass: 0,
};
const coreOf = (first: number, count: number): Uint8Array => {
  const samples = Uint16Array.from({ length: count * CHANNELS }, (_, i) => 7 * (first * CHANNELS + i) + 1);
  return new Uint8Array(samples.buffer);
};
const lowLossOf = (first: number, count: number): Uint8Array =>
  Uint8Array.from({ length: 4 * count }, (_, i) => 3 * (4 * first + i) + 1);

/** Part that is scanned again, which shares nothing with what was there before. */
const RESCAN = {
  scan: {
    ...SCAN.scan,
    id: 'again',
    name: 'again',
    shape: [4, 5] as [number, number],
    region: { parentId: 'damaged', y: 2, x: 3, height: 4, width: 5 },
  },
  order: 'raster' as const,
  finer: 1,
  status: 'open' as const,
  created: '2026-11-28T12:00:00.000Z',
  signals: [],
};
const RESCAN_PIXELS = 4 * 5;
/** Its pixels have the content of pixels far behind the scan. */
const rescanned = (pixel: number): number => PIXELS + 50 + pixel;

export interface DamageFigures {
  /** Sessions that were damaged. */
  tried: number;
  /** Of these, sessions that could no longer be opened, and said so by name. */
  refused: number;
  /** Pixels or records that were given out and are not those that were written. */
  wrong: number;
  /** Sessions that could not be completed again to the bytes of an undisturbed one. */
  incomplete: number;
  /** Pixels that had reached the disk and were missing, where the damage lay behind them. */
  lostSynced: number;
}

/** What may be damaged: cut off, as by a power failure, or a bit flipped. */
export type Damage = 'cut' | 'flip';

/**
 * Records a session whose last rows never reached the disk, damages one of its files at a random byte, and opens it after
 * another start of the machine.
 */
export async function damageSessions(kind: Damage, tries: number, seed: number): Promise<DamageFigures> {
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-faults-'));
  const random = createRandom(seed);
  const figures: DamageFigures = { tried: 0, refused: 0, wrong: 0, incomplete: 0, lostSynced: 0 };
  try {
    const { session, synced, journal } = await recorded(root);
    const files = readdirSync(session).filter((name) => /\.(raw|ledger|mcap|json)$/.test(name));
    for (let n = 0; n < tries; n++) {
      const copy = join(root, 'copy');
      rmSync(copy, { recursive: true, force: true });
      cpSync(session, copy, { recursive: true });
      const file = files[Math.floor(random() * files.length)];
      const at = damage(join(copy, file), kind, random);
      figures.tried++;
      const { records } = await readJournal(join(copy, 'journal.mcap'));
      if (!isDeepStrictEqual(records, journal.slice(0, records.length))) figures.wrong++;
      await checkRescan(copy, figures);
      await reopen(copy, figures, kind === 'cut' && isBehind(file, at, synced) ? synced : 0);
    }
    return figures;
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Whether everything of the first `synced` pixels lies before byte `at` of a file. */
function isBehind(file: string, at: number, synced: number): boolean {
  if (file === 'core.raw') return at >= synced * CHANNELS * 2;
  if (file === 'low-loss.raw') return at >= synced * 4;
  return file === 'journal.mcap';
}

async function recorded(root: string) {
  const store = new SessionStore({ root: join(root, 'sessions'), version: 'test' });
  const writer = await store.open(SCAN, 'faults');
  const { pass } = await writer.beginPass(0);
  const write = (first: number, count: number) =>
    pass.write({ first, end: first + count }, [coreOf(first, count), lowLossOf(first, count)], new Map());
  const synced = PIXELS - 3 * COLUMNS;
  for (let first = 0; first < synced; first += COLUMNS) await write(first, COLUMNS);
  await writer.sync();
  for (let first = synced; first < PIXELS; first += COLUMNS) await write(first, COLUMNS);
  const rescan = await writer.rescans.begin(RESCAN);
  for (let first = 0; first < RESCAN_PIXELS; first += 5)
    await rescan.pass.write(
      { first, end: first + 5 },
      [coreOf(rescanned(first), 5), lowLossOf(rescanned(first), 5)],
      new Map(),
    );
  await rescan.end('complete', RESCAN.created);
  const patch = { rescan: 'rescan-1', rows: [0, 4] as [number, number], y: 2, x: 3, dwells: 1 };
  await writer.rescans.settle('rescan-1', { patches: [{ ...patch, applied: { y: 0, x: 0 } }] });
  await writer.close();
  const session = writer.folder;
  // The power failed before the last rows and the marks of their sync reached the disk.
  const description = await readDescription(session);
  if (!description) throw new Error('no description');
  await writeDescription(session, { ...description, boot: { id: 'another start', at: 0 } });
  const path = join(session, 'journal.mcap');
  const writing = await JournalWriter.open(path);
  for (let row = 0; row < ROWS; row++)
    await writing.write('arrivals', { pass: 0, pixels: [[row * COLUMNS, (row + 1) * COLUMNS]] }, 1e12 + row);
  await writing.close();
  return { session, synced, journal: (await readJournal(path)).records };
}

/** @returns the byte at which the damage lies */
function damage(path: string, kind: Damage, random: () => number): number {
  const at = Math.floor(random() * statSync(path).size);
  if (kind === 'cut') {
    truncateSync(path, at);
    return at;
  }
  const bytes = readFileSync(path);
  bytes[at] ^= 1 << Math.floor(random() * 8);
  writeFileSync(path, bytes);
  return at;
}

/** What is given out of a rescan is what was written. */
async function checkRescan(folder: string, figures: DamageFigures): Promise<void> {
  const description = await readDescription(folder).catch(() => undefined);
  if (!description) return;
  const core = readFileSync(join(folder, 'rescan-1.raw'));
  const lowLoss = readFileSync(join(folder, 'rescan-1.low-loss.raw'));
  const { patches, losses } = await intactPatches(folder, description);
  let rows = 0;
  for (const { rows: span } of patches) {
    const [first, end] = [5 * span[0], 5 * span[1]];
    rows += span[1] - span[0];
    const isWritten =
      core.subarray(first * CHANNELS * 2, end * CHANNELS * 2).equals(coreOf(rescanned(first), end - first)) &&
      lowLoss.subarray(first * 4, end * 4).equals(lowLossOf(rescanned(first), end - first));
    if (!isWritten) figures.wrong += end - first;
  }
  // What is left out is said.
  if (rows < 4 && losses.length === 0) figures.incomplete++;
}

async function reopen(folder: string, figures: DamageFigures, expected: number): Promise<void> {
  let writer: SessionWriter;
  try {
    const description = await readDescription(folder);
    if (!description) throw new Error('no description');
    writer = await SessionWriter.resume(folder, SCAN, description);
  } catch {
    figures.refused++;
    return;
  }
  try {
    const { pass } = await writer.beginPass(0);
    const core = readFileSync(join(folder, 'core.raw'));
    const lowLoss = readFileSync(join(folder, 'low-loss.raw'));
    const isWritten = (first: number, end: number) =>
      core.subarray(first * CHANNELS * 2, end * CHANNELS * 2).equals(coreOf(first, end - first)) &&
      lowLoss.subarray(first * 4, end * 4).equals(lowLossOf(first, end - first));
    for (const { first, end } of pass.spans()) if (!isWritten(first, end)) figures.wrong++;
    figures.lostSynced += Math.max(0, expected - pass.next);
    // The producer goes on at `next`, and sends what is missing.
    for (let first = pass.next; first < PIXELS; first++)
      await pass.write({ first, end: first + 1 }, [coreOf(first, 1), lowLossOf(first, 1)], new Map());
    await writer.sync();
    const complete =
      pass.next === PIXELS &&
      readFileSync(join(folder, 'core.raw')).equals(coreOf(0, PIXELS)) &&
      readFileSync(join(folder, 'low-loss.raw')).equals(lowLossOf(0, PIXELS));
    if (!complete) figures.incomplete++;
  } finally {
    await writer.close();
  }
}
