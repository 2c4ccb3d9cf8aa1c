import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessions } from '../../../server/commands/sessions.ts';
import { parseCommandLine } from '../../../server/config.ts';
import { SessionStore } from '../../../server/sessions/session-store.ts';
import { CliRun } from '../../support/cli.ts';

const energy = { offset: 80, dispersion: 0.5, units: 'eV' as const };
const PIXELS = 12;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function record(id: string, pixels: number, ended = true): Promise<string> {
  const store = new SessionStore({ root, version: 'test' });
  const scan = { id, name: id, shape: [3, 4] as [number, number], channels: 5, energy, dtype: 'u8' as const };
  const session = await store.open({ scan, order: 'raster', pass: 0 }, 'a test');
  const { pass } = await session.beginPass(0);
  const samples = Uint8Array.from({ length: 5 * pixels }, (_, i) => i + 1);
  await pass.write({ first: 0, end: pixels }, [samples], new Map());
  if (ended) await session.end('complete', new Date().toISOString());
  await session.close();
  return session.folder;
}

async function run(...args: string[]): Promise<{ status: number; lines: string[]; stderr: string }> {
  const cli = new CliRun(['sessions', ...args]);
  const status = await cli.ended();
  return { status, lines: cli.stdout.trim().split('\n'), stderr: cli.stderr };
}

describe('eelwatch sessions', () => {
  it('lists what was recorded', async () => {
    const folder = await record('one', PIXELS);
    expect(await run(root)).toMatchObject({ status: 0, lines: [`${folder} · 3 × 4 × 5 · complete`] });
  });

  it('check says that nothing is lost, also of a scan that was cut short', async () => {
    await record('one', PIXELS);
    await record('two', 7, false);
    const { status, lines } = await run('check', root);
    expect(status).toBe(0);
    expect(lines.filter((line) => line.endsWith('open · 7 of 12 pixels · nothing lost'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('12 of 12 pixels · no results · nothing lost'))).toHaveLength(
      1,
    );
  });

  it('check names what is lost: damaged samples, a damaged ledger, a broken description', async () => {
    const folder = await record('one', PIXELS);
    const spoil = (name: string, at: number) => {
      const bytes = readFileSync(join(folder, name));
      bytes[at] ^= 4;
      writeFileSync(join(folder, name), bytes);
    };
    spoil('core.raw', 17);
    expect(await run('check', root)).toMatchObject({
      status: 3,
      lines: [
        expect.stringContaining('0 of 12'),
        '  lost: the samples of 12 pixels are not those that were written',
      ],
    });
    spoil('core.raw', 17);
    spoil('core.ledger', 5);
    expect(await run('check', root)).toMatchObject({
      status: 3,
      lines: [expect.stringContaining('0 of 12'), '  lost: the end of the ledger cannot be trusted'],
    });
    writeFileSync(join(folder, 'session.json'), '{"format": 7}');
    expect(await run('check', root)).toMatchObject({
      status: 1,
      lines: [
        expect.stringContaining(
          'session.json: format: expected one of 1, 2, 3, 4, 5, 6, the versions known here',
        ),
      ],
    });
  });

  it('answers for a missing folder and for wrong words', async () => {
    expect(await run('check', join(root, 'nowhere'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nowhere: folder: expected one that holds sessions, found none'),
    });
    expect((await run('repair', root)).stderr).toContain('expected list or check, found "repair"');
    const line = parseCommandLine(['sessions', 'check']);
    expect(line).toMatchObject({ operands: ['check'] });
    if (line.kind !== 'run') throw new Error('expected a command');
    await expect(sessions(['check', root, 'more'].slice(0, 2), line.options)).resolves.toBe(1);
  });

  it('are no input, and neither are results', async () => {
    const session = await record('one', PIXELS);
    for (const command of ['watch', 'analyse']) {
      const cli = new CliRun([
        command,
        session,
        ...(command === 'analyse' ? ['--out', root] : ['--port', '0']),
      ]);
      expect(await cli.ended()).toBe(1);
      expect(cli.stderr).toContain('folder: expected one with scans, found a recorded session');
    }
    mkdirSync(join(root, 'results'));
    writeFileSync(join(root, 'results', 'summary.json'), '{"program": "eelwatch"}');
    const cli = new CliRun(['analyse', join(root, 'results'), '--out', root]);
    expect(await cli.ended()).toBe(1);
    expect(cli.stderr).toContain('found the results of an analysis');
  });
});
