import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workerScript } from '../../../../server/built-file.ts';
import { placeInThread } from '../../../../server/sources/rescans/place-in-thread.ts';
import { placeByRegistration } from '../../../../server/sources/rescans/place-rescan.ts';
import { cropped, simulatedPasses, writeSpectra } from '../../../support/scan-parts-in-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-place-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('finds the same in a thread of its own, and passes on what fails there', async () => {
  const [first, second] = simulatedPasses({ shape: [24, 24], seed: 5, passes: 2, driftEv: 0, dose: 'high' });
  const scan = (await writeSpectra(folder, 'small', first)).file;
  const part = (await writeSpectra(folder, 'of-small', cropped(second, [7, 6], [12, 12]))).file;
  const rescan = { cube: part.core, y: 6, x: 6, dwells: 1 };
  const input = {
    ...{ scan: scan.scan, core: scan.core, measured: new Uint8Array(576).fill(1) },
    ...{ rescan, parts: [rescan], name: 'again' },
  };
  const inThread = placeInThread(workerScript('rescan-worker'), []);
  const found = await inThread(input);
  expect(found).toEqual(await placeByRegistration([])(input));
  expect(found).toMatchObject({ applied: { y: 1, x: 0 } });
  const cube = { ...part.core, paths: [join(folder, 'gone.raw')] };
  const gone = { ...input, rescan: { ...rescan, cube }, parts: [] };
  expect(await inThread(gone)).toEqual(await placeByRegistration([])(gone));
  const broken = { ...gone, measured: undefined as unknown as Uint8Array };
  await expect(inThread({ ...broken, scan: undefined as never })).rejects.toThrow();
});

it('follows a specimen farther than a rescan is looked for at once', async () => {
  const [first, second] = simulatedPasses({ shape: [40, 40], seed: 5, passes: 2, driftEv: 0, dose: 'high' });
  const scan = (await writeSpectra(folder, 'first', first)).file;
  // It was sent to (16, 14) and lies at (21, 10), four pixels of which are mended at once.
  const part = (await writeSpectra(folder, 'part', cropped(second, [21, 10], [16, 16]))).file;
  const rescan = { cube: part.core, y: 16, x: 14, dwells: 1 };
  const input = {
    ...{ scan: scan.scan, core: scan.core, measured: new Uint8Array(1600).fill(1) },
    ...{ rescan, parts: [rescan], name: 'again' },
  };
  const place = placeByRegistration([]);
  expect(await place(input)).toMatchObject({ refused: expect.stringContaining('at most 4 are corrected') });
  for (const drift of [
    { y: 4, x: -3 },
    { y: 6, x: -5 },
  ]) {
    const found = await place({ ...input, drift });
    expect(found).toMatchObject({ applied: { y: 5, x: -4 }, cutOff: [{}] });
    if (!('refused' in found)) expect(found.shift?.y).toBeCloseTo(5, 0);
  }
  // Led back to where it was: it is found from there.
  const back = { ...input, rescan: { ...rescan, y: 21, x: 10 } };
  expect(await place({ ...back, drift: { y: 8, x: 8 } })).toMatchObject({ applied: { y: 0, x: 0 } });
});
