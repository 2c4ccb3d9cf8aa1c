import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openScanFile } from '../../../../server/formats/formats.ts';
import type { PixelRange } from '../../../../server/formats/scan-order.ts';
import type { Unpacker, UnpackSight } from '../../../../server/formats/unpacking/unpacker.ts';
import { MIB_FILES, mibContent } from '../../../support/series-files.ts';
import { wholeCube } from '../../../support/whole-cube.ts';

const { hdr, frameBytes, sums } = MIB_FILES.made['U08'];
const content = mibContent('U08');
const frames = (first: number, end: number) => content.subarray(first * frameBytes, end * frameBytes);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-series-'));
  path = join(folder, 'scan.mib');
  await writeFile(join(folder, 'scan.hdr'), hdr);
});
afterEach(() => rm(folder, { recursive: true }));

async function unpacker(bytes: Uint8Array): Promise<Unpacker> {
  await writeFile(path, bytes);
  const energy = { offset: 400, dispersion: 0.25, units: 'eV' as const };
  const { unpack } = await openScanFile(path, { scratch: folder, energy });
  if (!unpack) throw new Error('nothing to unpack');
  return unpack.core;
}

/** What a look at `now` (ms) reports and sees, while the file grows. */
async function looked(
  series: Unpacker,
  now: number,
  finished = false,
  budgetMs = Number.POSITIVE_INFINITY,
): Promise<{ ranges: PixelRange[]; sight: UnpackSight }> {
  const ranges: PixelRange[] = [];
  const look = series.look(now, finished, budgetMs);
  let next = await look.next();
  for (; !next.done; next = await look.next()) ranges.push(...next.value);
  return { ranges, sight: next.value };
}
const SEEN = { state: 'seen', behind: false };

it('reports what came since the last look, and holds it', async () => {
  const series = await unpacker(frames(0, 2));
  expect(await looked(series, 0)).toEqual({ ranges: [{ first: 0, count: 2 }], sight: SEEN });
  expect(await looked(series, 10)).toEqual({ ranges: [], sight: SEEN });
  await appendFile(path, frames(2, 6));
  expect(await looked(series, 20)).toEqual({ ranges: [{ first: 2, count: 4 }], sight: SEEN });
  expect([...(await wholeCube(series.layout))]).toEqual(sums.flat());
});

it('stops when its time is up, and says that there is more', async () => {
  const series = await unpacker(frames(0, 6));
  expect(await looked(series, 0, false, 0)).toEqual({ ranges: [], sight: { ...SEEN, behind: true } });
  expect((await looked(series, 0)).ranges).toEqual([{ first: 0, count: 6 }]);
});

it('waits for a record that cannot be read as long as none after it can, and speaks of it after a second', async () => {
  const empty = new Uint8Array(frameBytes);
  const series = await unpacker(Buffer.concat([frames(0, 1), empty]));
  expect(await looked(series, 0)).toEqual({ ranges: [{ first: 0, count: 1 }], sight: SEEN });
  expect((await looked(series, 900)).sight).toEqual(SEEN);
  const { sight } = await looked(series, 100_000);
  expect(sight.fault?.message).toContain('frame 2: expected a frame of a Merlin detector');
  await writeFile(path, Buffer.concat([frames(0, 2), empty]));
  expect(await looked(series, 100_100)).toEqual({ ranges: [{ first: 1, count: 1 }], sight: SEEN });
  // A later one can be read: after a second more it is left out for good.
  await writeFile(path, Buffer.concat([frames(0, 2), empty, frames(3, 4)]));
  expect((await looked(series, 100_200)).ranges).toEqual([]);
  const later = await looked(series, 101_300);
  expect(later.ranges).toEqual([{ first: 3, count: 1 }]);
  expect(later.sight.fault?.message).toContain('frame 3: expected a frame');
});

it('leaves it out at once of a file that is finished', async () => {
  const series = await unpacker(Buffer.concat([frames(0, 1), new Uint8Array(frameBytes), frames(2, 3)]));
  const { ranges, sight } = await looked(series, 0, true);
  expect(ranges).toEqual([
    { first: 0, count: 1 },
    { first: 2, count: 1 },
  ]);
  expect(sight.fault?.message).toContain('frame 2');
});

it('of another beginning is another scan, and of a finished file whatever was written', async () => {
  const growing = await unpacker(frames(0, 2));
  await looked(growing, 0);
  await writeFile(path, content.toString('latin1').replace('2026-01-02', '2026-01-03'), 'latin1');
  expect((await looked(growing, 10)).sight.state).toBe('rewritten');
  const finished = await unpacker(frames(0, 2));
  await looked(finished, 0, true, 0);
  await appendFile(path, frames(2, 3));
  expect((await looked(finished, 10, true)).sight.state).toBe('rewritten');
});

it('that is shorter for a second, or gone, is another scan', async () => {
  const series = await unpacker(frames(0, 4));
  await looked(series, 0);
  await writeFile(path, frames(0, 3));
  expect((await looked(series, 10)).sight).toEqual(SEEN);
  await writeFile(path, frames(0, 4));
  expect((await looked(series, 900)).sight).toEqual(SEEN);
  await writeFile(path, new Uint8Array(0));
  expect((await looked(series, 1000)).sight).toEqual(SEEN);
  expect((await looked(series, 2000)).sight.state).toBe('rewritten');
  await rm(path);
  expect((await looked(series, 2100)).sight.state).toBe('absent');
});

it('says what it has no room for', async () => {
  const series = await unpacker(frames(0, 6));
  await appendFile(path, frames(0, 1));
  const { ranges, sight } = await looked(series, 0);
  expect(ranges).toEqual([{ first: 0, count: 6 }]);
  expect(sight.fault?.message).toContain(
    'size: expected 6 frames for 2 × 3 pixels, found 7: the others are left out',
  );
});

it('is looked at again after half a minute, whatever its time says', async () => {
  const series = await unpacker(frames(0, 4));
  await looked(series, 0);
  const other = Buffer.concat([frames(0, 4), new Uint8Array(10)]);
  other[frameBytes - 1] ^= 1;
  // It has grown, so that nothing but the counts tells.
  await writeFile(path, other);
  expect((await looked(series, 1000)).sight).toEqual(SEEN);
  expect((await looked(series, 31_000)).sight.state).toBe('rewritten');
});
