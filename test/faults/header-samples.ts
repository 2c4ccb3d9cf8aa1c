import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { encodeNpy } from '../../server/formats/numpy/numpy.ts';
import { formatRippleHeader } from '../../server/formats/text/ripple-header.ts';
import { dmFile } from '../support/dm-file.ts';
import { contentOf, HYPERSPY_FILES, unzipped, writePart } from '../support/hyperspy-files.ts';
import { contentNamed, NION_AND_PANTA_RHEI } from '../support/nion-and-panta-rhei.ts';
import { MIB_FILES, mibContent, tiaContent } from '../support/series-files.ts';
import { writeStoredScan } from '../support/stored-scan.ts';

/** A small file of one format, and what to change of it. */
export interface HeaderSample {
  format: string;
  /** The header, or the whole file where headers are everywhere. */
  header: Buffer;
  /** Writes the file with another header. @returns its path */
  write(header: Buffer): Promise<string>;
}

const SHAPE: [number, number] = [2, 3];
const CHANNELS = 4;
const VALUES = Array.from({ length: 24 }, (_, n) => n);
const energy = { offset: 100, dispersion: 0.5, units: 'eV' as const };
const SIGNALS = ['image.hspy', 'several.hspy'];
/** Files as a whole, and entries of zip files that are changed by themselves, since a zip file that is changed anywhere seldom opens. */
const OTHERS = {
  'Nion HDF5': 'line.h5',
  'Nion zip': 'item.ndata',
  'Panta Rhei': 'image.prz',
  'Panta Rhei, packed': 'packed.prz',
  'Panta Rhei, pickled': 'protocol4.prz',
};
const ENTRIES = {
  'item.ndata': 'metadata.json',
  'image.prz': 'meta_data_json.npy',
  'protocol4.prz': 'meta_data.npy',
};

/** One sample of every format that is read, of 15 pixels and 12 channels at most. */
export async function headerSamples(root: string): Promise<HeaderSample[]> {
  const samples: HeaderSample[] = [];
  const add = async (
    format: string,
    name: string,
    header: Uint8Array | string,
    rest: Uint8Array = new Uint8Array(0),
    opened = name,
  ) => {
    const folder = join(root, `${format}-${samples.length}`);
    await mkdir(folder, { recursive: true });
    samples.push({
      format,
      header: Buffer.from(header as Uint8Array),
      write: async (changed) => {
        await writeFile(join(folder, name), Buffer.concat([changed, rest]));
        return join(folder, opened);
      },
    });
    return folder;
  };
  const ripple = formatRippleHeader({ shape: SHAPE, channels: CHANNELS, dtype: 'u8', energy, title: 'scan' });
  const beside = await add('Ripple', 'scan.rpl', ripple);
  await writeFile(join(beside, 'scan.raw'), Uint8Array.from(VALUES));
  await writeFile(join(beside, 'scan.low-loss.rpl'), ripple);
  await writeFile(join(beside, 'scan.low-loss.raw'), Uint8Array.from(VALUES));
  await add('MSA', 'one.msa', MSA);
  await add('MSA', 'list.msa', VALUES.map((value) => `${100 + value / 2}\t${value}\n`).join(''));
  for (const version of [3, 4] as const) await add(`DM${version}`, `scan.dm${version}`, dm(version));
  for (const name of ['image', 'image with long offsets']) await add('TIA', 'scan_1.ser', tiaContent(name));
  const { hdr } = MIB_FILES.made['U16'];
  const frames = await add('Merlin', 'scan.mib', mibContent('U16'));
  await writeFile(join(frames, 'scan.hdr'), hdr);
  const acquisition = await add('Merlin', 'scan.hdr', hdr, undefined, 'scan.mib');
  await writeFile(join(acquisition, 'scan.mib'), mibContent('U16'));
  const npy = encodeNpy(Float32Array.from(VALUES), [...SHAPE, CHANNELS]);
  await add('NumPy', 'scan.npy', npy.subarray(0, -96), npy.subarray(-96));
  for (const name of SIGNALS) await add('HDF5', name, contentOf(HYPERSPY_FILES.files[name].file));
  for (const [format, name] of Object.entries(OTHERS)) await add(format, name, contentNamed(name));
  for (const [name, entry] of Object.entries(ENTRIES)) samples.push(await zipEntry(root, name, entry));
  await add('zspy (zip)', 'scan.zspy', contentOf(HYPERSPY_FILES.files['image.zspy'].file));
  for (const [name, content] of await unzipped(HYPERSPY_FILES.files['image.zspy'].file))
    if (/data\/\.zarray$|axis-2\/\.zattrs$|Signal\/\.zattrs$/.test(name))
      samples.push(await zspyFolder(join(root, `zspy-${samples.length}`), name, content));
  const stored = await writeStoredScan(join(root, 'own.hspy'), {
    axis: {},
    signalType: 'EELS',
    shape: [2, 3, 4],
    values: VALUES,
  });
  await add('HDF5', 'own.hspy', await readFile(stored));
  return samples;
}

/** A zip file of which one entry is changed. */
async function zipEntry(root: string, name: string, entry: string): Promise<HeaderSample> {
  const entries = await unzipped(NION_AND_PANTA_RHEI.files[name].file);
  const path = join(root, `entry-${name}`);
  return {
    format: `${entry} of ${name}`,
    header: entries.get(entry) as Buffer,
    write: async (changed) => {
      await writeFile(path, zipSync(Object.fromEntries(entries.set(entry, changed)), { level: 0 }));
      return path;
    },
  };
}

/** A folder of which one file is changed. */
async function zspyFolder(folder: string, part: string, header: Buffer): Promise<HeaderSample> {
  const path = join(folder, 'scan.zspy');
  for (const [name, content] of await unzipped(HYPERSPY_FILES.files['image.zspy'].file))
    await writePart(path, name, content);
  return {
    format: 'zspy',
    header,
    write: async (changed) => {
      await writePart(path, part, changed);
      return path;
    },
  };
}

const MSA = `#FORMAT      : EMSA/MAS Spectral Data File
#VERSION     : 1.0
#TITLE       : a spectrum
#NPOINTS     : 24.
#NCOLUMNS    : 1.
#XUNITS      : eV
#DATATYPE    : XY
#XPERCHAN    : 0.5
#OFFSET      : 100.0
#SIGNALTYPE  : ELS
#BEAMKV      : 200.0
#SPECTRUM    : Spectral Data Starts Here
${VALUES.map((value) => `${100 + value / 2}, ${value}.0`).join('\n')}
#ENDOFDATA   :
`;

const dm = (version: 3 | 4): Uint8Array =>
  dmFile(version, [
    {
      dimensions: [
        { size: 3, origin: 0, scale: 0.5, units: 'nm' },
        { size: 2, origin: 0, scale: 0.5, units: 'nm' },
        { size: 4, origin: -200, scale: 0.5, units: 'eV' },
      ],
      dataType: 6,
      data: Uint8Array.from(VALUES),
      signal: 'EELS',
      name: 'scan',
    },
  ]);
