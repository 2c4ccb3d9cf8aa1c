import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanFile } from '../../../protocol/index.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { readResults } from '../../../server/results-reader.ts';
import { CliRun } from '../../support/cli.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

const SHAPE: [number, number] = [40, 44];

let folder: string;
let scan: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-plan-'));
  scan = join(folder, 'simulated-anode.rpl');
  await simulate(folder, { shape: SHAPE, seed: 3, dose: 'low' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function analyse(path: string, out: string, ...options: string[]) {
  const cli = new CliRun(['analyse', path, '--out', join(folder, out), ...options]);
  const status = await cli.ended();
  return { status, stderr: cli.stderr, out: join(folder, out) };
}

const planIn = async (out: string): Promise<PlanFile> =>
  JSON.parse(await readFile(join(out, 'plan.json'), 'utf8')) as PlanFile;

/** Holds the files of a plan against each other. @returns the plan */
async function checkPlan(out: string, shape: readonly number[]): Promise<PlanFile> {
  const plan = await planIn(out);
  const [mask, value] = await Promise.all(
    ['plan-mask.npy', 'plan-value.npy'].map(async (name) => decodeNpy(await readFile(join(out, name)))),
  );
  expect([mask.shape, value.shape]).toEqual([shape, shape]);
  expect(mask.data).toBeInstanceOf(Uint8Array);
  expect(value.data).toBeInstanceOf(Float32Array);
  const inside = new Uint8Array(shape[0] * shape[1]);
  for (const { y, x, height, width, dwells, gain, reason } of plan.regions) {
    expect(y + height).toBeLessThanOrEqual(shape[0]);
    expect(x + width).toBeLessThanOrEqual(shape[1]);
    expect(dwells).toBeGreaterThan(0);
    expect(gain).toBeGreaterThanOrEqual(0);
    expect(reason.length).toBeGreaterThan(0);
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) inside[row * shape[1] + column] = 1;
  }
  expect(Buffer.from(mask.data.buffer, mask.data.byteOffset).equals(Buffer.from(inside))).toBe(true);
  expect(['rescan', 'no-rescan']).toContain(plan.verdict);
  expect(plan.verdict === 'rescan').toBe(plan.regions.length > 0);
  expect(plan.survey.shape[0] * plan.survey.step).toBeGreaterThanOrEqual(shape[0]);
  return plan;
}

describe('eelwatch analyse --budget', () => {
  it('writes where to scan again, within the budget', async () => {
    const { status, stderr, out } = await analyse(scan, 'percent', '--budget', '25%', '--edges', 'Si-L,C-K');
    expect(status, stderr).toBe(0);
    const plan = await checkPlan(out, SHAPE);
    expect(plan).toMatchObject({ version: 1, budget: { unit: 'percent', value: 25 } });
    expect(plan.verdict).toBe('rescan');
    expect(plan.cost.percent).toBeLessThanOrEqual(25);
    expect(plan.gain).toBeCloseTo(
      plan.regions.reduce((sum, { gain }) => sum + gain, 0),
      6,
    );
    expect(stderr).toContain('plan rescan');
    expect((await readResults(out))['plan-value']).toHaveLength(SHAPE[0] * SHAPE[1]);
  });

  it('writes none where none was asked for, and takes away that of before', async () => {
    const { status, stderr, out } = await analyse(scan, 'percent', '--edges', 'Si-L,C-K');
    expect(status, stderr).toBe(0);
    for (const name of ['plan.json', 'plan-mask.npy', 'plan-value.npy'])
      expect(existsSync(join(out, name)), name).toBe(false);
    expect((await readResults(out))['plan-value']).toBeUndefined();
  });

  it('says where a budget means nothing for the scan, and plans by the default', async () => {
    const { stderr, out } = await analyse(scan, 'dose', '--budget', '400e/A2', '--edges', 'Si-L');
    expect(stderr).toContain('plan: budget: expected % or px, since');
    expect((await planIn(out)).budget).toEqual({ unit: 'percent', value: 25 });
  });

  it.each([
    ['--budget', '5 parsec', '25% (of the first pass), 30s, 500px (pixel-dwells) or 400e/A2'],
    ['--budget', '0%', 'expected'],
    ['--dose-limit', '-1', '--dose-limit: expected a number above 0, found "-1"'],
    ['--beam-current', 'much', '--beam-current: expected a number above 0, found "much"'],
  ])('answers wrong use with status 2: %s %s', async (option, value, words) => {
    const { status, stderr } = await analyse(scan, 'none', `${option}=${value}`);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

const PEROVSKITE = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';
const CATHODE = 'nmc-cathode/TM+O EELS Spectrum Image.dm3';

describeMeasured('measured scans', [PEROVSKITE, CATHODE], () => {
  it.each([
    [PEROVSKITE, 'Ti-L,O-K,La-M'],
    [CATHODE, 'O-K,Mn-L'],
  ])('are planned for: %s', async (file, edges) => {
    const path = measuredData(file) as string;
    const { status, stderr, out } = await analyse(path, edges, '--budget', '200px', '--edges', edges);
    expect(status, stderr).toBe(0);
    const { shape } = (await readResults(out)).summary.scan;
    const plan = await checkPlan(out, shape);
    expect(plan.cost.pixelDwells).toBeLessThanOrEqual(200);
    // The same request has the same plan, byte for byte.
    const again = await analyse(
      path,
      `${edges}-again`,
      '--budget',
      '200px',
      '--edges',
      edges,
      '--threads',
      '1',
    );
    expect(await readFile(join(again.out, 'plan.json'), 'utf8')).toBe(
      await readFile(join(out, 'plan.json'), 'utf8'),
    );
  });
});
