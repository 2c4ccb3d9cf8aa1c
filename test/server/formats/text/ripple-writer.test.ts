import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseRippleHeader } from '../../../../server/formats/text/ripple-header.ts';
import { createRippleWriter, type RippleHeader } from '../../../../server/formats/text/ripple-writer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-ripple-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('has the header in place before the first sample and appends to each pass', async () => {
  const header: RippleHeader = { shape: [2, 3], channels: 2, dtype: 'u16', passes: 2 };
  const writer = await createRippleWriter(join(folder, 'scan'), header);
  expect((await readdir(folder)).sort()).toEqual(['scan.raw', 'scan.rpl']);
  expect(parseRippleHeader(await readFile(join(folder, 'scan.rpl'), 'utf8'), 'scan.rpl')).toEqual(header);
  await writer.append(new Uint8Array([1, 2, 3]));
  await writer.append(new Uint8Array([4]));
  await writer.append(new Uint8Array([9]), 1);
  expect([...(await readFile(join(folder, 'scan.raw')))]).toEqual([1, 2, 3, 4]);
  expect([...(await readFile(join(folder, 'scan.pass1.raw')))]).toEqual([9]);
  await writer.close();
  await writer.close();
});
