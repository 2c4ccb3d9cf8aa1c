import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { unzip } from 'unzipit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import type { OpenOptions } from '../../../../server/formats/format.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { frameOrder } from '../../../../server/formats/series/mib-order.ts';
import { unpackAll } from '../../../../server/formats/unpacking/unpack-all.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';
import { MIB_FILES, mibContent } from '../../../support/series-files.ts';
import { wholeCube } from '../../../support/whole-cube.ts';

const energy = { offset: 400, dispersion: 0.25, units: 'eV' as const };
const { made, real } = MIB_FILES;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-mib-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function written(content: Uint8Array, hdr?: string): Promise<string> {
  const path = join(folder, `${files++}.mib`);
  await writeFile(path, content);
  if (hdr !== undefined) await writeFile(path.replace('.mib', '.hdr'), hdr);
  return path;
}
const opened = async (content: Uint8Array, hdr?: string, options: OpenOptions = {}) =>
  openScanFile(await written(content, hdr), { scratch: folder, energy, ...options });

/** The header of one of the frames with another text in place of a part of it. */
function renamed(name: string, from: string, to: string): Buffer {
  const content = mibContent(name);
  content.write(to.padEnd(from.length), content.indexOf(from), 'latin1');
  return content;
}

describe('Merlin frames', () => {
  it.each(['U08', 'U16', 'U32'])('%s are summed over their rows', async (name) => {
    const { hdr, rows, channels, sums } = made[name];
    const file = await opened(mibContent(name), hdr, rows ? { rows } : {});
    expect(file.scan).toMatchObject({ shape: [2, 3], channels, energy, dwellSeconds: 0.0015 });
    expect(file.scan.dtype).toBe(name === 'U32' ? 'f64' : 'u32');
    expect(await unpackAll(file)).toEqual([]);
    const values = await wholeCube(file.core);
    expect([...values]).toEqual(sums.flat().map(Math.fround));
  });

  it('of the fly-back belong to no pixel', async () => {
    const { hdr, sums } = made['fly-back'];
    const file = await opened(mibContent('fly-back'), hdr);
    expect(file.scan.shape).toEqual([2, 3]);
    expect(await unpackAll(file)).toEqual([]);
    expect([...(await wholeCube(file.core))]).toEqual([0, 1, 2, 4, 5, 6].flatMap((n) => sums[n]));
  });

  it('that were lost leave their pixels empty, and shift no others', async () => {
    const { hdr, sums, channels } = made['lost frame'];
    const file = await opened(mibContent('lost frame'), hdr);
    expect((await unpackAll(file)).map(({ message }) => message)).toEqual([
      expect.stringContaining('frames: expected 6 spectra, found 5 that are complete'),
    ]);
    const lost = Array.from({ length: channels }, () => 0);
    expect([...(await wholeCube(file.core))]).toEqual(
      [sums[0], sums[1], lost, sums[2], sums[3], sums[4]].flat(),
    );
  });

  it('need no .hdr where rows and columns are given', async () => {
    const { sums } = made['U08'];
    const file = await opened(mibContent('U08'), undefined, { shape: [3, 2] });
    expect(file.scan.shape).toEqual([3, 2]);
    expect(await unpackAll(file)).toEqual([]);
    expect([...(await wholeCube(file.core))]).toEqual(sums.flat());
    const longer = await opened(mibContent('U08'), undefined, { shape: [3, 4] });
    expect((await unpackAll(longer))[0].message).toContain('expected 12 spectra, found 6');
  });

  const hdr = made['U08'].hdr;
  it.each<[string, () => Buffer, string | undefined, OpenOptions, string]>([
    [
      'no energies',
      () => mibContent('U08'),
      hdr,
      { energy: undefined as never },
      'energy: expected an axis, which this format has not',
    ],
    ['no .hdr', () => mibContent('U08'), undefined, {}, '.hdr, found none; --shape y,x says'],
    [
      'a .hdr of something else',
      () => mibContent('U08'),
      'ENVI',
      {},
      'HDR: expected the header of a Merlin acquisition',
    ],
    [
      'rows beyond the detector',
      () => mibContent('U08'),
      hdr,
      { rows: [2, 5] },
      'rows: expected rows up to 4',
    ],
    [
      'other rows and columns',
      () => mibContent('U08'),
      hdr,
      { shape: [2, 4] },
      'shape: expected rows and columns that make 6 frames (3 a trigger), found 2 × 4',
    ],
    [
      'more frames than pixels',
      () => mibContent('U08'),
      undefined,
      { shape: [2, 2] },
      'shape: expected 2 × 2 pixels, found 6 frames',
    ],
    [
      'raw frames',
      () => renamed('U08', 'U08', 'R64'),
      hdr,
      {},
      'frame 1: expected counts (U01, U08, U16, U32), found raw frames (R64, layout 1x1)',
    ],
    ['unknown samples', () => renamed('U08', 'U08', 'U64'), hdr, {}, 'found "U64"'],
    [
      'no width',
      () => renamed('U08', ',0008,', ',   x,'),
      hdr,
      {},
      'frame 1: expected a width from 1 to 65536, found "x"',
    ],
    [
      'absurdly large frames',
      () => renamed('U08', ',0008,0004', ',9999,9999'),
      hdr,
      {},
      'expected a frame of at most',
    ],
    [
      'another beginning',
      () => renamed('U08', 'MQ1', 'MQ2'),
      hdr,
      {},
      'expected a frame of a Merlin detector',
    ],
    [
      'less than a frame',
      () => mibContent('U08').subarray(0, 400),
      hdr,
      {},
      'size: expected a frame of 416 bytes at least, found 400',
    ],
  ])('with %s are refused by name', async (_, content, header, options, message) => {
    const refused = opened(content(), header, options);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
  });

  it('leaves out a frame of another size, and says so', async () => {
    const content = mibContent('U08');
    content.write('0009', 2 * made['U08'].frameBytes + content.indexOf('0008'), 'latin1');
    const [fault] = await unpackAll(await opened(content, hdr));
    expect(fault.message).toContain(
      'frame 3: expected 8 × 4 of U08 behind 384 bytes as the first frame has, found 9 × 4',
    );
  });

  it('cut or with other bytes anywhere are opened or refused by name', async () => {
    const path = await written(mibContent('U16'), made['U16'].hdr);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        async (part, flips) => {
          const content = Buffer.from(whole);
          for (const [at, byte] of flips) content[at] = byte;
          await writeFile(path, content.subarray(0, Math.ceil(part * content.length)));
          try {
            const file = await openScanFile(path, { scratch: folder, energy });
            for (const fault of await unpackAll(file)) expect(fault).toBeInstanceOf(InputError);
            await file.unpack?.core.remove();
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('rows and columns of frames', () => {
  it.each([
    ['ScanX and ScanY', undefined, { frames: 6, framesPerTrigger: 1, scanX: 3, scanY: 2 }, [2, 3], 0],
    ['no end to them', undefined, { scanX: 3, scanY: 2 }, [2, 3], 0],
    ['a trigger for each row', undefined, { frames: 6, framesPerTrigger: 3 }, [2, 3], 0],
    ['those that are given', [3, 2], { frames: 6, framesPerTrigger: 3 }, [3, 2], 0],
    ['a frame more for each row', [2, 3], { frames: 8, framesPerTrigger: 4 }, [2, 3], 1],
  ] as const)('are told by %s', (_, given, header, shape, flybackColumns) => {
    expect(frameOrder(given as [number, number] | undefined, header, 'x.hdr')).toEqual({
      shape,
      order: 'raster',
      flybackColumns,
    });
  });

  it.each([
    ['one trigger for all', { frames: 6, framesPerTrigger: 6 }],
    ['a trigger for each frame', { frames: 6, framesPerTrigger: 1 }],
    ['rows that do not come out even', { frames: 7, framesPerTrigger: 3 }],
    ['nothing', {}],
    ['sizes that make another number', { frames: 7, framesPerTrigger: 1, scanX: 3, scanY: 2 }],
  ])('are not guessed from %s', (_, header) => {
    expect(() => frameOrder(undefined, header, 'x.hdr')).toThrow(/x\.hdr: .*; --shape y,x/);
  });
});

describeMeasured(
  'measured Merlin frames',
  Object.keys(real).map((name) => `formats/quantumdetector/${name.split('/')[0]}`),
  () => {
    it.each(Object.keys(real))('%s have the sums that numpy finds', async (name) => {
      const [archive, ...inside] = name.split('/');
      const { entries } = await unzip(await readFile(measuredData(`formats/quantumdetector/${archive}`)!));
      const path = join(folder, String(files++), inside.at(-1)!);
      await mkdir(join(path, '..'));
      const part = inside.join('/');
      await writeFile(path, Buffer.from(await entries[part].arrayBuffer()));
      const hdr = part.replace('.mib', '.hdr');
      await writeFile(path.replace('.mib', '.hdr'), Buffer.from(await entries[hdr].arrayBuffer()));
      const { shape, channels, sums, first } = real[name];
      // Those of the older software say neither rows nor columns.
      const file = await openScanFile(path, { scratch: folder, energy, shape });
      expect(file.scan).toMatchObject({ shape, channels });
      expect(await unpackAll(file)).toEqual([]);
      const values = await wholeCube(file.core);
      expect([...values.subarray(0, channels)]).toEqual(first);
      const found = sums.map((_, channel) =>
        Array.from({ length: 8 }, (_, pixel) => values[pixel * channels + channel]).reduce((a, b) => a + b),
      );
      expect(found).toEqual(sums);
    });
  },
);
