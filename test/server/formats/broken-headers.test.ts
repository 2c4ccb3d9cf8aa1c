import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../protocol/index.ts';
import type { OpenOptions } from '../../../server/formats/format.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { unpackAll } from '../../../server/formats/unpacking/unpack-all.ts';
import { type DmImage, dmFile } from '../../support/dm-file.ts';
import { writeStoredScan } from '../../support/stored-scan.ts';
import { wholeCube } from '../../support/whole-cube.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-headers-'));
});
afterAll(() => rm(folder, { recursive: true }));

const AXIS = { offset: 100, dispersion: 0.5, units: 'eV' as const };
const GIVEN = { offset: 7, dispersion: 0.25, units: 'eV' as const };

/** The axis and the samples that a file is opened with. */
async function read(path: string, options: OpenOptions = {}) {
  const file = await openScanFile(path, { scratch: folder, ...options });
  expect(await unpackAll(file)).toEqual([]);
  return { energy: file.scan.energy, shape: file.scan.shape, values: [...(await wholeCube(file.core))] };
}

/** Refused by name and with what to type, and read as it stands with the operator's axis. */
async function expectMended(path: string, message: string, values: number[]): Promise<void> {
  await expect(openScanFile(path, { scratch: folder })).rejects.toThrow(InputError);
  await expect(openScanFile(path, { scratch: folder })).rejects.toThrow(message);
  await expect(openScanFile(path, { scratch: folder })).rejects.toThrow('type --energy offset,dispersion');
  expect(await read(path, { energy: GIVEN })).toMatchObject({ energy: GIVEN, values });
}

describe('Ripple', () => {
  const VALUES = Array.from({ length: 24 }, (_, n) => n);
  const KEYS: Record<string, string | number | undefined> = {
    width: 3,
    height: 2,
    depth: 4,
    'data-length': 1,
    'data-type': 'unsigned',
    'record-by': 'vector',
    signal: 'EELS',
    'depth-scale': 0.5,
    'depth-origin': 100,
    'depth-units': 'eV',
  };
  async function written(
    keys: typeof KEYS,
    change = (text: string): string | Buffer => text,
  ): Promise<string> {
    const text = Object.entries({ key: 'value', ...KEYS, ...keys })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}\t${value}\n`)
      .join('');
    await writeFile(join(folder, 'scan.rpl'), change(text));
    await writeFile(join(folder, 'scan.raw'), Uint8Array.from(VALUES));
    return join(folder, 'scan.rpl');
  }

  it.each<[string, (text: string) => string | Buffer]>([
    ['lines that end by CR alone', (text) => text.replaceAll('\n', '\r')],
    ['spaces for tabs', (text) => text.replaceAll('\t', '    ')],
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 in the other byte order', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['decimal commas', (text) => text.replace('0.5', '0,5')],
    ['keV', (text) => text.replace('\t0.5', '\t0.0005').replace('\t100', '\t0.1').replace('eV', 'keV')],
    ['a unit with a label', (text) => text.replace('eV', 'Energy Loss (eV)')],
  ])('with %s is read rightly', async (_name, change) => {
    expect(await read(await written({}, change))).toEqual({ energy: AXIS, shape: [2, 3], values: VALUES });
  });

  it.each<[string, string, typeof KEYS]>([
    ['no first energy', 'depth-origin: expected a number', { 'depth-origin': undefined }],
    ['no dispersion', 'depth-scale: expected a dispersion', { 'depth-scale': undefined }],
    [
      'no axis',
      'depth-scale: expected an energy axis',
      { 'depth-scale': undefined, 'depth-origin': undefined },
    ],
    ['a dispersion of 0', 'found 0', { 'depth-scale': 0 }],
    ['energies that descend', 'found -0.5', { 'depth-scale': -0.5 }],
    ['words for numbers', 'depth-scale: expected', { 'depth-scale': 'half' }],
    ['a comma that may be anything', 'depth-origin: expected', { 'depth-origin': '1,100' }],
    ['keV of nothing that is called EELS', 'depth-units: expected eV', { 'depth-units': 'keV', signal: '' }],
    ['a length for a unit', 'depth-units: expected eV', { 'depth-units': 'nm' }],
  ])('with %s is mended by --energy', async (_name, message, keys) => {
    await expectMended(await written(keys), message, VALUES);
  });

  it.each<typeof KEYS>([{ width: 0 }, { height: undefined }, { width: 7 }, { height: '2 rows' }])(
    'with the shape %j is mended by --shape',
    async (keys) => {
      const path = await written(keys);
      expect(await read(path, { shape: [2, 3] })).toEqual({ energy: AXIS, shape: [2, 3], values: VALUES });
      await expect(openScanFile(path, { shape: [3, 3] })).rejects.toThrow(
        `${path}: shape: expected 6 pixels as the file has them, found 3 × 3`,
      );
    },
  );
});

describe('MSA', () => {
  const text = (fields: Record<string, string>, lines: string[]) =>
    `${Object.entries({
      NPOINTS: '4',
      XUNITS: 'eV',
      DATATYPE: 'XY',
      XPERCHAN: '0.5',
      OFFSET: '100',
      SIGNALTYPE: 'ELS',
      ...fields,
    })
      .map(([key, value]) => `#${key.padEnd(12)}: ${value}\r\n`)
      .join('')}#SPECTRUM    : \r\n${lines.join('\r\n')}\r\n#ENDOFDATA   : \r\n`;
  const PAIRS = ['100.0, 9.5', '100.5, 8.25', '101.0, 7', '101.5, 6'];
  const VALUES = [9.5, 8.25, 7, 6];
  async function written(content: string | Buffer): Promise<string> {
    await writeFile(join(folder, 'one.msa'), content);
    return join(folder, 'one.msa');
  }

  it.each<[string, string | Buffer]>([
    ['a byte order mark', `\ufeff${text({}, PAIRS)}`],
    ['UTF-16', Buffer.from(`\ufeff${text({}, PAIRS)}`, 'utf16le')],
    ['lines that end by CR alone', text({}, PAIRS).replaceAll('\r\n', '\r')],
    ['the unit of the standard of 2022', text({ XUNITS: 'Energy Loss (eV)' }, PAIRS)],
    [
      'decimal commas everywhere',
      text({ XPERCHAN: '0,5', OFFSET: '100,0' }, ['100,0 9,5', '100,5 8,25', '101,0 7', '101,5 6']),
    ],
    [
      'decimal commas in counts',
      text({ DATATYPE: 'Y', XPERCHAN: '0,5', OFFSET: '100,0' }, ['9,5', '8,25', '7,0', '6,0']),
    ],
    [
      'decimal commas that the number of points tells',
      text({ DATATYPE: 'Y', XPERCHAN: '5E-1' }, ['9,5; 8,25', '7,0', '6,0']),
    ],
    ['energies that descend', text({}, PAIRS.toReversed())],
    [
      'energies that descend, as the header says, too',
      text({ OFFSET: '101.5', XPERCHAN: '-0.5' }, PAIRS.toReversed()),
    ],
    [
      'several pairs a line',
      text({ NCOLUMNS: '2' }, [PAIRS.slice(0, 2).join(', '), PAIRS.slice(2).join(', ')]),
    ],
    ['commas between thousands of points', text({ NPOINTS: '4' }, PAIRS)],
  ])('with %s is read rightly', async (_name, content) => {
    expect(await read(await written(content))).toEqual({ energy: AXIS, shape: [1, 1], values: VALUES });
  });

  it.each<[string, string, string]>([
    [
      'X values that contradict OFFSET',
      text({ OFFSET: '120' }, PAIRS),
      'energies: expected 120 eV for channel 0, as OFFSET and XPERCHAN say, found 100 eV in the X column',
    ],
    ['X values that contradict XPERCHAN', text({ XPERCHAN: '0.25' }, PAIRS), 'energies: expected'],
    [
      'X values that ascend where XPERCHAN descends',
      text({ XPERCHAN: '-0.5' }, PAIRS),
      'XPERCHAN: expected a dispersion above 0',
    ],
    [
      'X values that jump',
      text({}, ['100, 9.5', '107, 8.25', '101, 7', '101.5, 6']),
      'energies: expected 100.5 eV for channel 1',
    ],
    ['a dispersion of 0', text({ XPERCHAN: '0' }, PAIRS), 'XPERCHAN: expected a dispersion above 0'],
    ['no XPERCHAN', text({ DATATYPE: 'Y', XPERCHAN: '' }, ['9.5, 8.25, 7, 6']), 'XPERCHAN: expected'],
    [
      'a comma that may be anything',
      text({ DATATYPE: 'Y', OFFSET: '1,100' }, ['9.5, 8.25, 7, 6']),
      'OFFSET: expected a number',
    ],
    ['another unit', text({ XUNITS: 'channels' }, PAIRS), 'XUNITS: expected eV'],
    [
      'keV of no declared signal',
      text({ SIGNALTYPE: '', XUNITS: 'keV' }, PAIRS),
      'XUNITS: expected eV, found "keV"',
    ],
  ])('with %s is mended by --energy', async (_name, content, message) => {
    await expectMended(await written(content), message, VALUES);
  });

  it('has the axis of the operator from the lowest energy on, where its pairs descend', async () => {
    const path = await written(text({ OFFSET: '3000' }, PAIRS.toReversed()));
    expect(await read(path, { energy: GIVEN })).toEqual({ energy: GIVEN, shape: [1, 1], values: VALUES });
  });

  it('does not guess what a comma is', async () => {
    const path = await written(text({ DATATYPE: 'Y', NPOINTS: '' }, ['9,5', '8,2', '7,0', '6,0']));
    await expect(openScanFile(path)).rejects.toThrow(
      'expected numbers with points for decimal signs, found commas',
    );
    const half = await written(
      text({ DATATYPE: 'Y', OFFSET: '100,5', NPOINTS: '8' }, ['9,5', '8,2', '7,0', '6,0']),
    );
    await expect(openScanFile(half)).rejects.toThrow('NPOINTS: expected 8 values, found 4');
  });

  it.each<[string, (filling: string) => string]>([
    ['among numbers', (filling) => text({}, [`1${filling}x`])],
    ['in a title', (filling) => `#TITLE : a${filling}b\n${text({}, PAIRS)}`],
    ['in a key', (filling) => `#A${filling}B : 1\n${text({}, PAIRS)}`],
    ['in an offset', (filling) => text({ OFFSET: `1${filling}x` }, PAIRS)],
  ])('with megabytes of one letter %s takes no time', async (_name, content) => {
    for (const letter of [' ', '\t', ',', '1', 'e', '-', '\n', '#']) {
      const path = await written(content(letter.repeat(2 ** 20)));
      const start = process.cpuUsage();
      await openScanFile(path, { scratch: folder }).catch((error) =>
        expect(error).toBeInstanceOf(InputError),
      );
      const { user, system } = process.cpuUsage(start);
      // A second is what 200 kB took 48 of.
      expect((user + system) / 1e6, JSON.stringify(letter)).toBeLessThan(1);
    }
  });
});

describe.each([3, 4] as const)('DM%i', (version) => {
  const VALUES = Array.from({ length: 24 }, (_, n) => n);
  const [x, y] = [3, 2].map((size) => ({ size, origin: 0, scale: 0.5, units: 'nm' }));
  const energy = { size: 4, origin: -200, scale: 0.5, units: 'eV' };
  const planes = VALUES.map((_, n) => (n % 6) * 4 + Math.floor(n / 6));
  async function written(axis: Partial<typeof energy>, image: Partial<DmImage> = {}): Promise<string> {
    const path = join(folder, `scan.dm${version}`);
    await writeFile(
      path,
      dmFile(version, [
        {
          dimensions: [x, y, { ...energy, ...axis }],
          dataType: 6,
          data: Uint8Array.from(planes),
          signal: 'EELS',
          ...image,
        },
      ]),
    );
    return path;
  }

  it.each<[string, Partial<typeof energy>]>([
    ['a unit padded by zeros', { units: 'eV\0\0\0' }],
    ['a unit in other letters, with spaces', { units: ' EV ' }],
    ['a unit with a label', { units: 'Energy Loss (eV)' }],
    ['keV', { units: 'keV', scale: 0.0005 }],
    ['meV', { units: 'meV', scale: 500 }],
  ])('with %s is read rightly', async (_name, axis) => {
    const { energy: found, values } = await read(await written(axis));
    expect(found.offset).toBeCloseTo(100, 9);
    expect(found.dispersion).toBeCloseTo(0.5, 9);
    expect(values).toEqual(VALUES);
  });

  it.each<[string, Partial<typeof energy>, string]>([
    ['no unit', { units: '' }, 'expected eV, the unit of an energy loss, found no unit'],
    ['a unit of spaces', { units: '  \0' }, 'expected eV, the unit of an energy loss, found no unit'],
    ['an odd unit', { units: 'channel' }, 'expected eV, the unit of an energy loss, found "channel"'],
    ['a dispersion of 0', { scale: 0 }, 'expected a dispersion above 0'],
    ['energies that descend', { scale: -1 }, 'expected a dispersion above 0'],
    ['no number for a dispersion', { scale: Number.NaN }, 'expected a dispersion above 0'],
  ])('with %s is mended by --energy', async (_name, axis, message) => {
    await expectMended(await written(axis), `ImageData.Calibrations: ${message}`, VALUES);
  });

  it('of undeclared spectra in keV is read with --energy alone, X-rays never', async () => {
    const path = await written({ units: 'keV' }, { signal: '' });
    await expect(openScanFile(path)).rejects.toThrow('signal: expected EELS spectra');
    expect(await read(path, { energy: GIVEN })).toMatchObject({ energy: GIVEN, values: VALUES });
    await expect(
      openScanFile(await written({ units: 'keV' }, { signal: 'X-ray' }), { energy: GIVEN }),
    ).rejects.toThrow('signal: expected EELS spectra');
  });
});

describe.each(['.hspy', '.zspy'] as const)('%s', (suffix) => {
  const VALUES = Array.from({ length: 24 }, (_, n) => n);
  const written = (axis: Record<string, unknown>, signalType = 'EELS') =>
    writeStoredScan(join(folder, `scan${suffix}`), { axis, signalType, shape: [2, 3, 4], values: VALUES });

  it.each<[string, Record<string, unknown>]>([
    ['a padded unit', { units: ' eV ' }],
    ['a unit with a label', { units: 'Energy Loss (eV)' }],
    ['keV', { units: 'keV', scale: 0.0005, offset: 0.1 }],
  ])('with %s is read rightly', async (_name, axis) => {
    expect(await read(await written(axis))).toEqual({ energy: AXIS, shape: [2, 3], values: VALUES });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no unit', { units: undefined }, 'expected eV, the unit of an energy loss, found no unit'],
    ['an odd unit', { units: 'channel' }, 'expected eV, the unit of an energy loss, found "channel"'],
    ['no first energy', { offset: undefined }, 'expected a number, the energy of the first channel'],
    ['no dispersion', { scale: undefined }, 'expected energies at equal distances'],
    ['a dispersion of 0', { scale: 0 }, 'expected a dispersion above 0'],
    ['energies that descend', { scale: -0.5 }, 'expected a dispersion above 0'],
  ])('with %s is mended by --energy', async (_name, axis, message) => {
    await expectMended(await written(axis), `axis-2: ${message}`, VALUES);
  });

  it('of undeclared spectra in keV is read with --energy alone, X-rays never', async () => {
    const path = await written({ units: 'keV' }, '');
    await expect(openScanFile(path)).rejects.toThrow('signal: expected EELS spectra');
    expect(await read(path, { energy: GIVEN })).toMatchObject({ energy: GIVEN, values: VALUES });
    await expect(openScanFile(await written({ units: 'keV' }, 'EDS_TEM'), { energy: GIVEN })).rejects.toThrow(
      'signal: expected EELS spectra',
    );
  });
});
