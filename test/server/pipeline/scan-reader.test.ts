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
  'a pixel that cannot be looked at, for want of the low loss, leaves no file open',
  async () => {
    const path = await writeCube(folder, 'core', [1, 2], () => new Float32Array(CHANNELS).fill(3));
    const { scan, core } = await openScanFile(path);
    const gone = { ...core, paths: [join(folder, 'gone.raw')] };
    const reader = new ScanReader({ core, lowLoss: gone }, new Float32Array(2));
    const before = await heldOpen();
    for (let times = 0; times < 5; times++) {
      const view = reader.view(0, { scan, epoch: 1, measured: Uint8Array.of(1, 1), edges: [] });
      // Told while the cubes are being opened, which fails: nobody but the asker may hear of it.
      reader.extend({ core, lowLoss: gone });
      await expect(view).rejects.toThrow('gone.raw');
    }
    expect(await heldOpen()).toBe(before);
    await reader.close();
  },
);
