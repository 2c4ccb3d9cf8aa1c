import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { channelOf, energyOf, pixelCount } from '../../protocol/index.ts';
import { type ExportOptions, writeWhole } from './draft.ts';
import { ExportSteps } from './export-steps.ts';
import type { Exportable } from './exportable.ts';
import { type SpectraSums, sumSpectra, withTotalCounts } from './spectra-sums.ts';

/** Rows of the table that become text at once. */
const LINES = 2000;

/**
 * Writes two tables: at `path` one row a pixel with every map as a column, and beside it `<stem>-spectra.csv`, one row a channel of
 * the energy axis with the mean of the measured pixels and the mean net spectrum of every class.
 * @returns the files
 */
export async function writeCsv(path: string, content: Exportable, options: ExportOptions): Promise<string[]> {
  const { counts } = content;
  const spectraPath = `${path.slice(0, -'.csv'.length)}-spectra.csv`;
  const steps = new ExportSteps(
    (counts ? pixelCount(content.scan) : 0) + pixelCount(content.scan),
    options.signal,
    options.progress,
  );
  const sums = counts && (await sumSpectra(content, counts, (pixels) => steps.wrote(pixels)));
  const columns = spectraColumns(content, sums);
  const files = columns.length > 0 ? [spectraPath, path] : [path];
  await writeWhole(files, options, async (folder) => {
    if (columns.length > 0)
      await writeText(join(folder, basename(spectraPath)), spectraTable(content, columns));
    await writeText(join(folder, basename(path)), pixelTable(withTotalCounts(content, sums), steps));
  });
  return files;
}

const writeText = (path: string, lines: AsyncGenerator<string>): Promise<void> =>
  pipeline(Readable.from(lines), createWriteStream(path, { flags: 'wx' }));

async function* pixelTable({ scan, maps }: Exportable, steps: ExportSteps): AsyncGenerator<string> {
  const [, width] = scan.shape;
  const size = scan.pixelSizeNm;
  const columns: { heading: string; value: (pixel: number) => string }[] = [
    { heading: 'row', value: (pixel) => String(Math.floor(pixel / width)) },
    { heading: 'column', value: (pixel) => String(pixel % width) },
  ];
  if (size !== undefined)
    columns.push(
      {
        heading: 'y (nm)',
        value: (pixel) => String(Number((Math.floor(pixel / width) * size).toPrecision(9))),
      },
      { heading: 'x (nm)', value: (pixel) => String(Number(((pixel % width) * size).toPrecision(9))) },
    );
  for (const { layer, data } of maps)
    for (let component = 0; component < layer.components; component++)
      columns.push({
        heading: headed(layer.components > 1 ? `${layer.name} ${component + 1}` : layer.name, layer.units),
        value: (pixel) => numberText(data[pixel * layer.components + component]),
      });
  yield `${columns.map(({ heading }) => quoted(heading)).join(',')}\n`;
  const pixels = pixelCount(scan);
  for (let first = 0; first < pixels; first += LINES) {
    const end = Math.min(first + LINES, pixels);
    let text = '';
    for (let pixel = first; pixel < end; pixel++)
      text += `${columns.map(({ value }) => value(pixel)).join(',')}\n`;
    yield text;
    await steps.wrote(end - first);
  }
}

interface SpectrumColumn {
  heading: string;
  /** Channel of the scan's axis that it begins with. */
  first: number;
  values: ArrayLike<number>;
}

function spectraColumns({ scan, edges }: Exportable, sums: SpectraSums | undefined): SpectrumColumn[] {
  const columns: SpectrumColumn[] = [];
  if (sums && sums.measured > 0) {
    const values = sums.spectrum.map((sum) => sum / sums.measured);
    columns.push({ heading: 'mean of measured pixels (counts)', first: 0, values });
  }
  for (const { name, classes, spectra } of edges)
    spectra?.means.forEach((values, label) => {
      const phase = classes.find((known) => known.label === label)?.name;
      const first = Math.round(channelOf(scan.energy, spectra.energy.offset));
      const heading = `${name} class ${label}${phase === undefined ? '' : ` ${phase}`} (net counts)`;
      columns.push({ heading, first, values });
    });
  return columns;
}

async function* spectraTable({ scan }: Exportable, columns: SpectrumColumn[]): AsyncGenerator<string> {
  yield `${['energy loss (eV)', ...columns.map(({ heading }) => heading)].map(quoted).join(',')}\n`;
  for (let channel = 0; channel < scan.channels; channel++) {
    const energy = String(Number(energyOf(scan.energy, channel).toPrecision(12)));
    const values = columns.map(({ first, values }) => numberText(values[channel - first] ?? Number.NaN));
    yield `${[energy, ...values].join(',')}\n`;
  }
}

const headed = (name: string, units: string): string => (units === '' ? name : `${name} (${units})`);

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The shortest text that is the same 32-bit float again; nothing for what is not measured. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return '';
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
