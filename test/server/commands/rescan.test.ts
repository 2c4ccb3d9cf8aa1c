import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliRun } from '../../support/cli.ts';
import {
  cropped,
  type Spectra,
  simulatedPasses,
  summed,
  writeSpectra,
} from '../../support/scan-parts-in-files.ts';

let folder: string;
let passes: Spectra[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-rescan-'));
  passes = simulatedPasses({ shape: [40, 40], seed: 5, passes: 2, driftEv: 0, dose: 'high' });
  await writeSpectra(folder, 'first', { ...passes[0], dwellSeconds: 0.01 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const analyse = async (out: string, rescans: string[], scan = 'first', more: string[] = []) => {
  const run = new CliRun(
    [
      'analyse',
      `${scan}.rpl`,
      '--edges',
      'Si-L,C-K',
      '--out',
      out,
      '--log-level',
      'warn',
      ...more,
      ...rescans.flatMap((one) => ['--rescan', one]),
    ],
    folder,
  );
  const status = await run.ended();
  return { status, stderr: run.stderr };
};
const summary = async (out: string) => JSON.parse(await readFile(join(folder, out, 'summary.json'), 'utf8'));

describe('analyse --rescan', () => {
  it('gives the results of the summed file for a pass that is a rescan of the whole', async () => {
    await writeSpectra(folder, 'sum', summed(passes));
    await writeSpectra(folder, 'second', passes[1]);
    expect((await analyse('of-sum', [], 'sum')).status).toBe(0);
    expect((await analyse('of-passes', ['second.rpl@0,0'])).status).toBe(0);
    for (const map of [
      'counts',
      'Si-L/labels',
      'Si-L/intensity',
      'C-K/labels',
      'C-K/mean-spectra',
      'information/Si-L~C-K',
    ]) {
      const [own, other] = await Promise.all(
        ['of-passes', 'of-sum'].map((out) => readFile(join(folder, out, `${map}.npy`))),
      );
      expect(own.equals(other), map).toBe(true);
    }
    expect(await summary('of-passes')).toMatchObject({
      spectra: 3200,
      rescans: [{ file: 'second.rpl', y: 0, x: 0, dwells: 1 }],
    });
  }, 180_000);

  it('puts rescans where they lie, and says so', async () => {
    // They lie at (10, 12) and (3, 4); the first was exposed half as long, the second is said to lie two rows lower.
    await writeSpectra(folder, 'short', { ...cropped(passes[1], [10, 12], [20, 18]), dwellSeconds: 0.005 });
    await writeSpectra(folder, 'a@b', cropped(passes[1], [3, 4], [16, 16]));
    const { status, stderr } = await analyse('two', ['short.rpl@10,12', 'a@b.rpl@5,4,1.5']);
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    const { rescans } = await summary('two');
    expect(rescans).toMatchObject([
      { file: 'short.rpl', y: 10, x: 12, shape: [20, 18], dwells: 0.5, applied: { y: 0, x: 0 } },
      { file: 'a@b.rpl', y: 5, x: 4, dwells: 1.5, applied: { y: -2, x: 0 } },
    ]);
    expect(Math.abs(rescans[1].shift.y + 2)).toBeLessThan(0.3);
    expect(rescans[1].shift.sigma).toBeLessThan(0.3);
    const exposure = await readFile(join(folder, 'two', 'exposure.npy'));
    const map = new Float32Array(
      exposure.buffer.slice(
        exposure.byteOffset + exposure.length - 6400,
        exposure.byteOffset + exposure.length,
      ),
    );
    const at = (row: number, column: number) => map[row * 40 + column];
    expect([at(0, 0), at(3, 4), at(18, 19), at(19, 20), at(29, 29), at(30, 30)]).toEqual([
      1, 2.5, 3, 1.5, 1.5, 1,
    ]);
  }, 180_000);

  it('replaces what is saturated by a shorter exposure, as in a file that had that from the start', async () => {
    // A block that takes twenty times the counts of the rest, which are 16 000 at most.
    const most = passes[0].counts.reduce((top, value) => Math.max(top, value), 0);
    const block = (pixel: number, [y, x]: readonly [number, number], columns: number) => {
      const [row, column] = [Math.floor(pixel / columns) + y, (pixel % columns) + x];
      return row >= 14 && row < 20 && column >= 18 && column < 26;
    };
    const seen = (of: Spectra, dwells: number, at: readonly [number, number]): Spectra => ({
      ...of,
      counts: of.counts.map((value, i) => {
        const bright = block(Math.floor(i / of.channels), at, of.shape[1]) ? 20 : 1;
        return Math.min(65_535, Math.round((16_000 / most) * bright * dwells * value));
      }),
    });
    const first = seen(passes[0], 1, [0, 0]);
    const short = seen(cropped(passes[1], [12, 16], [12, 12]), 0.2, [12, 16]);
    const cut = (pixel: number) => {
      // From the fit window of Si-L on: 81 eV.
      const spectrum = first.counts.subarray(pixel * first.channels + 35, (pixel + 1) * first.channels);
      return spectrum.filter((value) => value === 65_535).length >= 3;
    };
    const byHand = { ...first, counts: first.counts.slice() };
    let replaced = 0;
    for (let pixel = 0; pixel < 144; pixel++) {
      const target = (12 + Math.floor(pixel / 12)) * 40 + 16 + (pixel % 12);
      const isCut = cut(target);
      if (isCut) replaced++;
      for (let c = 0; c < first.channels; c++) {
        const before = isCut ? 0 : first.counts[target * first.channels + c];
        byHand.counts[target * first.channels + c] = before + short.counts[pixel * first.channels + c];
      }
    }
    expect(replaced).toBeGreaterThan(30);
    for (const [name, of] of Object.entries({ saturated: first, short, 'by-hand': byHand }))
      await writeSpectra(folder, name, of);
    // Classes that the scan has: into how many more they are split depends on how long each pixel was exposed.
    const two = ['--classes', '2', '--classes-in', 'scores'];
    expect((await analyse('by-hand-maps', [], 'by-hand', two)).status).toBe(0);
    const { status, stderr } = await analyse('replaced', ['short.rpl@12,16,0.2'], 'saturated', two);
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    expect((await summary('replaced')).rescans).toMatchObject([{ replaced, applied: { y: 0, x: 0 } }]);
    for (const edge of ['Si-L', 'C-K']) {
      const [own, other] = await Promise.all(
        ['replaced', 'by-hand-maps'].map((out) => readFile(join(folder, out, edge, 'labels.npy'))),
      );
      expect(own.equals(other), edge).toBe(true);
    }
  }, 180_000);

  it('refuses what cannot be added, by file and field', async () => {
    await writeSpectra(folder, 'far', cropped(passes[1], [20, 10], [16, 16]));
    await writeSpectra(folder, 'axis', { ...passes[1], energy: { ...passes[1].energy, offset: 10 } });
    await writeSpectra(folder, 'pixels', { ...passes[1], pixelSizeNm: 0.1 });
    const refused: [string, RegExp][] = [
      [
        'far.rpl@14,10',
        /^eelwatch: far\.rpl: region: expected to fit the scan at \(14, 10\), found that it lies 6 pixels in y .* at most 4/m,
      ],
      ['far.rpl@50,0', /far\.rpl: region: expected pixels of the scan's 40 × 40/],
      ['axis.rpl@0,0', /axis\.rpl: energy: expected the axis of the scan/],
      ['pixels.rpl@0,0', /pixels\.rpl: pixel size: expected .* nm as in the scan, found 0\.1 nm/],
      ['gone.rpl@0,0', /gone\.rpl: file: expected to exist/],
    ];
    for (const [rescan, message] of refused) {
      const { status, stderr } = await analyse('refused', [rescan]);
      expect(stderr).toMatch(message);
      expect(status).toBe(1);
    }
    for (const rescan of ['far.rpl', 'far.rpl@1', 'far.rpl@1,-2', 'far.rpl@1,2,0', 'far.rpl@1,2,3,4'])
      expect((await analyse('refused', [rescan])).status, rescan).toBe(2);
  }, 180_000);
});

describe('watch --rescan', () => {
  it('adds a rescan to a file, and goes on without one that does not fit', async () => {
    await writeSpectra(folder, 'good', cropped(passes[1], [8, 8], [20, 20]));
    await writeSpectra(folder, 'bad', cropped(passes[1], [20, 10], [16, 16]));
    const run = new CliRun(
      [
        'watch',
        'first.rpl',
        '--edges',
        'Si-L',
        '--no-record',
        '--port',
        '0',
        '--json',
        '--rescan',
        'bad.rpl@12,8',
        '--rescan',
        'good.rpl@8,8',
      ],
      folder,
    );
    try {
      const { url } = await run.event(({ event }) => event === 'serving');
      const status = async () =>
        (await fetch(`${url}api/status`)).json() as Promise<{
          status: string;
          alerts: { message: string }[];
        }>;
      let now = await status();
      while (now.status !== 'complete') {
        await new Promise((resolve) => setTimeout(resolve, 100));
        now = await status();
      }
      expect(now.alerts.map(({ message }) => message).join()).toMatch(
        /bad\.rpl: region: expected to fit the scan/,
      );
      const found = (await (await fetch(`${url}api/summary`)).json()) as { rescans: unknown[] };
      expect(found.rescans).toMatchObject([{ file: 'good.rpl', y: 8, x: 8, applied: { y: 0, x: 0 } }]);
    } finally {
      await run.stop();
    }
  }, 180_000);
});
