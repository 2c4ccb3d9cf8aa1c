import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScanFile } from '../../../server/formats/formats.ts';
import { CliRun } from '../../support/cli.ts';
import { examplePlan } from '../../support/example-plan.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const { request, ...plan } = examplePlan();
  const file = {
    ...plan,
    scan: { id: 'a', name: 'anode', shape: [12, 14], pixelSizeNm: 2, dwellSeconds: 0.01 },
    budget: request.budget,
    terms: request.terms,
  };
  writeFileSync(join(root, 'plan.json'), JSON.stringify(file));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function run(...args: string[]) {
  const cli = new CliRun(args);
  const status = await cli.ended();
  return { status, stderr: cli.stderr, events: cli.events };
}

describe('eelwatch export of a plan', () => {
  it('writes the format that the end of the name says, and replaces it only with --force', async () => {
    const to = join(root, 'anode.regions.csv');
    expect(await run('export', root, '--to', to)).toMatchObject({ status: 0 });
    const text = readFileSync(to, 'utf8');
    expect(text).toContain('1,1,2,3,4,2,4,6,8,2,0.02,,5,"classes 1 or 2"');
    const refused = await run('export', root, '--to', to);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('--force replaces what is there');
    expect(await run('export', root, '--to', to, '--force')).toMatchObject({ status: 0 });
  });

  it('finds the plan of a session, and says where there is none', async () => {
    mkdirSync(join(root, 'session', 'results'), { recursive: true });
    writeFileSync(join(root, 'session', 'results', 'plan.json'), readFileSync(join(root, 'plan.json')));
    expect(await run('export', join(root, 'session'), '--to', join(root, 'nion.json'))).toMatchObject({
      status: 0,
    });
    mkdirSync(join(root, 'empty'));
    const { status, stderr } = await run('export', join(root, 'empty'), '--to', join(root, 'x.nion.json'));
    expect(status).toBe(1);
    expect(stderr).toContain('expected results or a session with a plan.json');
  });
});

describe('eelwatch simulate --regions', () => {
  it('writes rescans as files, and says how to have them analysed', async () => {
    const { status, stderr, events } = await run(
      ...['simulate', root, '--shape', '12,14', '--name', 'anode', '--dwell', '0.0001', '--json'],
      ...['--regions', join(root, 'plan.json')],
    );
    expect(status, stderr).toBe(0);
    expect(events.filter(({ event }) => event === 'rescan').map(({ option }) => option)).toEqual([
      `--rescan ${join(root, 'anode.rescan-1.rpl')}@1,2,2`,
      `--rescan ${join(root, 'anode.rescan-2.rpl')}@6,5,0.5`,
    ]);
    expect(readdirSync(root)).not.toContain('anode.rpl');
    const { scan } = await openScanFile(join(root, 'anode.rescan-2.rpl'));
    expect(scan).toMatchObject({ shape: [5, 7], dwellSeconds: 0.00005, simulated: true });
  });

  it('refuses a plan for another scan, an address, and a file that is none', async () => {
    const regions = ['--regions', join(root, 'plan.json')];
    const other = await run('simulate', root, '--shape', '20,14', ...regions);
    expect(other.stderr).toContain('scan.shape: expected --shape 20,14, found 12,14');
    expect(await run('simulate', 'ws://127.0.0.1:1/ingest', ...regions)).toMatchObject({ status: 2 });
    const none = await run('simulate', root, '--regions', join(root, 'none.json'));
    expect([none.status, none.stderr]).toEqual([
      1,
      expect.stringContaining('expected a plan.json that can be read'),
    ]);
    expect(await run('simulate', root, '--adaptive')).toMatchObject({ status: 2 });
  });
});
