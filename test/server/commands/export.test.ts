import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportScan } from '../../../server/exporting/export-scan.ts';
import { openExportable } from '../../../server/exporting/open-exportable.ts';
import { CliRun } from '../../support/cli.ts';
import { type RecordedSession, recordSession } from '../../support/exported-session.ts';

const CLI = new URL('../../../dist/server/cli.js', import.meta.url).pathname;
const SUFFIXES = ['hspy', 'zspy', 'rpl', 'csv', 'png'];

let root: string;
let session: RecordedSession;
let out: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  session = await recordSession(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  out = mkdtempSync(join(root, 'out-'));
});

async function run(...args: string[]) {
  const cli = new CliRun(['export', ...args]);
  const status = await cli.ended();
  return { status, stderr: cli.stderr, events: cli.events };
}

describe('eelwatch export', () => {
  it.each(SUFFIXES)('writes .%s, says how far it is, and replaces it only with --force', async (suffix) => {
    const to = join(out, `a.${suffix}`);
    const { status, stderr, events } = await run(session.folder, '--to', to, '--json');
    expect(status, stderr).toBe(0);
    const written = events.find(({ event }) => event === 'written')?.['files'] as string[];
    expect(written.every((file) => existsSync(file))).toBe(true);
    expect(readdirSync(out)).toHaveLength(written.length);
    const last = events.findLast(({ event }) => event === 'progress');
    expect(last?.['done']).toBe(last?.['total']);
    expect(events.find(({ event }) => event === 'alert')).toMatchObject({
      message: `${session.missing} of 240 pixels are not measured: their counts are 0`,
    });
    const before = readdirSync(out).map((name) => [name, stampOf(join(out, name))]);
    const refused = await run(session.folder, '--to', to);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('expected a name that is free; --force replaces what is there');
    expect(readdirSync(out).map((name) => [name, stampOf(join(out, name))])).toEqual(before);
    expect(await run(session.folder, '--to', to, '--force')).toMatchObject({ status: 0 });
    expect(readdirSync(out)).toHaveLength(written.length);
  });

  it('says what is wrong with its use: status 2', async () => {
    expect(await run(session.folder)).toMatchObject({
      status: 2,
      stderr: 'eelwatch: export: expected --to <file>\n',
    });
    expect(await run(session.folder, '--to', 'a.tif')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('found "a.tif"'),
    });
  });

  it('says what cannot be read or written in one line: status 1', async () => {
    const to = join(out, 'a.hspy');
    const cases: [string[], RegExp][] = [
      [[join(out, 'nothing'), '--to', to], /expected a session, a results folder or a file, found nothing/],
      [[out, '--to', to], /expected a session \(session.json\) or results \(summary.json\), found neither/],
      [[session.folder, '--to', join(out, 'gone', 'a.hspy')], /expected a name in a folder that is there/],
      [[session.results, '--to', join(out, 'a.rpl')], /expected counts to export, found maps alone/],
    ];
    for (const [args, expected] of cases) {
      const { status, stderr } = await run(...args);
      expect(status, stderr).toBe(1);
      expect(stderr).toMatch(expected);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(readdirSync(out)).toEqual([]);
  });

  it('replaces no folder that is no export', async () => {
    const home = join(out, 'home.zspy');
    mkdirSync(home);
    writeFileSync(join(home, 'thesis.txt'), '');
    expect(await run(session.folder, '--to', home, '--force')).toMatchObject({ status: 1 });
    expect(readdirSync(home)).toEqual(['thesis.txt']);
  });

  it.each(SUFFIXES)('leaves nothing of a .%s that is interrupted', async (suffix) => {
    const content = await openExportable(session.folder);
    const stop = new AbortController();
    const to = join(out, `a.${suffix}`);
    const progress = () => stop.abort(new Error('stopped'));
    await expect(exportScan(content, to, { signal: stop.signal, progress })).rejects.toThrow('stopped');
    await content.close();
    expect(readdirSync(out)).toEqual([]);
  });

  it.each(SUFFIXES.filter((suffix) => suffix !== 'png'))(
    'leaves nothing of a .%s that finds no room, and what was there before stays',
    async (suffix) => {
      const to = join(out, `a.${suffix}`);
      expect(await run(session.folder, '--to', to)).toMatchObject({ status: 0 });
      const before = readdirSync(out).map((name) => [name, stampOf(join(out, name))]);
      // A limit to the size of files stands in for a full disk; in units of 1024 bytes.
      const limit = suffix === 'csv' ? 8 : 40;
      const command = `ulimit -f ${limit}; exec "$0" "$@"`;
      const args = ['-c', command, process.execPath, CLI, 'export', session.folder, '--to', to, '--force'];
      const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) =>
        execFile('/bin/bash', args, (error, _, stderr) => resolve({ code: error?.code, stderr })),
      );
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(/file too large/i);
      expect(readdirSync(out).map((name) => [name, stampOf(join(out, name))])).toEqual(before);
    },
  );

  it('writes results as a table whose rows are pixels', async () => {
    expect(await run(session.results, '--to', join(out, 'a.csv'))).toMatchObject({ status: 0 });
    const [heading, ...rows] = readFileSync(join(out, 'a.csv'), 'utf8').trim().split('\n');
    expect(rows).toHaveLength(240);
    const names = heading.split(',');
    expect(names.slice(0, 5)).toEqual(['row', 'column', 'y (nm)', 'x (nm)', 'Total counts (counts)']);
    for (const row of rows) expect(row.split(',')).toHaveLength(names.length);
    const { maps } = await openExportable(session.results);
    for (const { layer, data } of maps.filter(({ layer: { components } }) => components === 1)) {
      const at = names.findIndex((name) => name.startsWith(layer.name));
      const column = rows.map((row) => row.split(',')[at]);
      expect(
        Float32Array.from(column, (text) => (text === '' ? Number.NaN : Number(text))),
        layer.name,
      ).toEqual(Float32Array.from(data));
    }
    const spectra = readFileSync(join(out, 'a-spectra.csv'), 'utf8').split('\n');
    expect(spectra[0]).toMatch(/^energy loss \(eV\),Si-L class 0/);
    expect(spectra).toHaveLength(1 + 1024 + 1);
    expect(spectra[1]).toMatch(/^60,/);
  });
});

/** Another one once a file or folder is replaced. */
const stampOf = (path: string): string => `${statSync(path).ino} ${statSync(path).mtimeMs}`;
