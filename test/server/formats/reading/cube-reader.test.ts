import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { cubeWriter, encode, layouts, plainLayout } from '../../../support/written-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-cube-'));
});
afterAll(() => rm(folder, { recursive: true }));

const written = cubeWriter(() => folder);

/** Fits every dtype, differs for neighbouring pixels, channels and passes. */
const sample = (pixel: number, channel: number, pass: number) =>
  (pixel * 7 + channel * 31 + pass * 101) % 255;

it('reads what was written, for every layout and any part of it', async () => {
  await fc.assert(
    fc.asyncProperty(layouts, fc.infiniteStream(fc.nat(1000)), async (layout, numbers) => {
      const below = (limit: number) => numbers.next().value! % (limit + 1);
      const cube = await openCube(await written(layout, sample));
      try {
        for (let part = 0; part < 3; part++) {
          const pixels = layout.shape[0] * layout.shape[1];
          const first = below(pixels - 1);
          const count = below(pixels - first);
          const from = below(layout.channels - 1);
          const to = from + below(layout.channels - from);
          const out = new Float32Array(count * (to - from) + 2).fill(-1);
          await cube.read(first, count, from, to, out);
          const expected: number[] = [];
          for (let pixel = first; pixel < first + count; pixel++)
            for (let channel = from; channel < to; channel++)
              expected.push(layout.paths.reduce((sum, _, pass) => sum + sample(pixel, channel, pass), 0));
          expect([...out]).toEqual([...expected, -1, -1]);
        }
      } finally {
        await cube.close();
      }
    }),
    { numRuns: 300 },
  );
});

it.each(['vector', 'image'] as const)(
  'joins and splits the reads of a large cube in %s order',
  async (recordBy) => {
    const layout = await written(
      {
        ...plainLayout,
        recordBy,
        dtype: 'f64',
        shape: [23, 301],
        channels: 130,
        order: 'serpentine',
        flybackColumns: 2,
      },
      (pixel, channel) => pixel * 1000 + channel,
    );
    const cube = await openCube(layout);
    const out = new Float32Array(23 * 301 * 130);
    await cube.read(0, 23 * 301, 0, 130, out);
    await cube.close();
    for (let i = 0; i < out.length; i++)
      if (out[i] !== Math.fround(Math.floor(i / 130) * 1000 + (i % 130)))
        expect.fail(`sample ${i} is ${out[i]}`);
  },
);

it('adds passes up in double precision', async () => {
  const layout = await written({ ...plainLayout, dtype: 'f32', paths: ['', '', ''] }, (_p, _c, pass) =>
    pass === 0 ? 2 ** 24 : 0.75,
  );
  const cube = await openCube(layout);
  const out = new Float32Array(3);
  await cube.read(7, 1, 0, 3, out);
  await cube.close();
  expect([...out]).toEqual([2 ** 24 + 2, 2 ** 24 + 2, 2 ** 24 + 2]);
});

it('keeps NaN, infinities and the sign of zero', async () => {
  const values = [Number.NaN, Number.NEGATIVE_INFINITY, -0];
  const layout = await written(
    { ...plainLayout, dtype: 'f32', littleEndian: false },
    (_p, channel) => values[channel],
  );
  const cube = await openCube(layout);
  const out = new Float32Array(3);
  await cube.read(0, 1, 0, 3, out);
  await cube.close();
  expect(out).toEqual(new Float32Array(values));
});

it('reads zeros beyond the end where nothing is measured, also of a sample that is cut, and more as the file grows', async () => {
  const layout = await written(plainLayout, () => 0x0101);
  const path = layout.paths[0];
  await truncate(path, 2 * 7 + 1);
  const cube = await openCube(layout);
  const out = new Float32Array(12).fill(-1);
  const passes = new Uint8Array(20).fill(1, 0, 2);
  await cube.read(1, 4, 0, 3, out, passes);
  expect([...out]).toEqual([257, 257, 257, 257, 0, 0, 0, 0, 0, 0, 0, 0]);
  await appendFile(path, new Uint8Array(3).fill(1));
  await cube.read(1, 4, 0, 3, out, passes);
  expect([...out.subarray(0, 7)]).toEqual([257, 257, 257, 257, 257, 257, 0]);
  await cube.close();
});

it('takes a later pass that does not exist yet as zeros, and finds it once it does', async () => {
  const layout = await written(plainLayout, () => 5);
  const later = join(folder, 'later.raw');
  const cube = await openCube({ ...layout, paths: [layout.paths[0], later] });
  const out = new Float32Array(60);
  const passes = new Uint8Array(20).fill(1);
  await cube.read(0, 20, 0, 3, out, passes);
  expect(new Set(out)).toEqual(new Set([5]));
  await writeFile(
    later,
    encode(plainLayout, () => 2),
  );
  await cube.read(0, 20, 0, 3, out, passes.fill(2));
  expect(new Set(out)).toEqual(new Set([7]));
  await cube.close();
});

it('works off overlapping calls one after the other', async () => {
  const layout = await written({ ...plainLayout, recordBy: 'image' }, sample3);
  const cube = await openCube(layout);
  const outs = Array.from({ length: 20 }, () => new Float32Array(3));
  await Promise.all(outs.map((out, pixel) => cube.read(pixel, 1, 0, 3, out)));
  await cube.close();
  for (const [pixel, out] of outs.entries())
    expect([...out]).toEqual([0, 1, 2].map((channel) => sample(pixel, channel, 0)));
});
const sample3 = (pixel: number, channel: number) => sample(pixel, channel, 0);

it('refuses a missing file, an absurd layout and parts outside the scan', async () => {
  await expect(openCube({ ...plainLayout, paths: [folder], shape: [2 ** 31, 2 ** 31] })).rejects.toThrow(
    'size in bytes',
  );
  await expect(openCube({ ...plainLayout, channels: 0 })).rejects.toThrow('channels');
  const cube = await openCube(await written(plainLayout, sample));
  const out = new Float32Array(100);
  await expect(cube.read(19, 2, 0, 3, out)).rejects.toThrow(RangeError);
  await expect(cube.read(0, 1, 2, 4, out)).rejects.toThrow(RangeError);
  await expect(cube.read(0, 20, 0, 3, new Float32Array(59))).rejects.toThrow(RangeError);
  await cube.read(0, 1, 0, 3, out);
  await cube.close();
});
