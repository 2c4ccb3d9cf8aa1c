import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgeAt } from '../../../protocol/index.ts';
import type { CubeLayout, Patch } from '../../../server/formats/cube.ts';
import { beamExposure, exposureOf } from '../../../server/formats/reading/exposure.ts';
import { saturatedPixels } from '../../../server/formats/reading/saturated-pixels.ts';
import { cutOffBy } from '../../../server/rescans/cut-off.ts';
import { cubeWriter, plainLayout } from '../../support/written-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-cut-off-'));
});
afterAll(() => rm(folder, { recursive: true }));
const written = cubeWriter(() => folder);

const FULL = 65_535;
const CHANNELS = 400;
/** 4 × 5 pixels, 100–500 eV. */
const SCAN = { shape: [4, 5] as [number, number], channels: CHANNELS };
const ENERGY = { offset: 100, dispersion: 1, units: 'eV' } as const;
const LAYOUT: CubeLayout = { ...plainLayout, ...SCAN };
const ALL = new Uint8Array(20).fill(1);

/** A cube whose pixels are cut off in `samples` channels from channel 150 on, where C-K is. */
const cubeOf = (cut: readonly number[], more: Partial<CubeLayout> = {}, samples = 3, value = FULL) =>
  written({ ...LAYOUT, ...more }, (pixel, channel) =>
    cut.includes(pixel) && channel >= 150 && channel < 150 + samples ? value : 100,
  );

/** A rescan of rows 1–2, columns 1–3 at so many dwells; `cut` counts its own pixels. */
const patchOf = async (dwells: number, cut: readonly number[]): Promise<Patch> => ({
  cube: await cubeOf(cut, { shape: [2, 3] }),
  y: 1,
  x: 1,
  dwells,
});
const found = (core: CubeLayout, patch: Patch, measured = ALL) =>
  cutOffBy({ scan: { ...SCAN, energy: ENERGY }, core, measured, edges: [edgeAt('C-K', 284)] }, patch);

describe('a rescan of pixels that were cut off', () => {
  it('takes their place where it is shorter, and is added everywhere else', async () => {
    // (1, 1), (1, 2) and (2, 3) are covered; (0, 0) is not.
    const core = await cubeOf([0, 6, 7, 13]);
    const patch = await patchOf(0.25, []);
    const cutOff = await found(core, patch);
    expect(cutOff).toEqual({
      replaces: [
        [6, 8],
        [13, 14],
      ],
    });
    const layout = { ...core, patches: [{ ...patch, ...cutOff }] };
    const exposed = { measured: ALL, layout };
    const at = (exposure: Float32Array) => [0, 6, 7, 8, 11, 13].map((pixel) => exposure[pixel]);
    expect(at(exposureOf(exposed, 0, 20))).toEqual([1, 0.25, 0.25, 1.25, 1.25, 0.25]);
    expect(at(beamExposure(exposed, 0, 20))).toEqual([1, 1.25, 1.25, 1.25, 1.25, 1.25]);
    expect([...exposureOf(exposed, 7, 2)]).toEqual([0.25, 1.25]);
    expect([...(await saturatedPixels(layout, ALL, [0, CHANNELS]))].flatMap((f, p) => (f ? p : []))).toEqual([
      0,
    ]);
  });

  it('is added where it is as long: it is no better', async () => {
    const core = await cubeOf([6]);
    expect(await found(core, await patchOf(1, []))).toEqual({});
    expect(await found(core, await patchOf(4, [0]))).toEqual({});
  });

  it('gives way to one that is shorter still where it is cut off as well', async () => {
    const core = await cubeOf([6, 7]);
    const patch = await patchOf(0.25, [1]);
    const cutOff = await found(core, patch);
    expect(cutOff).toEqual({ replaces: [[6, 8]] });
    const twice = { ...core, patches: [{ ...patch, ...cutOff }] };
    expect([...(await saturatedPixels(twice, ALL, [0, CHANNELS]))].indexOf(1)).toBe(7);
    expect(await found(twice, await patchOf(1 / 16, []))).toEqual({ replaces: [[7, 8]] });
    // As long as the one before.
    expect(await found(twice, await patchOf(0.25, []))).toEqual({});
  });

  it('is told from x-rays, from what lies beyond the edges, and from pixels that were not measured', async () => {
    const patch = await patchOf(0.25, []);
    expect(await found(await cubeOf([6], {}, 2), patch)).toEqual({});
    expect(await found(await cubeOf([6], {}, 3, FULL - 1), patch)).toEqual({});
    const high = await written(LAYOUT, (_, channel) => (channel > 390 ? FULL : 100));
    expect(await found(high, patch)).toEqual({});
    const measured = ALL.slice();
    measured[6] = 0;
    expect(await found(await cubeOf([6, 7]), patch, measured)).toEqual({ replaces: [[7, 8]] });
  });

  it('is found in one of several passes, whose sums hide it', async () => {
    const [one, two] = [await cubeOf([6]), await cubeOf([])];
    const core = { ...one, paths: [...one.paths, ...two.paths] };
    const both = ALL.map(() => 2);
    expect(await found(core, await patchOf(0.25, []), both)).toEqual({ replaces: [[6, 7]] });
    expect(
      await found({ ...core, paths: [...two.paths, ...one.paths] }, await patchOf(0.25, []), ALL),
    ).toEqual({});
  });
});

it('leaves a rescan out where that alone is cut off', async () => {
  const core = await cubeOf([6]);
  const patch = await patchOf(4, [0, 1, 5]);
  const measured = ALL.slice();
  measured[13] = 0;
  const cutOff = await found(core, patch, measured);
  // (1, 1) was cut off before, (2, 3) is measured by the rescan alone.
  expect(cutOff).toEqual({ omits: [[7, 8]] });
  const layout = { ...core, patches: [{ ...patch, ...cutOff }] };
  const exposure = exposureOf({ measured: ALL, layout }, 0, 20);
  expect([6, 7, 8].map((pixel) => exposure[pixel])).toEqual([5, 1, 5]);
});
