import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edgeAt, pixelCount } from '../../../protocol/index.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { calibrate } from '../../../server/pipeline/fit/edge-calibration.ts';
import { fitSignal, presentScores } from '../../../server/pipeline/fit/edge-model.ts';
import { BLOCK_PIXELS } from '../../../server/pipeline/fit/fit-input.ts';
import { FitPool } from '../../../server/pipeline/fit/fit-pool.ts';
import { NetSpectra } from '../../../server/pipeline/fit/net-spectra.ts';
import { normals, spectrum, writeCube } from '../../support/synthetic-cube.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('scores of present pixels', () => {
  it('are the same however few net spectra there is room for, also behind blocks without the edge', async () => {
    // Every second block shows the edge; the last one is short.
    const shape: [number, number] = [130, 100];
    const hasEdge = (pixel: number) => Math.floor(pixel / BLOCK_PIXELS) % 2 === 0 && pixel % 3 > 0;
    const normal = normals(4);
    const path = await writeCube(folder, 'patchy', shape, (pixel) =>
      spectrum(normal, { jump: hasEdge(pixel) ? 0.5 + (pixel % 5) / 10 : 0 }),
    );
    const { scan, core } = await openScanFile(path);
    const reader = await openCube(core);
    const window = edgeWindow(edgeAt('Ti-L', 456), scan.energy, scan.channels);
    const measured = new Uint8Array(pixelCount(scan)).fill(1);
    const input = { reader, window, shape: scan.shape, measured, seed: 1 };
    const pool = new FitPool();
    const calibration = await calibrate(input, pool);
    const withRoom = async (bytes: number) => {
      const kept = new NetSpectra(measured.length, bytes);
      const signal = await fitSignal(input, pool, calibration, kept);
      const held = kept.size;
      if (!signal.basis) throw new Error('expected components');
      return { held, ...(await presentScores(input, pool, signal, signal.basis, kept)) };
    };
    const perBlock = BLOCK_PIXELS * (4 * window.features + 8);
    const all = await withRoom(4 * perBlock);
    expect(all.held).toBe(4);
    expect(all.pixels.length).toBeGreaterThan(4000);
    for (const blocks of [0, 0.5, 1]) {
      const some = await withRoom(blocks * perBlock);
      expect(some.held).toBeLessThan(all.held);
      expect(some.pixels).toEqual(all.pixels);
      expect(some.scores).toEqual(all.scores);
      expect(some.precisions).toEqual(all.precisions);
    }
    await reader.close();
  });
});
