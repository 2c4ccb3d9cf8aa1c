import { pixelCount } from '../../../protocol/index.ts';
import { type FileStamp, identityText, stampOf } from '../../formats/files/file-stamp.ts';
import type { ScanFile } from '../../formats/format.ts';
import type { Follower } from '../growing/follower.ts';
import type { ScanOpening } from '../source.ts';
import { textOf } from './candidate-stamps.ts';
import type { Candidate } from './candidates.ts';

/** Files that are written within this time of each other are of one acquisition. */
const TOGETHER_MS = 30_000;
/** More than any header of a growing format. */
export const HEADER_BYTES = 65_536;

/** The scan in progress, or the last one. */
export interface ShownScan {
  candidate: Candidate;
  follower: Follower;
  /** The file that says what the scan is, its beginning and its stamp. */
  headerPath: string;
  header: Buffer;
  headerBytes: number;
  headerStamp: FileStamp | undefined;
  /** Stamps of its files when it was opened, as text. */
  signature: string;
  /** The samples are still being written, or were when the scan began. */
  grows: boolean;
  hasLowLoss: boolean;
  /** The file of the low loss where that was saved apart, as it was opened. */
  lowLossFile: string | undefined;
  /** Names of the files that go with it, as last seen. */
  companions: string;
  /** The file of samples that grows; that of the header where samples come as files of their own. */
  samplesPath: string;
  samplesBytes: number;
  /** When they were last found to have grown. */
  grewAt: number;
  absentSince: number | undefined;
}

/** A scan as it is put on show at `now` (monotonic ms). */
export async function shownScan(
  candidate: Candidate,
  follower: Follower,
  file: ScanFile,
  header: Buffer,
  now: number,
): Promise<ShownScan> {
  const headerPath = file.header ?? candidate.path;
  const samplesPath = file.unpack ? headerPath : file.core.paths[0];
  return {
    candidate,
    follower,
    headerPath,
    header,
    headerBytes: file.headerBytes ?? HEADER_BYTES,
    headerStamp: await stampOf(headerPath),
    signature: candidate.signature,
    grows: file.growing.length > 0,
    hasLowLoss: file.lowLoss !== undefined,
    lowLossFile: await lowLossStamp(file),
    companions: '',
    samplesPath,
    samplesBytes: (await stampOf(samplesPath))?.size ?? 0,
    grewAt: now,
    absentSince: undefined,
  };
}

/**
 * The path that the scan on show had, where the candidate is its file under another name; the candidate's own path where
 * it is a second name of a file that keeps the first one; otherwise undefined.
 */
export async function placeBefore(
  shown: ShownScan | undefined,
  candidate: Candidate,
): Promise<string | undefined> {
  const { path, identity } = candidate;
  const before = shown?.candidate;
  if (!before || before.path === path || before.identity !== identity) return undefined;
  const left = await stampOf(before.path);
  if (left && identityText(left) === identity) return path;
  return isFileOf(shown, candidate) ? before.path : undefined;
}

/** Systems of files give the numbers of removed files to new ones, which are written later. */
const isFileOf = (
  { candidate: { identity }, headerStamp }: ShownScan,
  { identity: other, signature }: Candidate,
): boolean => identity === other && signature.startsWith(textOf(headerStamp));

/**
 * Whether a file is that of a scan under whatever name: the same file of the same system of files, not written to since, with the same header. Samples
 * that grow are held against those that were there when they are followed.
 */
export function isTheFileOf(shown: ShownScan, candidate: Candidate, header: Buffer): boolean {
  if (!isFileOf(shown, candidate) || !header.equals(shown.header)) return false;
  return shown.grows || candidate.signature === shown.signature;
}

/** A scan as it is announced from the file at `path`. */
export const openingOf = (path: string, file: ScanFile, follower: Follower): ScanOpening => ({
  scan: follower.scan,
  core: file.core,
  ...(file.lowLoss && { lowLoss: file.lowLoss }),
  origin: { path, file, isIntact: () => follower.isIntact() },
});

/**
 * Whether a file is left unopened for the image on show: a single spectrum, and a smaller one that was written whole with it or
 * before it, as spectra and details of one acquisition are.
 */
export function isLeftFor(shown: ShownScan, candidate: Candidate, { scan, growing }: ScanFile): boolean {
  const pixels = pixelCount(scan);
  if (growing.length > 0 || candidate.path === shown.candidate.path) return false;
  if (pixels >= pixelCount(shown.follower.scan)) return false;
  return pixels === 1 || candidate.writtenMs - shown.candidate.writtenMs <= TOGETHER_MS;
}

/** The file of a separate low loss; where it was written whole, with its stamp: another one is to be read anew. */
export async function lowLossStamp({ lowLossFile, growing }: ScanFile): Promise<string | undefined> {
  if (lowLossFile === undefined || growing.length > 0) return lowLossFile;
  const stamp = await stampOf(lowLossFile);
  return `${lowLossFile} ${textOf(stamp)}`;
}

/** Whether the file holds the scan that is shown already, and no low loss that is not. */
export async function isAsShown(
  shown: ShownScan,
  candidate: Candidate,
  file: ScanFile,
  header: Buffer,
): Promise<boolean> {
  const sameCore = shown.grows ? header.equals(shown.header) : candidate.signature === shown.signature;
  const lowLoss = await lowLossStamp(file);
  return sameCore && (lowLoss === undefined || lowLoss === shown.lowLossFile);
}

/** Samples have come and the companions fit: whoever writes it has set up all of it. */
export async function isUnderWay(file: ScanFile): Promise<boolean> {
  if ((file.faults ?? []).length > 0) return false;
  // What is appended and unpacked is opened with its first spectrum.
  if (file.unpack) return true;
  const samples = await stampOf(file.core.paths[0]);
  return (samples?.size ?? 0) > file.core.byteOffset;
}
