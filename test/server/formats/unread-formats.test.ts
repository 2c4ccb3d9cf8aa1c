import { expect, it } from 'vitest';
import { InputError } from '../../../protocol/index.ts';
import { FORMATS, openScanFile } from '../../../server/formats/formats.ts';
import { unreadFormat } from '../../../server/formats/unread-formats.ts';
import { skipAlert } from '../../../server/sources/folders/skip-alert.ts';

it.each([
  ['scan.emi', 'found ".emi", the description of TIA series; open the .ser beside it'],
  ['SCAN.DM2', 'found ".DM2", a DigitalMicrograph 2 file; in DigitalMicrograph save it as DM3 or DM4'],
  ['map.bcf', 'found ".bcf", a Bruker X-ray map; only EELS is analysed'],
])('%s is refused by name, with what to do', async (name, message) => {
  await expect(openScanFile(name)).rejects.toThrow(InputError);
  await expect(openScanFile(name)).rejects.toThrow(message);
});

it.each(['.txt', '', '.constructor'])('nothing is advised for "%s"', async (suffix) => {
  expect(unreadFormat(suffix)).toBeUndefined();
  await expect(openScanFile(`notes${suffix}`)).rejects.toThrow(new RegExp(`found "${suffix}"$`));
});

it('knows no format that is read', () => {
  const read = FORMATS.flatMap(({ suffixes }) => suffixes);
  expect(read.filter((suffix) => unreadFormat(suffix))).toEqual([]);
});

it('gives the same advice for a file in a watched folder', () => {
  expect(skipAlert('scan.spe', 'format .spe').message).toBe(
    `scan.spe: passed over: .spe files are not read; ${unreadFormat('.spe')?.advice}`,
  );
});
