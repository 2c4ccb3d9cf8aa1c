import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { parseNpyHeader } from '../../../../server/formats/numpy/npy-header.ts';
import { encodeNpy } from '../../../../server/formats/numpy/numpy.ts';
import { wholeCube } from '../../../support/whole-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ENERGY = { offset: 400, dispersion: 0.25, units: 'eV' as const };

/** A header of version `version` as NumPy writes it, with the samples behind it. */
function npy(dictionary: string, samples: Uint8Array, version = 1): Buffer {
  const lengthBytes = version === 1 ? 2 : 4;
  const prefix = Buffer.alloc(8 + lengthBytes);
  prefix.write('\x93NUMPY', 'latin1');
  prefix[6] = version;
  const padding = (64 - ((prefix.length + dictionary.length + 1) % 64)) % 64;
  const header = `${dictionary}${' '.repeat(padding)}\n`;
  prefix.writeUIntLE(header.length, 8, lengthBytes);
  return Buffer.concat([prefix, Buffer.from(header, 'latin1'), samples]);
}

async function written(bytes: Uint8Array, name = 'scan.npy'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe('a NumPy array as a scan', () => {
  it.each([
    [
      [2, 3, 4],
      [2, 3],
    ],
    [
      [6, 4],
      [1, 6],
    ],
    [[24], [1, 1]],
  ])('of %j is read with the energies given', async (sizes, shape) => {
    const path = await written(
      encodeNpy(
        Float32Array.from({ length: 24 }, (_, i) => i),
        sizes,
      ),
    );
    const { scan, core } = await openScanFile(path, { energy: ENERGY });
    expect(scan).toEqual({
      id: 'scan',
      name: 'scan',
      shape,
      channels: sizes.at(-1),
      energy: ENERGY,
      dtype: 'f32',
    });
    expect([...(await wholeCube(core))]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it('is read in big-endian order and with a long header, too', async () => {
    const samples = Buffer.alloc(16);
    for (let i = 0; i < 4; i++) samples.writeInt32BE(i - 2, 4 * i);
    const header = "{'descr': '>i4', 'fortran_order': False, 'shape': (2, 2), }";
    for (const version of [1, 2, 3]) {
      const { core } = await openScanFile(await written(npy(header, samples, version)), { energy: ENERGY });
      expect([...(await wholeCube(core))]).toEqual([-2, -1, 0, 1]);
    }
  });

  it('needs the energies, and says what to type', async () => {
    const path = await written(encodeNpy(new Float32Array(24), [2, 3, 4]));
    await expect(openScanFile(path)).rejects.toThrow(
      `${path}: energy: expected an axis, which this format has not: type --energy offset,dispersion`,
    );
  });

  it.each([
    ["{'descr': '<c8', 'fortran_order': False, 'shape': (2, 2), }", 32, 'descr: expected real numbers'],
    ["{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }", 8, 'descr: expected real numbers'],
    [
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
      8,
      'descr: expected a plain number type',
    ],
    ["{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", 16, 'fortran_order: expected False'],
    [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 2, 2), }",
      16,
      'shape: expected (y, x, energy)',
    ],
    [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9000000, 9000000, 9), }",
      16,
      'shape: expected 1 to',
    ],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4), }", 0, 'shape: expected 1 to'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 4), }", 0, 'shape: expected whole numbers'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 12, 'size: expected'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 20, 'size: expected'],
  ])('%s with %i bytes is refused', async (header, bytes, message) => {
    const path = await written(npy(header, new Uint8Array(bytes)));
    const opened = openScanFile(path, { energy: ENERGY });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(`${path}: ${message}`);
  });

  it('is refused when it is empty or something else', async () => {
    await expect(openScanFile(await written(new Uint8Array(0)))).rejects.toThrow('magic: expected a NumPy');
    await expect(openScanFile(await written(Buffer.from('PK\x03\x04 something else')))).rejects.toThrow(
      'magic: expected a NumPy',
    );
  });
});

describe('headers of NumPy arrays', () => {
  const descriptors = fc.constantFrom('<f4', '>f4', '<f8', '|u1', '<u2', '>i2', '<i4', '<c8', '|b1');
  const shapes = fc.array(fc.nat({ max: 2 ** 31 }), { maxLength: 6 });

  it('say what NumPy writes, whatever the version', () => {
    fc.assert(
      fc.property(
        descriptors,
        fc.boolean(),
        shapes,
        fc.constantFrom(1, 2, 3),
        (descriptor, fortran, shape, version) => {
          const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
          const text = `{'descr': '${descriptor}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
          const bytes = npy(text, new Uint8Array(0), version);
          expect(parseNpyHeader(bytes, 'a.npy')).toEqual({
            descriptor,
            fortranOrder: fortran,
            shape,
            bytes: bytes.length,
          });
        },
      ),
    );
  });

  it('are read or refused by name when bytes are wrong or missing, never anything else', () => {
    const good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }", new Uint8Array(0));
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(good.length - 1), fc.nat(255), (length, at, value) => {
        const bytes = Buffer.from(good.subarray(0, length));
        if (at < length) bytes[at] = value;
        try {
          parseNpyHeader(bytes, 'a.npy');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
