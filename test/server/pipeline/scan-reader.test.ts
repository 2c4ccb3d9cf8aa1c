import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openScanFile } from '../../../server/formats/formats.ts';
import { ScanReader } from '../../../server/pipeline/scan-reader.ts';
import { CHANNELS, writeCube } from '../../support/synthetic-cube.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Files of the folder that this process holds open; undefined where the system does not say. */
async function heldOpen(): Promise<number | undefined> {
  const descriptors = await readdir('/proc/self/fd').catch(() => undefined);
  const targets = await Promise.all(
    (descriptors ?? []).map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')),
  );
  return descriptors && targets.filter((target) => target.startsWith(folder)).length;
}

it.runIf(process.platform === 'linux')(
  'pixels that cannot be looked at, for want of a further pass, leave no more files open than one that can',
  async () => {
    const path = await writeCube(folder, 'core', [1, 2], () => new Float32Array(CHANNELS).fill(3));
    const { scan, core } = await openScanFile(path);
    const torn = { ...core, paths: [...core.paths, join(folder, 'gone.raw')] };
    const reader = new ScanReader({ core: torn }, new Float32Array(2));
    const before = await heldOpen();
    for (let times = 0; times < 2; times++) {
      const view = reader.view(0, { scan, epoch: 1, measured: Uint8Array.of(2, 2), edges: [] });
      // Told while the cube is being opened: nobody but the asker may hear that its reading fails.
      reader.extend({ core: torn });
      await expect(view).rejects.toThrow('gone.raw');
    }
    expect((await heldOpen()) ?? 0).toBeLessThanOrEqual((before ?? 0) + 1);
    await reader.close();
    expect(await heldOpen()).toBe(before);
  },
);
