import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import type { CubeLayout, Patch } from '../../../../server/formats/cube.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { BY_RESCANS_ALONE, overlap } from '../../../../server/formats/reading/patched-reader.ts';
import { runsOf } from '../../../../server/formats/reading/pixel-runs.ts';
import { FailingFiles } from '../../../support/failing-files.ts';
import { cubeWriter, layouts, plainLayout } from '../../../support/written-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-patches-'));
});
afterAll(() => rm(folder, { recursive: true }));
const written = cubeWriter(() => folder);

/** Fits every dtype, differs for neighbouring pixels, channels, passes and rescans. */
const sampleOf = (rescan: number) => (pixel: number, channel: number, pass: number) =>
  (pixel * 7 + channel * 31 + pass * 101 + rescan * 53) % 120;

/** What a pixel of a scan with rescans holds, the slow and obvious way. */
function naive(scan: CubeLayout, patches: readonly Patch[], pixel: number, channel: number): number {
  const own = (layout: CubeLayout, rescan: number, at: number) =>
    layout.paths.reduce((sum, _, pass) => sum + sampleOf(rescan)(at, channel, pass), 0);
  const [row, column] = [Math.floor(pixel / scan.shape[1]), pixel % scan.shape[1]];
  return patches.reduce(
    (sum, { cube, y, x, replaces = [], omits = [] }, n) => {
      const [i, j] = [row - y, column - x];
      const isInside = i >= 0 && i < cube.shape[0] && j >= 0 && j < cube.shape[1];
      const isIn = (runs: [number, number][]) => runs.some(([first, end]) => pixel >= first && pixel < end);
      if (!isInside || isIn(omits)) return sum;
      return (isIn(replaces) ? 0 : sum) + own(cube, n + 1, i * cube.shape[1] + j);
    },
    own(scan, 0, pixel),
  );
}

const rescans = fc.array(
  fc.record({
    cube: layouts,
    y: fc.integer({ min: -3, max: 5 }),
    x: fc.integer({ min: -3, max: 6 }),
  }),
  { minLength: 1, maxLength: 3 },
);

it('adds rescans of any layout to the pixels they cover, replaces them or leaves them, as it is told', async () => {
  await fc.assert(
    fc.asyncProperty(
      layouts,
      rescans,
      fc.boolean(),
      fc.boolean(),
      fc.infiniteStream(fc.nat(1000)),
      async (layout, found, isLate, isDouble, numbers) => {
        const below = (limit: number) => numbers.next().value! % (limit + 1);
        const scan = await written(layout, sampleOf(0));
        const patches: Patch[] = [];
        for (const [n, { cube, y, x }] of found.entries()) {
          const own = { ...cube, channels: layout.channels };
          const patch = { cube: await written(own, sampleOf(n + 1)), y, x, dwells: 1 };
          const pixels = layout.shape[0] * layout.shape[1];
          const flags = { replaces: new Uint8Array(pixels), omits: new Uint8Array(pixels) };
          for (const { target, count } of overlap(patch, layout.shape[1], 0, pixels))
            for (let pixel = target; pixel < target + count; pixel++) {
              const kind = below(5);
              if (kind === 0) flags.replaces[pixel] = 1;
              if (kind === 1) flags.omits[pixel] = 1;
            }
          patches.push({ ...patch, replaces: runsOf(flags.replaces), omits: runsOf(flags.omits) });
        }
        const cube = await openCube(isLate ? scan : { ...scan, patches });
        if (isLate) cube.extend({ ...scan, patches });
        try {
          for (let part = 0; part < 3; part++) {
            const pixels = layout.shape[0] * layout.shape[1];
            const first = below(pixels - 1);
            const count = below(pixels - first);
            const from = below(layout.channels - 1);
            const to = from + below(layout.channels - from);
            const size = count * (to - from);
            const out = isDouble ? new Float64Array(size) : new Float32Array(size);
            await cube.read(first, count, from, to, out.fill(-1));
            const expected: number[] = [];
            for (let pixel = first; pixel < first + count; pixel++)
              for (let channel = from; channel < to; channel++)
                expected.push(naive(scan, patches, pixel, channel));
            expect([...out]).toEqual(expected);
          }
          expect(cube.layout.patches).toEqual(patches);
        } finally {
          await cube.close();
        }
      },
    ),
    { numRuns: 300 },
  );
});

it('has a rescan in every read that is asked for after it came, and in none before', async () => {
  const scan = await written(plainLayout, () => 1);
  const cube = await written({ ...plainLayout, shape: [2, 2] }, () => 10);
  const reader = await openCube(scan);
  const [before, after] = [new Float32Array(20), new Float32Array(20)];
  const first = reader.read(0, 20, 0, 1, before);
  reader.extend({
    paths: scan.paths,
    patches: [{ cube, y: 1, x: 1, dwells: 1 }],
  });
  await Promise.all([first, reader.read(0, 20, 0, 1, after)]);
  await reader.close();
  expect([...before]).toEqual(new Array(20).fill(1));
  expect([...after]).toEqual([1, 1, 1, 1, 1, 1, 11, 11, 1, 1, 1, 11, 11, 1, 1, 1, 1, 1, 1, 1]);
});

it('leaves out what the scan holds of pixels that rescans alone have measured', async () => {
  const scan = await written(plainLayout, () => 1);
  const cube = await written({ ...plainLayout, shape: [1, 2] }, () => 10);
  const reader = await openCube({
    ...scan,
    patches: [{ cube, y: 0, x: 0, dwells: 1 }],
  });
  const out = new Float32Array(4);
  const passes = new Uint8Array(20).fill(1);
  passes[1] = BY_RESCANS_ALONE;
  await reader.read(0, 4, 0, 1, out, passes);
  await reader.close();
  expect([...out]).toEqual([11, 10, 1, 1]);
});

it.each<[string, Partial<CubeLayout>, Partial<Patch>, string]>([
  ['other channels', { channels: 4 }, {}, 'channels'],
  ['a place between pixels', {}, { x: 0.5 }, 'x'],
  ['no exposure', {}, { dwells: 0 }, 'dwells'],
  ['no rows', { shape: [0, 2] }, {}, 'rows'],
])('refuses a rescan with %s', async (_, layout, place, field) => {
  const scan = await written(plainLayout, () => 1);
  const cube = {
    ...(await written({ ...plainLayout, shape: [2, 2] }, () => 10)),
    ...layout,
  };
  const opening = openCube({
    ...scan,
    patches: [{ cube, y: 0, x: 0, dwells: 1, ...place }],
  });
  await expect(opening).rejects.toMatchObject({
    constructor: InputError,
    field,
  });
  await expect(opening).rejects.toThrow(cube.paths[0]);
});

it('names the file of a rescan that cannot be opened', async () => {
  const scan = await written(plainLayout, () => 1);
  const cube = { ...plainLayout, paths: [join(folder, 'gone.raw')] };
  const files = new FailingFiles();
  const reader = await openCube({ ...scan, patches: [{ cube, y: 0, x: 0, dwells: 1 }] }, { files });
  const reading = reader.read(0, 1, 0, 3, new Float32Array(3));
  await expect(reading).rejects.toThrow(/gone\.raw: samples: expected to exist/);
  await reader.close();
  expect(files.openNow).toBe(0);
});
