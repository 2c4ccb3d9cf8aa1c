import { mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CubeLayout } from '../../../../server/formats/cube.ts';
import { stampTextOf } from '../../../../server/formats/files/file-stamp.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { ReadFault } from '../../../../server/formats/reading/read-fault.ts';
import type { ReadingTrouble } from '../../../../server/formats/reading/sample-file.ts';
import { FailingFiles } from '../../../support/failing-files.ts';
import { cubeWriter, encode, plainLayout } from '../../../support/written-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-read-faults-'));
});
afterAll(() => rm(folder, { recursive: true }));
const written = cubeWriter(() => folder);

const sample = (pixel: number, channel: number, pass: number) => 1 + pixel * 7 + channel * 31 + pass * 101;
const PIXELS = 20;
const everything = async (layout: CubeLayout, files: FailingFiles, patienceMs = 60_000) => {
  const said: (ReadingTrouble | undefined)[] = [];
  const cube = await openCube(layout, { files, patienceMs, trouble: (trouble) => said.push(trouble) });
  const out = new Float64Array(PIXELS * 3);
  try {
    for (let first = 0; first < PIXELS; first += 5)
      await cube.read(first, 5, 0, 3, out.subarray(first * 3, (first + 5) * 3));
  } finally {
    await cube.close();
  }
  expect(files.openNow).toBe(0);
  return { samples: [...out], said };
};
const finished = async (layout: CubeLayout): Promise<CubeLayout> => ({
  ...layout,
  stamps: await Promise.all(layout.paths.map(async (path) => (await stampTextOf(path)) ?? '')),
});
const expected = (passes: number) =>
  Array.from({ length: PIXELS * 3 }, (_, i) =>
    Array.from({ length: passes }, (_, p) => sample(Math.floor(i / 3), i % 3, p)).reduce((a, b) => a + b),
  );

it.each(['vector', 'image'] as const)(
  'gives the samples or an error, whichever call fails, once or from then on (%s order)',
  async (recordBy) => {
    const layout = await finished(await written({ ...plainLayout, recordBy, paths: ['', ''] }, sample));
    const calm = new FailingFiles();
    expect((await everything(layout, calm)).samples).toEqual(expected(2));
    expect(calm.calls).toBeGreaterThan(15);
    for (let at = 1; at <= calm.calls; at++)
      for (const code of ['EIO', 'ESTALE', 'EACCES', 'EMFILE', 'ENOENT', 'ENXIO']) {
        const once = new FailingFiles((call) => (call === at ? code : undefined));
        const reading = everything(layout, once);
        if (code === 'ENXIO') await expect(reading).rejects.toMatchObject({ code: 'unreadable' });
        else {
          const { samples, said } = await reading;
          expect(samples).toEqual(expected(2));
          expect(said).toHaveLength(2);
          expect(said[0]?.isFinal).toBe(false);
          expect(layout.paths.some((path) => said[0]?.message.startsWith(path))).toBe(true);
          expect(said[1]).toBeUndefined();
        }
        const lasting = new FailingFiles((call) => (call >= at ? code : undefined));
        await expect(everything(layout, lasting)).rejects.toBeInstanceOf(ReadFault);
        expect(lasting.openNow).toBe(0);
      }
  },
);

it('tries again for as long as it is told to, at growing distances', async () => {
  const layout = await written(plainLayout, sample);
  let broken = true;
  const files = new FailingFiles(
    () => (broken ? 'EACCES' : undefined),
    (waited) => {
      broken = waited < 5000;
    },
  );
  expect((await everything(layout, files, Number.POSITIVE_INFINITY)).samples).toEqual(expected(1));
  expect(files.waited).toBeGreaterThanOrEqual(5000);
  expect(files.calls).toBeLessThan(30);
});

it.each([
  ['cut', (path: string) => truncate(path, 61), /found 61 bytes instead of 120/],
  ['written again', (path: string) => writeFile(path, new Uint8Array(120)), /found that it was written to/],
  [
    'exchanged',
    async (path: string) => {
      await writeFile(`${path}.new`, new Uint8Array(120));
      await rename(`${path}.new`, path);
    },
    /found another file under its name/,
  ],
])('refuses a finished file that is %s after it was opened', async (_, change, words) => {
  const raw = await written(plainLayout, sample);
  const [path] = raw.paths;
  await utimes(path, new Date(), new Date(Date.now() - 5000));
  const layout = await finished(raw);
  expect((await everything(layout, new FailingFiles())).samples).toEqual(expected(1));
  await change(path);
  const files = new FailingFiles();
  const reading = everything(layout, files);
  await expect(reading).rejects.toMatchObject({ code: 'changed', place: path });
  await expect(reading).rejects.toThrow(words);
  // It would not become what it was.
  expect(files.waited).toBe(0);
});

it('takes a file that is short for a moment as it is when it is whole', async () => {
  const layout = await written(plainLayout, sample);
  const bytes = encode(plainLayout, (pixel, channel) => sample(pixel, channel, 0));
  await truncate(layout.paths[0], 100);
  const files = new FailingFiles(undefined, (waited) =>
    waited > 500 ? writeFile(layout.paths[0], bytes) : undefined,
  );
  expect((await everything(layout, files)).samples).toEqual(expected(1));
  await truncate(layout.paths[0], 100);
  await expect(everything(layout, new FailingFiles())).rejects.toMatchObject({ code: 'short' });
});

it('keeps few files open, however many passes there are', async () => {
  const layout = await written({ ...plainLayout, paths: Array.from({ length: 40 }, () => '') }, sample);
  const files = new FailingFiles();
  expect((await everything(layout, files)).samples).toEqual(expected(40));
  expect(files.mostOpen).toBeLessThanOrEqual(8);
});
