import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { decodeNpy, encodeNpy, type NpyArray } from '../../../../server/formats/numpy/numpy.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 });
const create: ((length: number) => NpyArray)[] = [
  (n) => new Uint8Array(n),
  (n) => new Uint16Array(n),
  (n) => new Uint32Array(n),
  (n) => new Int8Array(n),
  (n) => new Int16Array(n),
  (n) => new Int32Array(n),
  (n) => new Float32Array(n),
  (n) => new Float64Array(n),
];

describe('numpy files', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(...create), (shape, make) => {
        const data = make(shape.reduce((a, b) => a * b, 1)).map((_, i) => i * 3 + 1) as NpyArray;
        const bytes = encodeNpy(data, shape);
        expect((bytes.length - data.byteLength) % 64).toBe(0);
        expect(decodeNpy(bytes)).toEqual({ data, shape });
      }),
    );
  });

  it('refuse a shape that the samples do not fill', () => {
    expect(() => encodeNpy(new Float32Array(5), [2, 3])).toThrow(RangeError);
    const cut = encodeNpy(new Int16Array(6), [2, 3]).subarray(0, -1);
    expect(() => decodeNpy(cut, 'cut.npy')).toThrow(
      new InputError('cut.npy', 'length', 'expected 6 samples for shape (2, 3), found 5'),
    );
    expect(() => decodeNpy(new Uint8Array(200), 'zeros.npy')).toThrow(/zeros\.npy: magic/);
  });

  it('are what NumPy reads', async ({ skip }) => {
    const directory = await mkdtemp(join(tmpdir(), 'eelwatch-npy-'));
    try {
      const path = join(directory, 'a.npy');
      await writeFile(path, encodeNpy(Float32Array.of(1.5, -2, 0.25, 8, 9, 10), [2, 3]));
      const script = 'import numpy, sys; a = numpy.load(sys.argv[1]); print(a.dtype, a.shape, a[1, 0])';
      let printed: string;
      try {
        printed = execFileSync('/usr/bin/python3', ['-c', script, path], { encoding: 'utf8' });
      } catch (error) {
        console.warn(`skipped: NumPy is not installed (${(error as Error).message.split('\n')[0]})`);
        return skip('NumPy is not installed');
      }
      expect(printed.trim()).toBe('float32 (2, 3) 8.0');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
