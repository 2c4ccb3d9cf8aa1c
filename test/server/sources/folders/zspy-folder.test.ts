import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WatchOptions } from '../../../../server/sources/folders/directory.ts';
import { HYPERSPY_FILES, unzipped, writeHyperspyFile, writePart } from '../../../support/hyperspy-files.ts';
import { Watched } from '../../../support/watched.ts';
import { wholeCube } from '../../../support/whole-cube.ts';
import { ZspyScan } from '../../../support/zspy-scan.ts';

let folder: string;
let scratch: string;
const running: Watched[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-zspy-'));
  scratch = await mkdtemp(join(tmpdir(), 'eelwatch-scratch-'));
});
afterEach(async () => {
  for (const watched of running.splice(0)) await watched.stop().catch(() => {});
  await rm(folder, { recursive: true });
  await rm(scratch, { recursive: true });
});

function watched(path: string, options: WatchOptions = {}): Watched {
  const started = new Watched(path, { scratch, ...options });
  running.push(started);
  return started;
}

/** 4 × 6 pixels in chunks of 2 × 3, compressed, as HyperSpy writes them. */
const NAME = 'spectra-in-chunks.zspy';
const { values, channels } = HYPERSPY_FILES.files[NAME];
const CHUNK = /\/data\/\d/;

/** The folder without its chunks, and these by their paths. */
async function writeWithoutChunks(): Promise<[string, Buffer][]> {
  const files = [...(await unzipped(HYPERSPY_FILES.files[NAME].file))];
  const path = join(folder, NAME);
  for (const [name, bytes] of files) if (!CHUNK.test(name)) await writePart(path, name, bytes);
  return files.filter(([name]) => CHUNK.test(name));
}

const putChunk = ([name, bytes]: [string, Uint8Array]) => writePart(join(folder, NAME), name, bytes);

/** Everything in it looks as if it had been lying there for long. */
async function age(path: string): Promise<void> {
  const longAgo = Date.now() / 1000 - 3600;
  for (const name of await readdir(path, { recursive: true }))
    await utimes(join(path, name), longAgo, longAgo);
}

/** Pixels of the scan's measured ones, each reported once, that hold what HyperSpy wrote. */
async function measuredAsWritten(source: Watched): Promise<number[]> {
  const { measured, opening } = source.scan;
  const found = await wholeCube(opening.core);
  const pixels = measured[0].flatMap((times, pixel) => (times > 0 ? [pixel] : []));
  for (const pixel of pixels) {
    expect(measured[0][pixel]).toBe(1);
    expect([...found.subarray(pixel * channels, (pixel + 1) * channels)]).toEqual(
      values.slice(pixel * channels, (pixel + 1) * channels),
    );
  }
  return pixels;
}

describe('a ZSpy folder whose chunks still appear', () => {
  it('has no chunk that lies outside, reached by a link', async () => {
    const [linked, ...chunks] = await writeWithoutChunks();
    for (const chunk of chunks) await putChunk(chunk);
    await writeFile(join(scratch, 'elsewhere'), linked[1]);
    const place = join(folder, NAME, linked[0]);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(scratch, 'elsewhere'), place);
    const source = watched(folder);
    await source.until(() => source.pixels === 18);
    await sleep(300);
    expect(await measuredAsWritten(source)).toHaveLength(18);
    await unlink(place);
    await putChunk(linked);
    await source.until(() => source.pixels === 24);
  });

  it('is one scan: pixels count as their chunks come, in any order', async () => {
    const chunks = await writeWithoutChunks();
    expect(chunks).toHaveLength(4);
    const source = watched(folder);
    await source.until(() => source.scans.length === 1);
    const order = [3, 0, 2, 1];
    const tiles = [
      [0, 1, 2, 6, 7, 8],
      [3, 4, 5, 9, 10, 11],
      [12, 13, 14, 18, 19, 20],
      [15, 16, 17, 21, 22, 23],
    ];
    const expected: number[] = [];
    for (const index of order) {
      await putChunk(chunks[index]);
      expected.push(...tiles[index]);
      await source.until(() => source.pixels === expected.length);
      expect(await measuredAsWritten(source)).toEqual(expected.toSorted((a, b) => a - b));
    }
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['complete']);
    expect(source.scans).toHaveLength(1);
    expect(source.everAlerted).toEqual([]);
  });

  it('waits for a chunk that is torn, says so once it rests, and takes that back', async () => {
    const chunks = await writeWithoutChunks();
    const source = watched(join(folder, NAME));
    await source.until(() => source.scans.length === 1);
    const [name, bytes] = chunks[0];
    await putChunk([name, bytes.subarray(0, bytes.length - 5)]);
    for (const chunk of chunks.slice(1)) await putChunk(chunk);
    await source.until(() => source.pixels === 18 && source.alerts.size > 0);
    expect([...source.alerts.values()]).toMatchObject([{ severity: 'error' }]);
    expect(source.everAlerted[0]).toMatch(/Experiments\/made\/data\/0.*: expected a complete chunk/);
    expect(await measuredAsWritten(source)).not.toContain(0);
    await putChunk([name, bytes]);
    await source.until(() => source.scan.ends.includes('complete') && source.alerts.size === 0);
    expect(await measuredAsWritten(source)).toHaveLength(24);
  });

  it('leaves rows of a chunk out until they are written, and follows a chunk that is written row by row', async () => {
    const samples = Float32Array.from({ length: 4 * 3 * 8 }, (_, i) => i + 1);
    const scan = new ZspyScan(join(folder, 'rows.zspy'), [4, 3, 8], [4, 3, 8], samples);
    await scan.writeHeader({ offset: 100, dispersion: 1, units: 'eV' });
    const source = watched(folder);
    await source.until(() => source.scans.length === 1);
    for (let rows = 1; rows <= 4; rows++) {
      await scan.writeChunk([0, 0, 0], rows);
      await source.until(() => source.pixels === rows * 3);
    }
    await source.until(() => source.scan.ends.includes('complete'));
    expect([...(await wholeCube(source.scan.opening.core))]).toEqual([...samples]);
    expect(source.scan.measured[0]).toEqual(new Array(12).fill(1));
  });

  it('counts a pixel once all chunks along its energies are there', async () => {
    const samples = Float32Array.from({ length: 2 * 2 * 10 }, (_, i) => i + 1);
    const scan = new ZspyScan(join(folder, 'energies.zspy'), [2, 2, 10], [2, 2, 4], samples);
    await scan.writeHeader({ offset: 100, dispersion: 1, units: 'eV' });
    const source = watched(folder);
    await source.until(() => source.scans.length === 1);
    await scan.writeChunk([0, 0, 2]);
    await scan.writeChunk([0, 0, 0]);
    await sleep(600);
    expect(source.pixels).toBe(0);
    await scan.writeChunk([0, 0, 1]);
    await source.until(() => source.scan.ends.includes('complete'));
    expect([...(await wholeCube(source.scan.opening.core))]).toEqual([...samples]);
  });

  it('is another scan when what was reported is written anew', async () => {
    const chunks = await writeWithoutChunks();
    const source = watched(folder);
    for (const chunk of chunks.slice(0, 2)) await putChunk(chunk);
    await source.until(() => source.pixels === 12);
    await putChunk([chunks[0][0], chunks[1][1]]);
    await source.until(() => source.scans.length === 2);
    expect(source.scans.map(({ opening }) => opening.scan.id)).toEqual([
      'spectra-in-chunks',
      'spectra-in-chunks#2',
    ]);
    expect(source.scans[0].ends).toEqual(['aborted']);
  });

  it('that is gone ends the scan, with an error', async () => {
    const chunks = await writeWithoutChunks();
    const source = watched(folder);
    await putChunk(chunks[0]);
    await source.until(() => source.pixels === 6);
    await rm(join(folder, NAME), { recursive: true });
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['aborted']);
    expect(source.everAlerted).toContainEqual(expect.stringContaining('it is gone'));
  });
});

describe('files that are unpacked', () => {
  it('are read with their low loss', async () => {
    const path = await writeHyperspyFile(folder, 'several.hspy');
    const source = await watched(path, { once: true }).finished();
    const { opening, measured, ends } = source.scan;
    expect(ends).toEqual(['complete']);
    expect(measured[0]).toEqual(new Array(15).fill(1));
    expect([...(await wholeCube(opening.core))]).toEqual(HYPERSPY_FILES.files['several.hspy'].values);
    expect([...(await wholeCube(opening.lowLoss!))]).toEqual(
      HYPERSPY_FILES.files['several.hspy'].lowLoss?.values,
    );
    expect(source.everAlerted).toEqual([expect.stringMatching(/left out: \d "small"/)]);
  });

  it('leave the spectra of a few scans behind, however many come', async () => {
    const source = watched(folder);
    for (let index = 1; index <= 6; index++) {
      const path = await writeHyperspyFile(folder, 'image.hspy');
      await rename(path, join(folder, `scan-${index}.hspy`));
      await source.until(() => source.scans.length === index && source.scan.ends.length > 0);
      expect([...(await wholeCube(source.scan.opening.core))]).toEqual(
        HYPERSPY_FILES.files['image.hspy'].values,
      );
    }
    expect((await readdir(scratch)).length).toBe(4);
  });

  it('are another scan when they are written anew', async () => {
    const path = await writeHyperspyFile(folder, 'image.hspy');
    const source = watched(folder);
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    await rename(await writeHyperspyFile(scratch, 'plain.hspy'), path);
    await source.until(() => source.scans.length === 2 && source.scan.ends.length > 0);
    expect(source.scans.map(({ opening }) => [opening.scan.id, opening.scan.dtype])).toEqual([
      ['image', 'u16'],
      ['image#2', 'f32'],
    ]);
  });
});

describe('a finished ZSpy folder', () => {
  it('is read at once; what has no chunk is left unmeasured', async () => {
    const path = await writeHyperspyFile(folder, NAME);
    await rm(join(path, 'Experiments/made/data', '1'), { recursive: true });
    const source = await watched(path, { once: true }).finished();
    expect(source.scan.ends).toEqual(['aborted']);
    expect(await measuredAsWritten(source)).toEqual(Array.from({ length: 12 }, (_, pixel) => pixel));
  });

  it('that had been lying in a watched folder is taken for finished, spectra of zeros as well', async () => {
    const samples = new Float32Array(2 * 2 * 4).fill(1, 0, 12);
    const scan = new ZspyScan(join(folder, 'old.zspy'), [2, 2, 4], [2, 2, 4], samples);
    await scan.writeHeader({ offset: 100, dispersion: 1, units: 'eV' });
    await scan.writeChunk([0, 0, 0]);
    await age(scan.path);
    const source = watched(folder);
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['complete']);
    expect(source.pixels).toBe(4);
  });

  it('with a chunk of the wrong size, or cut off, says which and leaves its pixels out', async () => {
    for (const change of [
      async (path: string) => truncate(path, 40),
      async (path: string) => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(8)])),
      async (path: string) => writeFile(path, Buffer.alloc(0)),
    ]) {
      const path = await writeHyperspyFile(folder, NAME);
      await change(join(path, 'Experiments/made/data/0/0/0'));
      const source = await watched(path, { once: true }).finished();
      expect(source.everAlerted).toEqual([
        expect.stringContaining('Experiments/made/data/0/0/0: expected a complete chunk'),
      ]);
      expect(await measuredAsWritten(source)).toHaveLength(18);
      expect(source.scan.ends).toEqual(['aborted']);
    }
  });

  it.each([
    [{ dimension_separator: '/../../../../' }, 'expected dimension_separator "." or "/"'],
    [{ chunks: [2 ** 20, 2 ** 20, 12] }, 'expected chunks of at most'],
    [{ shape: [2 ** 20, 2 ** 20, 12] }, 'expected those of 1048576 × 1048576 × 12 samples'],
    [{ shape: [4, 6, -1] }, 'expected a shape of whole numbers above 0'],
    [{ chunks: [2, 3] }, 'expected chunks of 3 axes'],
    [{ zarr_format: 3 }, 'expected zarr_format 2, found 3'],
    [{ compressor: { id: 'lzma' } }, 'found samples compressed by lzma'],
    [{ dtype: '<c16' }, 'found complex numbers'],
    [{ dtype: '|O' }, 'expected'],
  ])('described by %j is refused', async (change, message) => {
    const path = await writeHyperspyFile(folder, NAME);
    const header = join(path, 'Experiments/made/data/.zarray');
    await writeFile(header, JSON.stringify({ ...JSON.parse(await readFile(header, 'utf8')), ...change }));
    const source = watched(path, { once: true });
    await expect(source.finished()).rejects.toThrow(message);
  });
});
