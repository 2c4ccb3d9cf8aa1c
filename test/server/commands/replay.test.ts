import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliRun } from '../../support/cli.ts';
import { recordSession } from '../../support/recorded-session.ts';

let root: string;
let session: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  ({ folder: session } = await recordSession(root, { shape: [8, 6], rowMs: 0 }));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const files = (folder: string) =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.npy') || name.endsWith('.json'))
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

async function run(...args: string[]): Promise<{ status: number; stderr: string }> {
  const cli = new CliRun(['replay', ...args]);
  return { status: await cli.ended(), stderr: cli.stderr };
}

describe('eelwatch replay --out', () => {
  it('writes the results of the recording, to the byte', async () => {
    const out = join(root, 'as-recorded');
    expect(await run(session, '--speed', 'max', '--out', out)).toMatchObject({ status: 0 });
    expect(files(out)).toEqual(files(join(session, 'results')));
  });

  it('with other options analyses again, and says which version recorded', async () => {
    const out = join(root, 'three');
    const { status, stderr } = await run(session, '--edges', 'Ti-L', '--classes', '3', '--out', out);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('recorded by eelwatch test, analysed again by');
    expect(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')).edges['Ti-L'].classes).toBe(3);
  });

  it('does not pass results off as those of the recording that are not', async () => {
    const copy = join(root, 'changed');
    cpSync(session, copy, { recursive: true });
    const labels = join(copy, 'results', 'Ti-L', 'labels.npy');
    const bytes = readFileSync(labels);
    bytes[bytes.length - 2] ^= 1;
    writeFileSync(labels, bytes);
    const { stderr } = await run(copy, '--out', join(root, 'again'));
    expect(stderr).toContain('not the maps that were shown in the end');
  });

  it('answers for what is no session in one line, and for a pace without a dashboard', async () => {
    expect(await run(root)).toEqual({
      status: 1,
      stderr: `eelwatch: ${root}: session.json: expected in the folder of a session\n`,
    });
    expect((await run(session, '--speed', '2', '--out', root)).status).toBe(2);
  });
});
