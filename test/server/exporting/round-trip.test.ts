import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Dataset, File, type Group, ready } from 'h5wasm/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, open, root as zarrRoot } from 'zarrita';
import { DTYPES, type DType } from '../../../protocol/index.ts';
import { ExportSteps } from '../../../server/exporting/export-steps.ts';
import { writeHspy } from '../../../server/exporting/hspy.ts';
import { type ExportSignal, type SignalAxis, samplesOf } from '../../../server/exporting/signal.ts';
import { writeZspy } from '../../../server/exporting/zspy.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  await ready;
  folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** JSON has no −0. */
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
  .map((value) => value + 0);
const axis: fc.Arbitrary<SignalAxis> = fc.record(
  {
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((name) => !name.includes('\0')),
    size: fc.integer({ min: 1, max: 6 }),
    offset: number,
    scale: number,
    units: fc.constantFrom('eV', 'nm', 'µm', 'σ'),
    navigate: fc.boolean(),
    binned: fc.boolean(),
  },
  { requiredKeys: ['name', 'size', 'offset', 'scale', 'navigate'] },
);

/** Samples that reach the ends of their type. */
function filled(dtype: DType, length: number, seed: number) {
  const samples = samplesOf(dtype, length);
  const bytes = new Uint8Array(samples.buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (seed * (i + 1) * 2654435761) >>> 24;
  // Not a number is not equal to itself.
  if (dtype.startsWith('f')) for (let i = 0; i < length; i++) samples[i] = Math.fround(seed / (i + 3));
  return samples;
}

const signals = fc
  .record({
    axes: fc.array(axis, { minLength: 1, maxLength: 4 }),
    dtype: fc.constantFrom(...DTYPES),
    seed: fc.integer({ min: 1, max: 1e6 }),
    title: fc.constantFrom('anode', 'Information Si-L × C-K', 'thickness (t⁄λ)'),
    simulated: fc.boolean(),
  })
  .map(({ axes, dtype, seed, title, simulated }) => {
    const width = axes[axes.length - 1].size;
    const length = axes.reduce((product, { size }) => product * size, 1);
    const samples = filled(dtype, length, seed);
    const signal: ExportSignal = {
      title,
      axes,
      dtype,
      metadata: { General: { title }, eelwatch: { simulated, threshold: 3, weight: 0.25 } },
      original: {},
      read: async (first, count) =>
        Float64Array.from(samples.subarray(first * width, (first + count) * width)),
    };
    return { signal, samples };
  });

describe('a signal that is written and read again', () => {
  it('as .hspy, by the HDF5 library', async () => {
    await fc.assert(
      fc.asyncProperty(signals, async ({ signal, samples }) => {
        const path = join(folder, `${files++}.hspy`);
        await writeHspy(path, [signal], new ExportSteps(1));
        const file = new File(path, 'r');
        try {
          const group = file.get(`Experiments/${signal.title}`) as Group;
          const data = group.get('data') as Dataset;
          expect(data.shape).toEqual(signal.axes.map(({ size }) => size));
          expect(data.value).toEqual(samples);
          signal.axes.forEach((axis, index) => {
            const { attrs } = group.get(`axis-${index}`) as Group;
            expect(
              Object.fromEntries(Object.entries(attrs).map(([name, { json_value }]) => [name, json_value])),
            ).toEqual(stored(axis, index));
          });
          const { attrs } = group.get('metadata/eelwatch') as Group;
          expect(attrs['simulated'].json_value).toBe(
            (signal.metadata['eelwatch'] as { simulated: boolean }).simulated,
          );
          expect(attrs['threshold'].json_value).toBe(3);
          expect(attrs['weight'].json_value).toBe(0.25);
        } finally {
          file.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('as .zspy, by zarrita', async () => {
    await fc.assert(
      fc.asyncProperty(signals, async ({ signal, samples }) => {
        const path = join(folder, `${files++}.zspy`);
        await writeZspy(path, [signal], new ExportSteps(1));
        const store = { get: async (key: string) => bytesAt(join(path, key)) };
        const group = zarrRoot(store).resolve(`Experiments/${signal.title}`);
        const data = await get(await open.v2(group.resolve('data'), { kind: 'array' }));
        expect(data.shape).toEqual(signal.axes.map(({ size }) => size));
        expect(data.data).toEqual(samples);
        for (const [index, axis] of signal.axes.entries()) {
          const found = await open.v2(group.resolve(`axis-${index}`), { kind: 'group' });
          expect(found.attrs).toEqual(stored(axis, index));
        }
      }),
      { numRuns: 60 },
    );
  });
});

function stored({ binned, ...axis }: SignalAxis, index: number): Record<string, unknown> {
  return { _type: 'UniformDataAxis', ...axis, is_binned: binned ?? false, index_in_array: index };
}

function bytesAt(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}
