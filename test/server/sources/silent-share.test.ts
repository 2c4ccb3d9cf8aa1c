import { EventEmitter } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { formatRippleHeader } from '../../../server/formats/ripple-header.ts';
import { Watched } from '../../support/watched.ts';

/** A system of files without change events, as network shares are, or one that refuses to watch. */
const system = vi.hoisted(() => ({ refuses: false, watching: 0 }));
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  watch: () => {
    const watcher = Object.assign(new EventEmitter(), {
      close: () => {
        system.watching--;
      },
    });
    system.watching++;
    queueMicrotask(() => {
      if (system.refuses) watcher.emit('error', new Error('ENOSPC'));
    });
    return watcher;
  },
}));

const samples = Uint8Array.from({ length: 60 }, (_, index) => index + 1);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-share-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  ['where events do not arrive', false],
  ['where watching is refused', true],
])('%s, growth is seen all the same, and polling is announced once', async (_name, refuses) => {
  system.refuses = refuses;
  const source = new Watched(folder);
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
