import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, pixelCount } from '../../../protocol/index.ts';
import { encodePng, type Rgba } from '../../formats/png.ts';
import { type ExportOptions, writeWhole } from '../draft.ts';
import { ExportSteps } from '../export-steps.ts';
import type { Exportable, ExportMap } from '../exportable.ts';
import { sumSpectra, withTotalCounts } from '../spectra-sums.ts';
import { uniqueNames } from '../unique-names.ts';
import { embeddingFigure } from './embedding-figure.ts';
import { type Figure, figureSvg } from './figure.ts';
import { captionOf, subtitleOf, titleOf } from './figure-words.ts';
import { lookOf, type MapLook } from './map-looks.ts';
import { renderSvg } from './render-svg.ts';

/** Longer sides are drawn by every second pixel, or third …: nobody can see more. */
const MOST_SIDE = 4096;

/**
 * Draws every map as a picture with title, scale bar, colour bar or legend, and caption: `<stem>-<map>.png`.
 * @returns the files
 * @throws InputError where there are no maps
 */
export async function writePictures(
  path: string,
  content: Exportable,
  options: ExportOptions,
): Promise<string[]> {
  const { scan, counts } = content;
  if (pixelCount(scan) === 1)
    throw new InputError(
      path,
      '--to',
      'expected a scan of several pixels, found a single spectrum: use .csv',
    );
  const hasTotals = content.maps.some(({ layer }) => layer.kind === 'counts');
  const sums = counts && !hasTotals ? await sumSpectra(content, counts) : undefined;
  const drawn = withTotalCounts(content, sums);
  if (drawn.maps.length === 0) throw new InputError(path, '--to', 'expected maps to draw, found none');
  const stem = path.slice(0, -'.png'.length);
  const names = drawn.maps.map(({ layer }) => fileWords(layer.name));
  const files = uniqueNames(names, '-').map((name) => `${stem}-${name}.png`);
  const steps = new ExportSteps(drawn.maps.length, options.signal, options.progress);
  await writeWhole(files, options, async (folder) => {
    for (const [index, map] of drawn.maps.entries()) {
      await writeFile(join(folder, basename(files[index])), await drawMap(drawn, map));
      await steps.wrote(1);
    }
  });
  return files;
}

/** `Information Si-L × C-K` → `Information-Si-L-C-K`. */
const fileWords = (name: string): string =>
  name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^-+|-+$/g, '') || 'map';

/** A map as a PNG to be shown as it is. */
export async function drawMap(content: Exportable, map: ExportMap): Promise<Uint8Array> {
  const figure =
    map.layer.components === 2 ? await embeddingFigure(content, map) : await mapFigure(content, map);
  return renderSvg(figureSvg(figure));
}

async function mapFigure(content: Exportable, map: ExportMap): Promise<Figure> {
  const { scan } = content;
  const look = lookOf(content, map);
  const step = Math.max(1, Math.ceil(Math.max(...scan.shape) / MOST_SIDE));
  const [rows, columns] = scan.shape.map((size) => Math.ceil(size / step));
  return {
    title: titleOf(map.layer),
    subtitle: subtitleOf(content, map.layer),
    simulated: scan.simulated ?? false,
    image: await imageOf(thinned(look.indices, scan.shape, step), columns, rows, look),
    columns,
    rows,
    units: map.layer.units,
    look,
    pixelSizeNm: scan.pixelSizeNm === undefined ? undefined : scan.pixelSizeNm * step,
    caption: captionOf(content, look.bar !== undefined),
  };
}

function thinned(indices: Uint8Array, [rows, columns]: [number, number], step: number): Uint8Array {
  if (step === 1) return indices;
  const width = Math.ceil(columns / step);
  return Uint8Array.from(
    { length: Math.ceil(rows / step) * width },
    (_, i) => indices[Math.floor(i / width) * step * columns + (i % width) * step],
  );
}

export function imageOf(
  indices: Uint8Array,
  columns: number,
  rows: number,
  { palette }: Pick<MapLook, 'palette'>,
): Promise<Uint8Array> {
  const colours: Rgba[] = [[0, 0, 0, 0], ...palette.map((colour): Rgba => [...colour, 255])];
  return encodePng(indices, columns, rows, colours);
}
