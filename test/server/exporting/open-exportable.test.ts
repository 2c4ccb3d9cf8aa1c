import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openExportable } from '../../../server/exporting/open-exportable.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import { SessionStore } from '../../../server/sessions/session-store.ts';
import { RecordedScan } from '../../../server/sources/recording/recorded-scan.ts';

const SHAPE: [number, number] = [3, 4];
const [PIXELS, CHANNELS] = [12, 5];
const energy = { offset: 80, dispersion: 0.5, units: 'eV' as const };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const numbers = (count: number, from = 1) => Uint16Array.from({ length: count }, (_, i) => i + from);
const bytes = (samples: Uint16Array | Float32Array) => new Uint8Array(samples.buffer);

/** A scan in two passes with HAADF; of the second pass there are `second` pixels. */
async function writeScan(second: number): Promise<string> {
  const header = { shape: SHAPE, channels: CHANNELS, dtype: 'u16' as const, energy, passes: 2 };
  const haadf = await createRippleWriter(join(root, 'a.haadf'), { ...header, channels: 1, dtype: 'f32' });
  for (const pass of [0, 1]) await haadf.append(bytes(new Float32Array(PIXELS).fill(2 + 2 * pass)), pass);
  await haadf.close();
  const writer = await createRippleWriter(join(root, 'a'), header);
  await writer.append(bytes(numbers(PIXELS * CHANNELS)));
  await writer.append(bytes(numbers(second * CHANNELS, 60_000)), 1);
  await writer.close();
  return join(root, 'a.rpl');
}

describe('what is exported of a file', () => {
  it('is the sum of its passes, in a type that holds it', async () => {
    const content = await openExportable(await writeScan(PIXELS));
    expect(content.counts?.dtype).toBe('u32');
    expect(Array.from(await content.counts!.read(11, 1))).toEqual([60_111, 60_113, 60_115, 60_117, 60_119]);
    expect(content.maps.map(({ layer, data }) => [layer.name, data[0]])).toEqual([
      ['Measured passes', 2],
      ['HAADF', 3],
    ]);
    await content.close();
  });

  it('are the spectra that are complete', async () => {
    const path = await writeScan(5);
    truncateSync(join(root, 'a.raw'), 10 * CHANNELS * 2 + 3);
    truncateSync(join(root, 'a.haadf.raw'), 11 * 4);
    const content = await openExportable(path);
    expect(content.notes).toEqual(['2 of 12 pixels are not measured: their counts are 0']);
    const [passes, haadf] = content.maps;
    expect(Array.from(passes.data)).toEqual([2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0, 0]);
    expect(Array.from(haadf.data)).toEqual([...Array(11).fill(3), Number.NaN]);
    expect(Array.from(await content.counts!.read(9, 2))).toEqual([46, 47, 48, 49, 50, 0, 0, 0, 0, 0]);
    await content.close();
  });
});

describe('what is exported of a session', () => {
  async function record(count: number): Promise<string> {
    const store = new SessionStore({ root, version: 'test' });
    const scan = { id: 'a', name: 'a', shape: SHAPE, channels: CHANNELS, energy, dtype: 'u16' as const };
    const session = await store.open({ scan, order: 'raster', pass: 0 }, 'a test');
    const recorded = await RecordedScan.begin(session, 0, { report: () => {} });
    await recorded.record({ first: 0, count, core: bytes(numbers(count * CHANNELS)), signals: [] });
    await recorded.end('complete');
    await recorded.close();
    return session.folder;
  }

  it('are counts alone where it has no final maps', async () => {
    const content = await openExportable(await record(PIXELS));
    expect(content.notes).toEqual(['the session has no final maps: counts and scalar signals alone']);
    expect(content.maps).toEqual([]);
    await content.close();
  });

  it('are 0 where they are not those that were written', async () => {
    const folder = await record(PIXELS);
    writeFileSync(join(folder, 'core.raw'), new Uint8Array(PIXELS * CHANNELS * 2).fill(9));
    const spoilt = await openExportable(folder);
    expect(spoilt.notes[0]).toBe('12 of 12 pixels are not measured: their counts are 0');
    expect(Array.from(await spoilt.counts!.read(0, 1))).toEqual([0, 0, 0, 0, 0]);
    await spoilt.close();
  });

  it('are counts where the final maps are damaged', async () => {
    const folder = await record(PIXELS);
    mkdirSync(join(folder, 'results'));
    writeFileSync(join(folder, 'results', 'summary.json'), '{');
    const content = await openExportable(folder);
    expect(content.notes[0]).toMatch(
      /^the final maps cannot be read \(.*summary.json: file: expected JSON\)/,
    );
    expect(Array.from(await content.counts!.read(0, 1))).toEqual([1, 2, 3, 4, 5]);
    await content.close();
  });
});
