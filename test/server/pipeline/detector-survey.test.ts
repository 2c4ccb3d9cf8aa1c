import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CubeLayout } from '../../../server/formats/cube.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { AlignedReader } from '../../../server/pipeline/reading/aligned-reader.ts';
import { DetectorSurvey } from '../../../server/pipeline/survey/detector-survey.ts';
import { CHANNELS, writeCube } from '../../support/synthetic-cube.ts';

const layout: CubeLayout = {
  paths: ['pass-0'],
  byteOffset: 0,
  dtype: 'u8',
  littleEndian: true,
  recordBy: 'vector',
  shape: [20, 20],
  channels: 40,
  order: 'raster',
  flybackColumns: 0,
};

/** Adds `count` spectra of which each channel has so many counts. */
function surveyed(cube: { layout: CubeLayout }, count: number, countsOf: (channel: number) => number) {
  const survey = new DetectorSurvey(cube);
  const { block } = survey;
  for (let done = 0; done < count; done += block.capacity) {
    const rows = Math.min(block.capacity, count - done);
    const spectra = Float32Array.from({ length: rows * layout.channels }, (_, i) =>
      countsOf(i % layout.channels),
    );
    block.load(spectra, 0, rows);
    survey.add(0, rows);
  }
  return survey;
}

describe("the detector's faults", () => {
  it('are dead channels and hot ones, each called so beside others', () => {
    const dead = [11, 12];
    const hot = [30, 31];
    const { dead: foundDead, hot: foundHot } = surveyed({ layout }, 400, (i) =>
      dead.includes(i) ? 0 : hot.includes(i) ? 2000 : 100,
    ).faults();
    expect({ foundDead, foundHot }).toEqual({ foundDead: dead, foundHot: hot });
  });

  it('are samples at the top of their type, but not of the sum of passes', () => {
    const full = (channel: number) => (channel === 5 ? 255 : 20);
    expect(surveyed({ layout }, 300, full).faults().saturated).toBe(300);
    const cube = { layout };
    const survey = surveyed(cube, 0, full);
    cube.layout = { ...layout, paths: ['pass-0', 'pass-1'] };
    survey.block.load(
      Float32Array.from({ length: layout.channels }, (_, i) => full(i)),
      0,
      1,
    );
    survey.add(0, 1);
    expect(survey.faults().saturated).toBe(0);
  });
});

describe('a pass that nobody had announced', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is part of the layout once it is read, also through alignment', async () => {
    const paths = await Promise.all(
      ['first', 'second'].map((name) =>
        writeCube(folder, name, [1, 2], () => new Float32Array(CHANNELS).fill(7)),
      ),
    );
    const [first, second] = (await Promise.all(paths.map((path) => openScanFile(path)))).map(
      ({ core }) => core,
    );
    const reader = new AlignedReader(await openCube(first), new Float32Array(2));
    expect(reader.layout.paths).toEqual(first.paths);
    reader.extend({ paths: [...first.paths, ...second.paths] });
    const out = new Float32Array(CHANNELS);
    await reader.read(0, 1, 0, CHANNELS, out, Uint8Array.of(2, 2));
    expect(out[0]).toBe(14);
    expect(reader.layout.paths).toEqual([...first.paths, ...second.paths]);
    await reader.close();
  });
});
