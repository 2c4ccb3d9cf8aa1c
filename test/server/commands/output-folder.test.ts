import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportCommand } from '../../../server/commands/export.ts';
import { outputFolder } from '../../../server/commands/output-folder.ts';
import { recordingOf } from '../../../server/commands/recording.ts';
import { simulateCommand } from '../../../server/commands/simulate.ts';
import { checkOptions } from '../../../server/config.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const running = new AbortController().signal;

describe('a folder that an option names', () => {
  it('is made, and removed again where nothing came into it', async () => {
    const { path, removeIfEmpty } = await outputFolder('--out', join(root, 'a', 'b'));
    expect(await readdir(path)).toEqual([]);
    await removeIfEmpty();
    expect(await readdir(root)).toEqual([]);
    const kept = await outputFolder('--out', join(root, 'a', 'b'));
    await writeFile(join(kept.path, 'counts.npy'), '');
    await kept.removeIfEmpty();
    expect(await readdir(kept.path)).toEqual(['counts.npy']);
  });

  it('is refused by option and name where it cannot be written', async () => {
    await writeFile(join(root, 'file'), '');
    for (const path of ['/proc/x', join(root, 'file'), join(root, 'file', 'x')])
      await expect(outputFolder('--out', path)).rejects.toThrow(
        `--out: ${path}: expected a folder that can be written`,
      );
    await expect(outputFolder('--record', join(root, 'a', 'b'), 'there')).rejects.toThrow('ENOENT');
    expect(await readdir(root)).toEqual(['file']);
  });
});

describe('places that take nothing', () => {
  it('are found out before a producer comes', async () => {
    const missing = join(root, 'not-mounted', 'sessions');
    await expect(recordingOf({ record: missing, 'no-record': false })).rejects.toThrow(
      `--record: ${missing}`,
    );
    await expect(recordingOf({ spool: missing, 'no-record': false })).rejects.toThrow(`--spool: ${missing}`);
    expect((await recordingOf({ record: join(root, 'sessions'), 'no-record': false })).temporary).toBe(false);
  });

  it('are found out before a scan is simulated or a file is read', async () => {
    await expect(simulateCommand('/proc/x', checkOptions({}), running)).rejects.toThrow('simulate: /proc/x');
    const missing = join(root, 'missing', 'a.hspy');
    const options = checkOptions({ to: missing });
    await expect(exportCommand(join(root, 'no-scan'), options, running)).rejects.toThrow(`${missing}: --to`);
  });
});
