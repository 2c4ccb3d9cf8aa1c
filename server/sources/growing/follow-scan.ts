import type { Scan } from '../../../protocol/index.ts';
import type { ScanFile } from '../../formats/format.ts';
import type { FollowTimes } from './follow-times.ts';
import type { Follower } from './follower.ts';
import { ScanFollower } from './scan-follower.ts';
import { UnpackFollower } from './unpack-follower.ts';

/**
 * A follower of a scan that was opened. Spectra that have to be unpacked have the files they are unpacked into from now on.
 * @param finished whatever the files hold now is all that there will be
 * @param lookMs unpacking goes on for so long in one look
 * @throws InputError when there is no room to unpack
 */
export async function followScan(
  file: ScanFile,
  scan: Scan,
  times: FollowTimes,
  finished: boolean,
  now: number,
  lookMs: number,
): Promise<Follower> {
  if (!file.unpack) return new ScanFollower(file, scan, times, finished, now);
  await file.unpack.core.prepare();
  await file.unpack.lowLoss?.prepare();
  return new UnpackFollower(file.unpack, scan, times, finished, now, lookMs);
}
