import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../../protocol/index.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { CliRun } from '../../support/cli.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const cli = new CliRun(args);
  const status = await cli.ended();
  return { status, stdout: cli.stdout, stderr: cli.stderr };
}

/** The figures of a comparison that succeeds. */
async function compared(...args: string[]): Promise<Comparison> {
  const cli = new CliRun(['compare', ...args, '--json']);
  expect(await cli.ended(), cli.stderr).toBe(0);
  return cli.events.find(({ event }) => event === 'comparison') as unknown as Comparison;
}

/** A short simulated scan, pushed and recorded. */
async function record(): Promise<string> {
  const monitor = new CliRun([
    ...['listen', '--record', join(root, 'sessions'), '--port', '0', '--json'],
    ...['--edges', 'Si-L,C-K', '--seed', '3'],
  ]);
  const { url } = await monitor.event(({ event }) => event === 'serving');
  const target = String(url).replace('http:', 'ws:').replace(/\/$/, '/ingest');
  expect((await run('simulate', target, '--shape', '24,24')).status).toBe(0);
  const { session } = await monitor.event(({ event }) => event === 'recorded');
  await monitor.stop();
  return String(session);
}

describe('eelwatch compare', () => {
  let session: string;
  beforeAll(async () => {
    session = await record();
    const scan = join(root, 'a.rpl');
    expect((await run('simulate', root, '--shape', '24,24', '--name', 'a')).status).toBe(0);
    for (const [name, ...options] of [['auto'], ['two', '--classes', '2', '--edges', 'C-K,O-K']])
      expect((await run('analyse', scan, '--out', join(root, name), ...options)).status).toBe(0);
  }, 120_000);

  it('prints what agrees, what differs and what only one has, and writes it', async () => {
    const out = join(root, 'out');
    const { status, stdout } = await run('compare', join(root, 'auto'), join(root, 'two'), '--out', out);
    expect(status).toBe(0);
    expect(stdout).toContain('24 × 24 pixels; differences are B − A');
    expect(stdout).toContain('only in A: edge Si-L');
    expect(stdout).toMatch(/intensity {2}net counts +0 +0 +0\.0 % /);
    const written = JSON.parse(readFileSync(join(out, 'compare.json'), 'utf8')) as Comparison;
    expect(written.edges.map(({ edge }) => edge)).toEqual(['C-K', 'O-K']);
    const change = decodeNpy(readFileSync(join(out, 'C-K', 'classes-difference.npy')));
    expect(change.shape).toEqual([24, 24]);
    const { correspondence, pixels } = written.edges[0];
    const same = [...change.data].filter((value) => value === 0).length;
    expect(same / pixels.compared).toBeCloseTo(correspondence.shareWithAbsence ?? -1, 12);
  });

  it('takes a session as it was recorded, and analyses it anew for B where options are given', async () => {
    const asRecorded = await compared(session, session);
    expect([asRecorded.a.how, asRecorded.b.how]).toEqual(['as recorded', 'as recorded']);
    expect(asRecorded.edges.map(({ edge, agreement }) => [edge, agreement?.ari])).toEqual([
      ['Si-L', 1],
      ['C-K', 1],
    ]);
    const other = await compared(session, session, '--classes', '2');
    expect([other.a.how, other.b.how]).toEqual(['as recorded', 'analysed with --classes 2']);
    expect(other.edges.map(({ edge, classes }) => [edge, classes.b.length])).toEqual([
      ['Si-L', 2],
      ['C-K', 2],
    ]);
    // The options of the recording hold where no other is given: the same seed, the same maps.
    const again = await compared(join(session, 'results'), session, '--classes', 'auto');
    for (const { agreement, maps } of again.edges)
      expect([agreement?.ari, maps[0].difference?.equal]).toEqual([1, 1]);
  }, 60_000);

  it('analyses files first', async () => {
    const { a, b, edges } = await compared(join(root, 'auto'), join(root, 'a.rpl'), '--edges', 'Si-L');
    expect([a.kind, b.kind, b.how]).toEqual(['results', 'file', 'analysed with --edges Si-L']);
    expect(edges.map(({ edge, agreement }) => [edge, agreement?.ari])).toEqual([['Si-L', 1]]);
  });

  it('serves both sides until it is interrupted', async () => {
    const cli = new CliRun([
      ...['compare', join(root, 'auto'), join(root, 'two'), '--serve', '--port', '0', '--json'],
    ]);
    const { url } = await cli.event(({ event }) => event === 'serving');
    const get = async (path: string) => fetch(new URL(path, String(url)));
    const { edges } = (await (await get('api/compare')).json()) as Comparison;
    expect(await (await get('')).text()).toContain('Comparison');
    const id = edges[0].layers?.difference;
    const { data } = decodeNpy(new Uint8Array(await (await get(`api/layers/${id}.npy`)).arrayBuffer()));
    const same = [...data].filter((value) => value === 0).length;
    expect(same / data.length).toBeCloseTo(edges[0].correspondence.shareWithAbsence ?? -1, 12);
    expect(await cli.stop()).toBe(0);
  });

  it('refuses in one line what cannot be compared', async () => {
    const refusal = async (...args: string[]) => {
      const { status, stderr } = await run('compare', ...args);
      return [status, stderr.trim()];
    };
    const auto = join(root, 'auto');
    expect(await refusal(auto)).toEqual([2, 'eelwatch: compare: expected <A> <B>']);
    expect(await refusal(auto, root)).toEqual([
      1,
      `eelwatch: ${root}: folder: expected a session, results, or a file of a scan`,
    ]);
    expect(await refusal(auto, join(root, 'none'))).toEqual([
      1,
      `eelwatch: ${join(root, 'none')}: file: expected to exist`,
    ]);
    expect(await refusal(auto, auto, '--classes', '3')).toEqual([
      2,
      expect.stringMatching(/--classes is for/),
    ]);
    expect(await refusal(session, session, '--energy', '80,0.5')).toEqual([
      2,
      expect.stringMatching(/--energy is for files/),
    ]);
    expect(await refusal(auto, auto, '--port', '0')).toEqual([2, expect.stringMatching(/--serve/)]);
    const file = join(root, 'a.rpl');
    expect(await refusal(file, file)).toEqual([2, expect.stringMatching(/same file/)]);
    expect((await run('simulate', root, '--shape', '6,4', '--name', 'small')).status).toBe(0);
    expect(await refusal(auto, join(root, 'small.rpl'), '--log-level', 'silent')).toEqual([
      1,
      expect.stringMatching(/shape: expected the same rows × columns, found 24 × 24 and 6 × 4$/),
    ]);
  }, 60_000);
});

const PEROVSKITE = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';

describeMeasured('eelwatch compare on the measured perovskite', [PEROVSKITE], () => {
  it('finds the classes of Ti-L again with another seed, and what three classes change at La-M', async () => {
    const scan = measuredData(PEROVSKITE) ?? '';
    const analyse = async (name: string, ...options: string[]) => {
      const out = join(root, name);
      const edges = 'Ti-L,O-K,La-M';
      expect((await run('analyse', scan, '--edges', edges, '--out', out, ...options)).status).toBe(0);
      return out;
    };
    const first = await analyse('first');
    const seed = await compared(first, await analyse('seed', '--seed', '2'));
    expect(seed.edges[0].agreement?.ari).toBeGreaterThan(0.95);
    for (const { maps } of seed.edges) expect(maps[0].difference?.equal).toBe(1);
    const three = await compared(first, await analyse('three', '--classes', '3'));
    const lanthanum = three.edges[2];
    expect(lanthanum.classes.b).toHaveLength(3);
    expect(lanthanum.agreement?.ari).toBeGreaterThan(0.85);
    expect(lanthanum.correspondence.onlyB).toHaveLength(1);
  }, 60_000);
});
