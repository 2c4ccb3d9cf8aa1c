import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CubeLayout } from '../../../../server/formats/cube.ts';
import type { ScanFile } from '../../../../server/formats/format.ts';
import { WATCH_TIMES } from '../../../../server/sources/folders/watch-times.ts';
import { ScanFollower } from '../../../../server/sources/growing/scan-follower.ts';
import type { SourceEvent } from '../../../../server/sources/source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-follow-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('reports an unreadable scalar channel and sends its values once it can be read', async () => {
  const layout = (name: string, channels: number): CubeLayout => ({
    paths: [join(folder, name)],
    byteOffset: 0,
    dtype: 'u8',
    littleEndian: true,
    recordBy: 'vector',
    shape: [2, 3],
    channels,
    order: 'raster',
    flybackColumns: 0,
  });
  const core = layout('core.raw', 4);
  const scalar = layout('haadf.raw', 1);
  const energy = { offset: 0, dispersion: 1, units: 'eV' as const };
  const file: ScanFile = {
    scan: { id: 'one', name: 'one', shape: [2, 3], channels: 4, dtype: 'u8', energy },
    core,
    // It was complete when the scan was opened, and is away when it is to be read.
    scalars: [{ name: 'HAADF', cube: scalar }],
    growing: [core.paths[0]],
  };
  await writeFile(core.paths[0], new Uint8Array(8).fill(1));
  const follower = new ScanFollower(file, file.scan, WATCH_TIMES, false, 0);
  const look = async (now: number): Promise<SourceEvent[]> => {
    const events: SourceEvent[] = [];
    for await (const event of follower.look(now)) events.push(event);
    return events;
  };
  const id = 'scalar:HAADF:one';
  expect(await look(1)).toEqual([
    { type: 'measured', first: 0, count: 2, pass: 0 },
    {
      type: 'alert',
      alert: {
        id,
        severity: 'warning',
        message: `${scalar.paths[0]}: samples: expected to exist, found no such file`,
      },
    },
  ]);
  expect(await look(2)).toEqual([]);
  await writeFile(scalar.paths[0], Uint8Array.from([1, 2, 3, 4, 5, 6]));
  expect(await look(3)).toEqual([
    { type: 'channel', name: 'HAADF', first: 0, values: Float32Array.from([1, 2, 3, 4, 5, 6]) },
    { type: 'alert-cleared', id },
  ]);
  expect(await look(4)).toEqual([]);
});

it('says once that a scan which was opened without samples has another byte order than announced', async () => {
  const core: CubeLayout = {
    paths: [join(folder, 'core.raw')],
    byteOffset: 0,
    dtype: 'u16',
    littleEndian: false,
    recordBy: 'vector',
    shape: [2, 3],
    channels: 100,
    order: 'raster',
    flybackColumns: 0,
  };
  const energy = { offset: 0, dispersion: 1, units: 'eV' as const };
  const scan = { id: 'one', name: 'one', shape: core.shape, channels: 100, dtype: core.dtype, energy };
  const file: ScanFile = { scan, core, scalars: [], growing: core.paths };
  await writeFile(core.paths[0], new Uint8Array(0));
  const follower = new ScanFollower(file, scan, WATCH_TIMES, false, 0);
  const alerts: string[] = [];
  for (const spectra of [0, 2, 3, 5]) {
    const samples = Uint16Array.from({ length: 100 * spectra }, (_, n) => 300 + ((7 * n) % 31));
    await writeFile(core.paths[0], new Uint8Array(samples.buffer));
    for await (const event of follower.look(spectra))
      if (event.type === 'alert')
        alerts.push(`${spectra} spectra: ${event.alert.severity}: ${event.alert.message}`);
  }
  expect(alerts).toEqual([
    expect.stringContaining(`3 spectra: error: ${core.paths[0]}: byte-order: expected big-endian samples`),
  ]);
});
