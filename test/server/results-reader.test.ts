import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../protocol/index.ts';
import { decodeNpy, encodeNpy } from '../../server/formats/numpy/numpy.ts';
import { readResults } from '../../server/results-reader.ts';
import { CliRun } from '../support/cli.ts';

const SHAPE: [number, number] = [12, 20];
const PIXELS = SHAPE[0] * SHAPE[1];

let root: string;
let results: string;

/** A simulated scan, analysed by the built program; Cu-L lies beyond its axis. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  results = join(root, 'results');
  expect(await new CliRun(['simulate', root, '--shape', SHAPE.join(','), '--name', 'a']).ended()).toBe(0);
  const analysed = new CliRun(['analyse', join(root, 'a.rpl'), '--edges', 'Si-L,C-K,Cu-L', '--out', results]);
  expect(await analysed.ended()).toBe(0);
}, 120_000);

afterAll(() => rm(root, { recursive: true, force: true }));

/** A copy of the results to damage. */
async function copyOfResults(): Promise<string> {
  const folder = await mkdtemp(join(root, 'copy-'));
  await cp(results, folder, { recursive: true });
  return folder;
}

const refusal = (folder: string): Promise<unknown> =>
  readResults(folder).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('results', () => {
  it('come back as analyse wrote them', async () => {
    const read = await readResults(results);
    const samples = async (path: string) => decodeNpy(await readFile(join(results, path))).data;
    expect(read.shape).toEqual(SHAPE);
    expect(read.edges.map(({ name }) => name)).toEqual(['Si-L', 'C-K']);
    expect(read.summary.edges['Cu-L']).toMatchObject({ status: 'unavailable' });
    expect(read.thickness).toEqual(await samples('thickness.npy'));
    expect(read.counts).toEqual(await samples('counts.npy'));
    expect(read.phases).toEqual(await samples('phases.npy'));
    expect(read.phases).toBeInstanceOf(Int16Array);
    const { phases = [], pixels, absent } = read.phaseTable ?? {};
    expect(pixels).toBe(PIXELS);
    expect(phases.length).toBeGreaterThan(0);
    const counts = phases.map(({ number }) => read.phases?.filter((one) => one === number).length);
    expect(phases.map(({ count }) => count)).toEqual(counts);
    expect(phases.reduce((sum, { count }) => sum + count, absent ?? 0)).toBe(PIXELS);
    for (const edge of read.edges) {
      for (const map of [
        'labels',
        'intensity',
        'snr',
        'uncertainty',
        'novelty',
        'flags',
        'embedding',
      ] as const)
        expect(edge[map], map).toEqual(await samples(`${edge.name}/${map}.npy`));
      expect(edge.classes?.meanSpectra).toHaveLength(edge.summary.classes ?? -1);
      const means = edge.classes?.meanSpectra.flatMap((mean) => [...mean]);
      expect(means).toEqual([...(await samples(`${edge.name}/mean-spectra.npy`))]);
      expect(edge.classes?.energy).toEqual(await samples(`${edge.name}/energy.npy`));
    }
    expect(read.pairs.map(({ a, b }) => [a, b])).toEqual([['Si-L', 'C-K']]);
    expect(read.pairs[0].local).toHaveLength(PIXELS);
  });

  it('come back of an edge that is nowhere, which has a class without pixels', async () => {
    const folder = await copyOfResults();
    const write = (file: string, data: Int16Array | Float32Array, shape: number[]) =>
      writeFile(join(folder, 'C-K', file), encodeNpy(data, shape));
    await write('labels.npy', new Int16Array(PIXELS).fill(-1), SHAPE);
    await write('mean-spectra.npy', new Float32Array(0), [0, 0]);
    await write('energy.npy', new Float32Array(0), [0]);
    expect((await readResults(folder)).edges[1]).toMatchObject({ name: 'C-K', labels: { 0: -1 } });
  });

  it('are refused by file and field where they are missing, damaged or of another shape', async () => {
    const missing = await copyOfResults();
    await rm(join(missing, 'C-K', 'snr.npy'));
    expect(await refusal(missing)).toMatchObject({ place: join(missing, 'C-K', 'snr.npy'), field: 'file' });

    const turned = await copyOfResults();
    const path = join(turned, 'Si-L', 'intensity.npy');
    await writeFile(path, encodeNpy(new Float32Array(PIXELS), [SHAPE[1], SHAPE[0]]));
    expect(await refusal(turned)).toEqual(new InputError(path, 'shape', 'expected 12 × 20, found 20 × 12'));

    const doubles = await copyOfResults();
    await writeFile(join(doubles, 'counts.npy'), encodeNpy(new Float64Array(PIXELS), SHAPE));
    expect(await refusal(doubles)).toMatchObject({
      message: expect.stringMatching(/counts\.npy: descr: expected Float32Array, found Float64Array/),
    });

    const labels = await copyOfResults();
    await writeFile(join(labels, 'C-K', 'labels.npy'), encodeNpy(new Int16Array(PIXELS).fill(99), SHAPE));
    expect(await refusal(labels)).toMatchObject({ message: expect.stringMatching(/found 99/) });

    const phases = await copyOfResults();
    await writeFile(join(phases, 'phases.npy'), encodeNpy(new Int16Array(PIXELS).fill(98), SHAPE));
    expect(await refusal(phases)).toMatchObject({ message: expect.stringMatching(/phases\.npy.*found 98/) });
    const table = join(phases, 'phases.json');
    await writeFile(table, '{"pixels":1,"absent":0,"phases":[{"number":0}]}');
    expect(await refusal(phases)).toMatchObject({ place: table, field: 'phases.0.name' });
  });

  it('are refused where the summary is missing, no JSON, or names a folder outside', async () => {
    const folder = await copyOfResults();
    const path = join(folder, 'summary.json');
    const summary = JSON.parse(await readFile(path, 'utf8')) as Record<string, Record<string, unknown>>;
    await writeFile(path, '{');
    expect(await refusal(folder)).toEqual(new InputError(path, 'file', 'expected JSON'));
    await writeFile(path, JSON.stringify({ ...summary, edges: { '../C-K': summary['edges']['C-K'] } }));
    expect(await refusal(folder)).toMatchObject({ place: path, field: 'edges.../C-K' });
    await writeFile(path, JSON.stringify({ ...summary, scan: { ...summary['scan'], shape: [12] } }));
    expect(await refusal(folder)).toMatchObject({ place: path, field: 'scan.shape.1' });
    await rm(path);
    expect(await refusal(folder)).toEqual(new InputError(path, 'file', 'expected to exist'));
  });
});
