import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import type { AcquisitionProgress } from '../../../server/microscope/acquire.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import { type SimulateOptions, simulate } from '../../../server/microscope/simulate.ts';

const shape: [number, number] = [6, 10];
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'eelwatch-simulate-'));
});
afterEach(() => rm(directory, { recursive: true }));

const size = async (name: string) => (await stat(join(directory, name))).size;
const readRow = async (scan: SimulatedScan, row: number) => {
  const file = await openScanFile(join(directory, 'simulated-anode.rpl'));
  const cube = await openCube(file.core);
  const out = new Float32Array(scan.shape[1] * scan.model.core.channels);
  await cube.read(row * scan.shape[1], scan.shape[1], 0, scan.model.core.channels, out);
  await cube.close();
  return out;
};

describe('a simulated acquisition into a directory', () => {
  it('is a finished Ripple file with low loss, dark field and ground truth beside it', async () => {
    expect(await simulate(directory, { shape, seed: 7 })).toBe(true);
    expect((await readdir(directory)).sort()).toEqual([
      'simulated-anode.haadf.raw',
      'simulated-anode.haadf.rpl',
      'simulated-anode.low-loss.raw',
      'simulated-anode.low-loss.rpl',
      'simulated-anode.raw',
      'simulated-anode.rpl',
      'simulated-anode.truth',
    ]);
    expect(await size('simulated-anode.raw')).toBe(6 * 10 * 1024 * 2);
    expect(await size('simulated-anode.low-loss.raw')).toBe(6 * 10 * 512 * 2);
    expect(await size('simulated-anode.haadf.raw')).toBe(6 * 10 * 4);
    expect((await readdir(join(directory, 'simulated-anode.truth'))).sort()).toEqual(
      ['C-K.npy', 'O-K.npy', 'Si-L.npy', 'phase.npy', 'purity.npy', 'thickness.npy', 'truth.json'].sort(),
    );
    const file = await openScanFile(join(directory, 'simulated-anode.rpl'));
    expect(file.scan).toMatchObject({
      shape,
      channels: 1024,
      dtype: 'u16',
      energy: { offset: 60, dispersion: 0.6 },
      simulated: true,
      beamKv: 200,
      lowLoss: { channels: 512 },
    });
    const scan = new SimulatedScan({ shape, seed: 7 });
    expect(await readRow(scan, 4)).toEqual(Float32Array.from(scan.row(4).core));
  });

  it('keeps serpentine rows, fly-back and passes as readers expect them', async () => {
    const options: SimulateOptions = {
      shape,
      order: 'serpentine',
      flybackColumns: 3,
      passes: 2,
      dtype: 'f32',
      lowLoss: false,
    };
    await simulate(directory, options);
    expect(await size('simulated-anode.raw')).toBe(6 * 13 * 1024 * 4);
    expect(await size('simulated-anode.pass1.raw')).toBe(6 * 13 * 1024 * 4);
    const scan = new SimulatedScan(options);
    const [first, second] = [scan.row(3, 0).core, scan.row(3, 1).core];
    const found = await readRow(scan, 3);
    // Row 3 runs from right to left: the reader's first pixel was recorded last.
    for (const column of [0, 4, 9])
      for (const channel of [0, 100, 1000]) {
        const at = (9 - column) * 1024 + channel;
        expect(found[column * 1024 + channel]).toBe(first[at] + second[at]);
      }
  });

  it('keeps to the dwell time and tells how far it is', async () => {
    const progress: AcquisitionProgress[] = [];
    const start = performance.now();
    await simulate(directory, { shape, dwellSeconds: 0.001, onProgress: (p) => progress.push(p) });
    // 60 pixels of 1 ms; how much longer it takes depends on the machine.
    expect(performance.now() - start).toBeGreaterThanOrEqual(59);
    expect(progress.map(({ rows }) => rows)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(progress.at(-1)).toEqual({ rows: 6, totalRows: 6, spectra: 60, totalSpectra: 60 });
  });

  it('stops when asked to, at a whole row', async () => {
    const abort = new AbortController();
    const onProgress = ({ rows }: AcquisitionProgress) => {
      if (rows === 2) abort.abort();
    };
    expect(await simulate(directory, { shape, dwellSeconds: 0.0001, onProgress }, abort.signal)).toBe(false);
    expect(await size('simulated-anode.raw')).toBe(2 * 10 * 1024 * 2);
  });

  it('refuses targets it does not know', async () => {
    await expect(simulate('merlin://localhost')).rejects.toThrow(
      'simulate: target: expected a directory or ws://…/ingest, found "merlin://localhost"',
    );
  });
});
