import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checksumOf,
  describeFile,
  differenceOf,
  type SourceFile,
} from '../../../server/sessions/source-files.ts';

const strict = { mayGrow: false, thorough: true };
/** Larger than all blocks of a sample together. */
const LARGE = 2 ** 20 + 12_345;

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  path = join(root, 'samples.raw');
});
afterEach(() => rmSync(root, { recursive: true }));

function content(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 2654435761) >>> 24;
  return bytes;
}

async function described(bytes: Buffer): Promise<SourceFile> {
  writeFileSync(path, bytes);
  const known = await describeFile('core', path);
  const sha256 = await checksumOf(path, known.size);
  return { ...known, ...(sha256 !== undefined && { sha256 }) };
}

describe('a file that a session refers to', () => {
  it('has the checksum of its bytes', async () => {
    const bytes = content(LARGE);
    const { sha256, size } = await described(bytes);
    expect(size).toBe(LARGE);
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(await checksumOf(path, 1000)).toBe(
      createHash('sha256').update(bytes.subarray(0, 1000)).digest('hex'),
    );
  });

  it('is the same as long as its bytes are', async () => {
    for (const size of [0, 1, 4095, 65_537, LARGE])
      expect(await differenceOf(await described(content(size)), path, strict)).toBeUndefined();
  });

  it('is known to be changed by any bit', async () => {
    const bytes = content(LARGE);
    const known = await described(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(LARGE - 1), fc.nat(7), async (at, bit) => {
        const changed = Buffer.from(bytes);
        changed[at] ^= 1 << bit;
        writeFileSync(path, changed);
        expect(await differenceOf(known, path, strict)).toMatchObject({ field: 'checksum' });
      }),
      { numRuns: 40 },
    );
  });

  it('is known by its sample alone while it grows: other begins, other ends, and other bytes in most places', async () => {
    const bytes = content(LARGE);
    const { sha256: _later, ...known } = await described(bytes);
    const growing = { mayGrow: true, thorough: false };
    for (const at of [0, 65_535, LARGE - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1;
      writeFileSync(path, changed);
      expect(await differenceOf(known, path, growing)).toMatchObject({ field: 'checksum' });
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: LARGE - 20_000 }), async (at) => {
        // Wider than the gap between two blocks.
        const changed = Buffer.from(bytes).fill(0, at, at + 20_000);
        writeFileSync(path, changed);
        expect(await differenceOf(known, path, growing)).toMatchObject({ field: 'checksum' });
      }),
      { numRuns: 40 },
    );
    writeFileSync(path, bytes);
    appendFileSync(path, 'more');
    expect(await differenceOf(known, path, growing)).toBeUndefined();
    expect(await differenceOf(known, path, strict)).toEqual({
      field: 'size',
      message: `expected ${LARGE} bytes as recorded, found ${LARGE + 4}`,
    });
  });

  it('is known to be cut off, or gone', async () => {
    const known = await described(content(LARGE));
    truncateSync(path, LARGE - 1);
    expect(await differenceOf(known, path, { mayGrow: true, thorough: false })).toMatchObject({
      field: 'size',
    });
    rmSync(path);
    expect(await differenceOf(known, path, strict)).toEqual({ field: 'file', message: 'expected to exist' });
    expect(await differenceOf(known, root, strict)).toMatchObject({ field: 'file' });
  });
});
