import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type EnergyAxis, InputError, type Scan } from '../../protocol/index.ts';
import type { Format, OpenOptions, ScanFile } from './format.ts';
import { inputFault } from './input-fault.ts';
import { checkScanSize } from './scan-limits.ts';
import { spoolValues } from './spool.ts';
import { type Acquisition, readAcquisition } from './vocabulary.ts';

/** A spectrum of the most channels takes a few MB as text. */
const MOST_BYTES = 16 * 2 ** 20;

export interface MsaSpectrum extends Acquisition {
  energy: EnergyAxis;
  values: Float32Array;
}

/** EMSA/MAS text files (ISO 22029) of a single spectrum, taken for a scan of one pixel. */
export const msa: Format = {
  name: 'EMSA/MAS',
  suffixes: ['.msa', '.emsa', '.ems', '.mas'],
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    try {
      const { size } = await stat(path);
      if (size > MOST_BYTES)
        throw new InputError(path, 'size', `expected at most ${MOST_BYTES} bytes of text, found ${size}`);
      const { energy, values, ...metadata } = parseMsa(await readFile(path, 'latin1'), path);
      const stem = basename(path, extname(path));
      const layout = {
        shape: [1, 1] as [number, number],
        channels: values.length,
        dtype: 'f32' as const,
      };
      checkScanSize(path, layout.shape, layout.channels);
      const scan: Scan = { id: stem, name: stem, energy: options.energy ?? energy, ...layout, ...metadata };
      const core = {
        ...layout,
        paths: [await spoolValues(values, options.scratch)],
        byteOffset: 0,
        littleEndian: true,
        recordBy: 'vector' as const,
        order: 'raster' as const,
        flybackColumns: 0,
      };
      return { scan, core, scalars: [], growing: [] };
    } catch (error) {
      throw inputFault(error, path);
    }
  },
};

/**
 * Reads the text of an MSA file. Accepts what real files hold: spaces inside numbers (`2.0 E-06`), two values in a
 * field, units in a key (`#CONVANGLE-mR`), the beam's energy in V, no header at all (two columns, eV and counts).
 * @param place the file, for messages
 * @throws InputError naming field or line
 */
export function parseMsa(text: string, place: string): MsaSpectrum {
  const fields = new Map<string, string>();
  const rows: { line: number; numbers: number[] }[] = [];
  let ended = false;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim();
    if (line === '' || ended) continue;
    if (!line.startsWith('#')) {
      rows.push({ line: index + 1, numbers: numbersOf(line, place, index + 1) });
      continue;
    }
    const colon = line.indexOf(':');
    const key = line.slice(1, colon < 0 ? undefined : colon).trim();
    if (/^ENDOFDATA/i.test(key)) ended = true;
    fields.set(key.split('-')[0].trim().toUpperCase(), colon < 0 ? '' : line.slice(colon + 1).trim());
  }

  const signal = fields.get('SIGNALTYPE') ?? '';
  if (signal !== '' && !/^E?ELS/i.test(signal))
    throw new InputError(place, 'SIGNALTYPE', `expected ELS, found "${signal}"`);
  const units = fields.get('XUNITS') || 'eV';
  if (!/^k?eV\b/i.test(units) || (/^k/i.test(units) && signal === ''))
    throw new InputError(place, 'XUNITS', `expected eV, found "${units}"`);

  const headless = fields.size === 0;
  const inPairs = headless || /^XY/i.test(fields.get('DATATYPE') ?? 'Y');
  if (inPairs)
    for (const { line, numbers } of rows)
      if (numbers.length !== 2)
        throw new InputError(
          place,
          `line ${line}`,
          `expected energy and counts, found ${numbers.length} numbers`,
        );
  const values = Float32Array.from(
    inPairs ? rows.map(({ numbers }) => numbers[1]) : rows.flatMap(({ numbers }) => numbers),
  );
  const points = numberIn(fields, 'NPOINTS');
  if (values.length === 0 || (points !== undefined && values.length !== points))
    throw new InputError(
      place,
      'NPOINTS',
      `expected ${points ?? 'at least one'} values, found ${values.length}`,
    );
  const energies = inPairs ? rows.map(({ numbers }) => numbers[0]) : undefined;
  const factor = /^k/i.test(units) ? 1000 : 1;
  const axis = axisOf(fields, energies, place);
  const spectrum: MsaSpectrum = {
    energy: { offset: axis.offset * factor, dispersion: axis.dispersion * factor, units: 'eV' },
    values,
  };
  const acquisition = readAcquisition('msa', (key) => numberIn(fields, key));
  // No microscope has 10 MV: the value is in V.
  if (acquisition.beamKv !== undefined && acquisition.beamKv >= 10_000) acquisition.beamKv /= 1000;
  return { ...spectrum, ...acquisition };
}

function numbersOf(line: string, place: string, number: number): number[] {
  const words = line
    .replace(/\s+(?=[eE][+-]?\d)/g, '')
    .split(/[\s,;]+/)
    .filter(Boolean);
  return words.map((word) => {
    const value = Number(word);
    if (Number.isNaN(value) && !/^[+-]?nan$/i.test(word))
      throw new InputError(place, `line ${number}`, `expected numbers, found "${word.slice(0, 40)}"`);
    return value;
  });
}

/** The number that a field begins with; undefined where there is none. */
function numberIn(fields: Map<string, string>, key: string): number | undefined {
  const match = /^[+-]?(\d+\.?\d*|\.\d+)(\s*[eE]\s*[+-]?\d+)?/.exec(fields.get(key) ?? '');
  return match ? Number(match[0].replace(/\s/g, '')) : undefined;
}

/** The declared axis, else the one that the energies lie on. */
function axisOf(
  fields: Map<string, string>,
  energies: number[] | undefined,
  place: string,
): { offset: number; dispersion: number } {
  const last = (energies?.length ?? 0) - 1;
  const step = energies && last > 0 ? (energies[last] - energies[0]) / last : undefined;
  const declared = numberIn(fields, 'XPERCHAN');
  const dispersion = declared ?? step;
  const offset = numberIn(fields, 'OFFSET') ?? energies?.[0];
  if (dispersion === undefined || !(dispersion > 0 && Number.isFinite(dispersion)))
    throw new InputError(place, 'XPERCHAN', `expected eV per channel above 0, found ${dispersion ?? 'none'}`);
  if (offset === undefined || !Number.isFinite(offset))
    throw new InputError(place, 'OFFSET', 'expected the energy of the first channel, found none');
  if (declared === undefined && energies)
    for (const [channel, energy] of energies.entries())
      if (!(Math.abs(energy - offset - channel * dispersion) <= dispersion / 2))
        throw new InputError(
          place,
          'energies',
          `expected equal steps of ${dispersion} eV, found ${energy} as number ${channel + 1}`,
        );
  return { offset, dispersion };
}
