import { EventEmitter } from 'node:events';
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { formatRippleHeader } from '../../../../server/formats/text/ripple-header.ts';
import { Watched } from '../../../support/watched.ts';

/** A system of files without change events, as network shares are, or one that refuses to watch. */
const system = vi.hoisted(() => ({ isSilent: true, refuses: false, watching: 0, polling: 0 }));
vi.mock('chokidar', async (original) => {
  const { watch } = await original<typeof import('chokidar')>();
  return {
    watch: (...[path, options]: Parameters<typeof watch>) => {
      if (options?.usePolling) system.polling++;
      if (options?.usePolling || !system.isSilent) return watch(path, options);
      const watcher = Object.assign(new EventEmitter(), {
        close: async () => {
          system.watching--;
        },
      });
      system.watching++;
      queueMicrotask(() => {
        if (system.refuses) watcher.emit('error', Object.assign(new Error(), { code: 'ENOSPC' }));
        watcher.emit('ready');
      });
      return watcher;
    },
  };
});

const samples = Uint8Array.from({ length: 60 }, (_, index) => index + 1);

let folder: string;
beforeEach(async () => {
  Object.assign(system, { isSilent: true, refuses: false, watching: 0, polling: 0 });
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-share-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  ['where events do not arrive', false],
  ['where watching is refused', true],
])('%s, growth is seen all the same, and polling is announced once', async (_name, refuses) => {
  system.refuses = refuses;
  const source = new Watched(folder);
  // For a moment after it has begun a missing event proves nothing.
  await new Promise((resolve) => setTimeout(resolve, refuses ? 0 : 1700));
  const stem = join(folder, 'scan');
  await writeFile(`${stem}.raw`, samples.subarray(0, 20));
  await writeFile(
    `${stem}.rpl`,
    formatRippleHeader({
      shape: [2, 3],
      channels: 10,
      dtype: 'u8',
      energy: { offset: 0, dispersion: 1, units: 'eV' },
    }),
  );
  await source.until(() => source.pixels === 2);
  await appendFile(`${stem}.raw`, samples.subarray(20, 35));
  await source.until(() => source.pixels === 3 && source.alerts.has('polling'));
  expect(source.alerts.get('polling')).toMatchObject({ severity: 'info' });
  expect(system.watching).toBe(0);
  await appendFile(`${stem}.raw`, samples.subarray(35));
  await source.until(() => source.scan.ends.length > 0);
  await source.stop();
  expect(source.scan.measured).toEqual([[1, 1, 1, 1, 1, 1]]);
  expect(source.everAlerted).toHaveLength(1);
});

it('a scan that comes in a silent folder, or in one below it, is on show before it is known that events do not arrive', async () => {
  const source = new Watched(folder);
  await mkdir(join(folder, 'run'));
  const header = { shape: [2, 3] as [number, number], channels: 10, dtype: 'u8' as const };
  const energy = { offset: 0, dispersion: 1, units: 'eV' as const };
  for (const [index, stem] of [join(folder, 'one'), join(folder, 'run', 'two')].entries()) {
    await writeFile(`${stem}.raw`, samples);
    await writeFile(`${stem}.rpl`, formatRippleHeader({ ...header, energy }));
    await source.until(() => source.scans.length === index + 1 && source.scan.ends.length > 0);
    // chokidar comes across nothing before it polls.
    expect(system.polling).toBe(0);
  }
  await source.stop();
});

it('where events do arrive, a folder that was away, or was made anew, is no share', async () => {
  system.isSilent = false;
  const watched = join(folder, 'watched');
  await mkdir(watched);
  const source = new Watched(watched);
  await writeFile(join(watched, 'a.msa'), '100 1\n101 2\n102 3\n');
  await source.until(() => source.scans.length === 1);
  await rename(watched, join(folder, 'away'));
  await source.until(() => source.alerts.has(`gone:${join(watched, 'a.msa')}`));
  expect(source.alerts.get('access')?.message).toContain('it is gone; it is watched again once it is back');
  await rename(join(folder, 'away'), watched);
  await source.until(() => source.alerts.size === 0);
  expect(source.scans).toHaveLength(1);
  await rm(watched, { recursive: true });
  await mkdir(watched);
  await writeFile(join(watched, 'b.msa'), '100 1\n101 2\n102 3\n103 4\n');
  await source.until(() => source.scan.opening.scan.name === 'b');
  await new Promise((resolve) => setTimeout(resolve, 500));
  await source.stop();
  expect(source.everAlerted.filter((message) => message.includes('without events'))).toEqual([]);
  expect(system.polling).toBe(0);
});
