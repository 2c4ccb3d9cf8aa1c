import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BYTES_PER_SAMPLE, type DType, InputError } from '../../../../protocol/index.ts';

import { openScanFile } from '../../../../server/formats/formats.ts';
import { formatRippleHeader } from '../../../../server/formats/text/ripple-header.ts';
import { poisson } from '../../../../server/microscope/poisson.ts';
import { RandomStream } from '../../../../server/microscope/random.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-order-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Wide = Exclude<DType, 'u8'>;
const WRITERS: Record<Wide, (bytes: Buffer, value: number, at: number, little: boolean) => void> = {
  u16: (bytes, value, at, little) =>
    little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at),
  u32: (bytes, value, at, little) =>
    little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at),
  i16: (bytes, value, at, little) => (little ? bytes.writeInt16LE(value, at) : bytes.writeInt16BE(value, at)),
  i32: (bytes, value, at, little) => (little ? bytes.writeInt32LE(value, at) : bytes.writeInt32BE(value, at)),
  f32: (bytes, value, at, little) => (little ? bytes.writeFloatLE(value, at) : bytes.writeFloatBE(value, at)),
  f64: (bytes, value, at, little) =>
    little ? bytes.writeDoubleLE(value, at) : bytes.writeDoubleBE(value, at),
};

const CHANNELS = 200;

/** A Ripple file of 4 × 5 spectra with Poisson noise on a power law. */
async function written(
  dtype: Wide,
  little: boolean,
  announced: boolean,
  mean: number,
  seed: number,
): Promise<string> {
  const random = new RandomStream(seed);
  const bytes = Buffer.alloc(20 * CHANNELS * BYTES_PER_SAMPLE[dtype]);
  for (let n = 0; n < 20 * CHANNELS; n++) {
    const counts = poisson(mean * (1 + (n % CHANNELS) / 50) ** -3, random);
    const value = dtype === 'f32' || dtype === 'f64' ? counts * 0.37 : counts;
    WRITERS[dtype](bytes, value, n * BYTES_PER_SAMPLE[dtype], little);
  }
  const stem = join(folder, 'scan');
  const header = formatRippleHeader({
    shape: [4, 5],
    channels: CHANNELS,
    dtype,
    littleEndian: announced,
    energy: { offset: 90, dispersion: 0.5, units: 'eV' },
  });
  await writeFile(`${stem}.rpl`, header);
  await writeFile(`${stem}.raw`, bytes);
  return `${stem}.rpl`;
}

const types = fc.constantFrom<Wide>('u16', 'u32', 'i16', 'i32', 'f32', 'f64');

it('refuses counts whose byte order is not the announced one, and reads those whose is, from few counts to many', async () => {
  await fc.assert(
    fc.asyncProperty(
      types,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(2, 20, 300, 5000, 20_000),
      fc.nat(1000),
      async (dtype, little, announced, mean, seed) => {
        const opened = openScanFile(await written(dtype, little, announced, mean, seed));
        if (little === announced) await expect(opened).resolves.toBeDefined();
        else {
          await expect(opened).rejects.toThrow(InputError);
          await expect(opened).rejects.toThrow(
            `byte-order: expected ${announced ? 'little' : 'big'}-endian samples as the header says, found`,
          );
          await expect(opened).rejects.toThrow(
            `correct byte-order in the header to ${little ? 'little' : 'big'}-endian`,
          );
        }
      },
    ),
    { numRuns: 120, seed: 1 },
  );
});

it('tells nothing of zeros, of a few samples, or of noise without counts', async () => {
  const stem = join(folder, 'scan');
  const path = await written('u16', true, true, 100, 1);
  for (const bytes of [Buffer.alloc(8000), Buffer.from([1, 0, 0, 1, 2, 0, 0, 3]), Buffer.alloc(0)]) {
    await writeFile(`${stem}.raw`, bytes);
    await expect(openScanFile(path)).resolves.toBeDefined();
  }
});
