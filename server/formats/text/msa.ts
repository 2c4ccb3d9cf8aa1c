import { basename, extname } from 'node:path';
import { type EnergyAxis, InputError, type Scan } from '../../../protocol/index.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { checkScanSize, MOST_CHANNELS } from '../scan-limits.ts';
import { type Acquisition, readAcquisition } from '../signals/vocabulary.ts';
import { spoolValues } from '../unpacking/spool.ts';
import { hasDecimalComma, headerNumber } from './header-number.ts';
import { msaAxis } from './msa-axis.ts';
import { type NumberLine, readNumberLines } from './number-lines.ts';
import { linesOf, readTextFile } from './text-file.ts';

/** A spectrum of the most channels takes 2 MB as text. */
export const MOST_MSA_BYTES = 8 * 2 ** 20;
/** Far above what writers write. */
const MOST_FIELDS = 10_000;

export interface MsaSpectrum extends Acquisition {
  energy: EnergyAxis;
  /** From the lowest energy on. */
  values: Float32Array;
  title?: string;
}

/** EMSA/MAS text files (ISO 22029) of a single spectrum, taken for a scan of one pixel. */
export const msa: Format = {
  name: 'EMSA/MAS',
  suffixes: ['.msa', '.emsa', '.ems', '.mas'],
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    try {
      const text = await readTextFile(path, MOST_MSA_BYTES);
      const { energy, values, title: _, ...metadata } = parseMsa(text, path, options);
      const stem = basename(path, extname(path));
      const layout = {
        shape: [1, 1] as [number, number],
        channels: values.length,
        dtype: 'f32' as const,
      };
      checkScanSize(path, layout.shape, layout.channels);
      const scan: Scan = {
        id: stem,
        name: stem,
        energy,
        ...layout,
        ...metadata,
      };
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

interface MsaText {
  fields: Map<string, string>;
  lines: NumberLine[];
}

/**
 * Reads the text of an MSA file. Accepts what real files hold: spaces inside numbers (`2.0 E-06`), decimal commas, two values in a
 * field, units in a key (`#CONVANGLE-mR`), the beam's energy in V, X values in descending order, no header at all (two columns, eV
 * and counts).
 * @param place the file, for messages
 * @param options of the operator; left out for spectra whose axis nobody gives
 * @throws InputError naming field or line
 */
export function parseMsa(text: string, place: string, options?: Pick<OpenOptions, 'energy'>): MsaSpectrum {
  const { fields, lines } = splitText(text, place);
  const signal = fields.get('SIGNALTYPE') ?? '';
  if (signal !== '' && !/^E?ELS/i.test(signal))
    throw new InputError(place, 'SIGNALTYPE', `expected ELS, found "${signal.slice(0, 60)}"`);

  const inPairs = fields.size === 0 || /^XY/i.test(fields.get('DATATYPE') ?? 'Y');
  const columns = headerNumber(fields.get('NCOLUMNS')) ?? 1;
  const points = pointsOf(fields);
  const rows = readNumberLines(
    lines,
    {
      count: points !== undefined && inPairs ? 2 * points : points,
      perLine: inPairs && columns === 1 ? 2 : undefined,
      headerHasCommas: [...fields.values()].some(hasDecimalComma),
    },
    place,
  );
  if (inPairs)
    for (const [row, { length }] of rows.entries())
      if (columns > 1 ? length % 2 !== 0 : length !== 2)
        throw new InputError(
          place,
          `line ${lines[row].number}`,
          `expected energy and counts, found ${length} numbers`,
        );
  const numbers = rows.flat();
  const counts = inPairs ? numbers.filter((_, index) => index % 2 === 1) : numbers;
  if (counts.length === 0 || (points !== undefined && counts.length !== points))
    throw new InputError(
      place,
      'NPOINTS',
      `expected ${points ?? 'at least one'} values, found ${counts.length}`,
    );
  const energies = inPairs ? numbers.filter((_, index) => index % 2 === 0) : undefined;
  const descends = energies !== undefined && isDescending(energies);
  if (descends) for (const list of [energies, counts]) list.reverse();

  const units = fields.get('XUNITS') || 'eV';
  const claim = {
    place,
    offset: headerNumber(fields.get('OFFSET')),
    dispersion: headerNumber(fields.get('XPERCHAN')),
    units,
    isEels: signal !== '',
    canBeGiven: options !== undefined,
  };
  const spectrum: MsaSpectrum = {
    energy: msaAxis(claim, energies, descends, options?.energy),
    values: Float32Array.from(counts),
  };
  const acquisition = readAcquisition('msa', (key) => headerNumber(fields.get(key)));
  // No microscope has 10 MV: the value is in V.
  if (acquisition.beamKv !== undefined && acquisition.beamKv >= 10_000) acquisition.beamKv /= 1000;
  const title = fields.get('TITLE');
  return { ...spectrum, ...(title && { title }), ...acquisition };
}

/** @throws InputError when there is more of it than a spectrum has */
function splitText(text: string, place: string): MsaText {
  const fields = new Map<string, string>();
  const lines: NumberLine[] = [];
  for (const { line: raw, number } of linesOf(text)) {
    const line = raw.trim();
    if (line === '') continue;
    if (!line.startsWith('#')) {
      lines.push({ number, text: line });
      if (lines.length > MOST_CHANNELS)
        throw tooMany(place, `line ${number}`, MOST_CHANNELS, 'lines of numbers');
      continue;
    }
    const colon = line.indexOf(':');
    const key = line.slice(1, colon < 0 ? undefined : colon).trim();
    if (/^ENDOFDATA/i.test(key)) break;
    // A title may go on over several lines; the first one is the title.
    const name = key.split('-')[0].trim().toUpperCase();
    if (name !== 'TITLE' || !fields.has(name))
      fields.set(name, colon < 0 ? '' : line.slice(colon + 1).trim());
    if (fields.size > MOST_FIELDS) throw tooMany(place, `line ${number}`, MOST_FIELDS, 'fields');
  }
  return { fields, lines };
}

const tooMany = (place: string, field: string, most: number, what: string) =>
  new InputError(place, field, `expected at most ${most} ${what}, found more`);

/** A count may have commas between its thousands. */
function pointsOf(fields: Map<string, string>): number | undefined {
  const text = fields.get('NPOINTS') ?? '';
  return headerNumber(/^\d{1,3}(,\d{3})+$/.test(text) ? text.replaceAll(',', '') : text);
}

const isDescending = (values: readonly number[]): boolean =>
  values.length > 1 && values.every((value, index) => index === 0 || value < values[index - 1]);
