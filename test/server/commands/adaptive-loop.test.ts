import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { CliRun } from '../../support/cli.ts';

/** A busy machine takes its time over final models. */
const PATIENT = { timeout: 300_000 };
const EDGES = ['Si-L', 'C-K', 'O-K'];

let root: string;
let monitor: CliRun;
let microscope: CliRun | undefined;
let url: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  monitor = new CliRun([
    ...['listen', '--port', '0', '--record', join(root, 'sessions'), '--auto-accept', '--json'],
    ...['--plan-folder', join(root, 'plans')],
  ]);
  url = String((await monitor.event(({ event }) => event === 'serving'))['url']).replace(/\/$/, '');
});
afterEach(async () => {
  await microscope?.stop();
  await monitor.stop();
  rmSync(root, { recursive: true, force: true });
});

const labelsIn = (folder: string, edge: string) =>
  decodeNpy(new Uint8Array(readFileSync(join(folder, edge, 'labels.npy')))).data;

it('runs without anybody with --auto-accept, and a replay gives the same maps', PATIENT, async () => {
  microscope = new CliRun([
    ...['simulate', `${url.replace('http', 'ws')}/ingest`, '--shape', '32,32', '--seed', '3', '--json'],
    ...['--adaptive', '--budget', '25%', '--patience', '120'],
  ]);
  expect(await microscope.ended(), microscope.stderr).toBe(0);
  const rescans = microscope.events.filter(({ event }) => event === 'rescan');
  const { spent } = microscope.events.find(({ event }) => event === 'end') ?? {};
  expect(rescans.length).toBeGreaterThan(0);
  expect(Number(spent)).toBeGreaterThan(0.1 * 32 * 32);
  expect(Number(spent)).toBeLessThanOrEqual(0.25 * 32 * 32);

  const summary = async () => (await fetch(`${url}/api/summary`)).json();
  await expect
    .poll(
      async () => {
        const { status, rescans: taken } = await summary();
        return [status, taken?.length];
      },
      { timeout: 120_000, interval: 200 },
    )
    .toEqual(['complete', rescans.length]);
  const labels = await Promise.all(
    EDGES.map(async (edge) => {
      const response = await fetch(`${url}/api/edges/${edge}/labels.npy`);
      return decodeNpy(new Uint8Array(await response.arrayBuffer())).data;
    }),
  );

  await monitor.stop();
  const [session] = readdirSync(join(root, 'sessions'));
  const replay = new CliRun(['replay', join(root, 'sessions', session), '--out', join(root, 'again')]);
  expect(await replay.ended(), replay.stderr).toBe(0);
  EDGES.forEach((edge, e) => {
    expect(labelsIn(join(root, 'again'), edge)).toEqual(labels[e]);
  });

  const plans = readdirSync(join(root, 'plans')).filter((name) => /^plan-\d+\.json$/.test(name));
  expect(plans.length).toBeGreaterThan(0);
  for (const name of plans)
    expect(JSON.parse(readFileSync(join(root, 'plans', name), 'utf8')).status).toBe('scanned');
});
