import { type Edge, InputError, pixelCount, type Scan } from '../../protocol/index.ts';
import {
  type RegisteredMaps,
  type Registration,
  register,
  shiftLimit,
} from '../analysis/scan/registration.ts';
import type { CubeLayout, Patch } from '../formats/cube.ts';
import { openCube } from '../formats/reading/cube-reader.ts';
import { coveredPixels, exposureOf } from '../formats/reading/exposure.ts';
import { edgeChannels, saturatedPixels } from '../formats/reading/saturated-pixels.ts';
import { bandEdges, readBandMaps, type Stretch } from './band-maps.ts';
import { cutOffBy } from './cut-off.ts';
import { cutOffPixels, type TakenRescan } from './taken-rescan.ts';

/** Axes that differ by less than this part of a channel anywhere are one. */
const SAME_CHANNEL = 0.1;
/** Pixel sizes that differ by less than this part are one. */
const SAME_PIXEL = 0.02;
/** The parent is read so far around the rescan: the farthest shift that is looked at, and what smoothing needs. */
const SMOOTHING_MARGIN = 4;

/** More rows or columns than this tell no more than is needed, and take time and memory. */
const MOST_COMPARED_SIDE = 256;

/** A scan, or one that was made of a part of it. */
export interface OpenedScan {
  scan: Scan;
  core: CubeLayout;
}

export interface Parent extends OpenedScan {
  /** Passes that are complete at each pixel; all of the first when left out. */
  measured?: Uint8Array;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same. */
  dwell?: Float32Array;
}

export interface RescanPlace {
  /** Pixel of the parent at which the rescan's pixel (0, 0) was said to lie. */
  y: number;
  x: number;
  /** Exposure of each pixel in units of the first pass's dwell; by default from the dwell times of both, else 1 a pass. */
  dwells?: number;
}

/** A rescan that can be added to its parent. */
export interface Rescan {
  patch: Patch;
  taken: TakenRescan;
}

/**
 * Registers a rescan with its parent, and says how it is to be added: moved by whole pixels, where it is significantly shifted, and in which
 * pixels it takes the place of counts that are cut off.
 * @param edges where samples that are cut off matter; all channels without
 * @throws InputError as `locateRescan` does
 */
export async function takeRescan(
  parent: Parent,
  rescan: OpenedScan,
  place: RescanPlace,
  name: string,
  edges: readonly Edge[],
): Promise<Rescan> {
  const { patch, taken } = await locateRescan(parent, rescan, place, name, edges);
  const cutOff = await cutOffBy({ ...parent, measured: measuredOf(parent), edges }, patch);
  return { patch: { ...patch, ...cutOff }, taken: { ...taken, ...cutOffPixels(cutOff) } };
}

/**
 * Registers a rescan with its parent.
 * @param name of the rescan, for messages
 * @param edges where samples that are cut off matter: pixels that have them tell no shift
 * @throws InputError when it has other channels, another axis or other pixels, lies outside, lies too far from where it was
 *   said to lie, or cannot be told from elsewhere
 */
export async function locateRescan(
  parent: Parent,
  { scan, core }: OpenedScan,
  place: RescanPlace,
  name: string,
  edges: readonly Edge[],
): Promise<Rescan> {
  checkFit(parent, scan, name);
  const dwells = place.dwells ?? dwellsOf(parent.scan, scan) * core.paths.length;
  const patch: Patch = { cube: core, y: place.y, x: place.x, dwells };
  if (coveredPixels(patch, parent.scan.shape) === 0)
    throw new InputError(
      name,
      'region',
      `expected pixels of the scan's ${parent.scan.shape.join(' × ')}, found all beyond them at (${place.y}, ${place.x})`,
    );
  const found = await registration(parent, patch, edges);
  if (found.verdict === 'refused')
    throw new InputError(
      name,
      'region',
      `expected to fit the scan at (${place.y}, ${place.x}), found that ${found.words}`,
    );
  const { y, x } = place;
  const taken = { name, y, x, shape: scan.shape, dwells };
  const isTold = found.verdict === 'registered';
  const applied = isTold ? found.applied : { y: 0, x: 0 };
  return {
    patch: { ...patch, y: y + applied.y, x: x + applied.x },
    taken: {
      ...taken,
      ...(isTold && { shift: { y: found.y, x: found.x, sigma: Math.max(found.sigmaY, found.sigmaX) } }),
      applied,
      ...(!isTold && { note: found.words }),
    },
  };
}

const measuredOf = ({ scan, measured }: Parent): Uint8Array =>
  measured ?? new Uint8Array(pixelCount(scan)).fill(1);

/** Exposure of a pass of a rescan by the dwell times, where both are known. */
const dwellsOf = (parent: Scan, rescan: Scan): number =>
  rescan.dwellSeconds && parent.dwellSeconds ? rescan.dwellSeconds / parent.dwellSeconds : 1;

function checkFit({ scan: parent }: Parent, scan: Scan, name: string): void {
  if (scan.channels !== parent.channels)
    throw new InputError(
      name,
      'channels',
      `expected ${parent.channels} as in the scan, found ${scan.channels}`,
    );
  const axes = [scan.energy, parent.energy];
  const apart = [0, scan.channels].map((channel) => {
    const [own, other] = axes.map(({ offset, dispersion }) => offset + channel * dispersion);
    return Math.abs(own - other);
  });
  if (Math.max(...apart) > SAME_CHANNEL * Math.abs(parent.energy.dispersion)) {
    const [own, other] = axes.map(
      ({ offset, dispersion }) => `${offset} eV and ${dispersion} eV per channel`,
    );
    throw new InputError(name, 'energy', `expected the axis of the scan, ${other}, found ${own}`);
  }
  const [size, parentSize] = [scan.pixelSizeNm, parent.pixelSizeNm];
  if (size !== undefined && parentSize !== undefined && Math.abs(size / parentSize - 1) > SAME_PIXEL)
    throw new InputError(name, 'pixel size', `expected ${parentSize} nm as in the scan, found ${size} nm`);
}

async function registration(parent: Parent, patch: Patch, edges: readonly Edge[]): Promise<Registration> {
  const { scan, core, measured, dwell } = parent;
  const limit = shiftLimit(patch.cube.shape);
  const compared = middleOf(patch.cube.shape);
  const { height, width } = compared;
  const [y, x] = [patch.y + compared.y, patch.x + compared.x];
  const margin = limit + SMOOTHING_MARGIN;
  const [rows, columns] = scan.shape;
  const [top, left] = [y - margin, x - margin].map((at) => Math.max(0, at));
  const around: Stretch = {
    y: top,
    x: left,
    height: Math.min(rows, y + height + margin) - top,
    width: Math.min(columns, x + width + margin) - left,
  };
  if (around.height <= 0 || around.width <= 0)
    return { verdict: 'untold', words: 'it lies outside the scan' };
  const bands = bandEdges(scan.energy, scan.channels);
  const exposed = {
    measured: measuredOf(parent),
    layout: core,
    ...(dwell && { dwell }),
  };
  const judged = edgeChannels(edges, scan.energy, scan.channels);
  const [ownCut, cut] = [
    await saturatedPixels(core, inStretch(around, scan.shape), judged, measured),
    await saturatedPixels(patch.cube, inStretch(compared, patch.cube.shape), judged),
  ];
  // What is cut off there may not be cut off here.
  const own = await withReader(core, (reader) =>
    readBandMaps(
      reader,
      bands,
      around,
      (first, count) =>
        exposureOf(exposed, first, count).map((dwells, p) => (ownCut[first + p] ? 0 : dwells)),
      measured,
    ),
  );
  const rescan = await withReader(patch.cube, (reader) =>
    readBandMaps(reader, bands, compared, (first, count) =>
      Float64Array.from({ length: count }, (_, p) => (cut[first + p] ? 0 : patch.dwells)),
    ),
  );
  return register(own, rescan, { y: y - top, x: x - left }, limit);
}

/** 1 for the pixels of a stretch. */
function inStretch({ y, x, height, width }: Stretch, [rows, columns]: readonly [number, number]): Uint8Array {
  const flags = new Uint8Array(rows * columns);
  for (let row = y; row < y + height; row++) flags.fill(1, row * columns + x, row * columns + x + width);
  return flags;
}

/** What of a rescan is compared: all of it, or of a large one the middle. */
function middleOf([rows, columns]: readonly [number, number]): Stretch {
  const [height, width] = [rows, columns].map((side) => Math.min(side, MOST_COMPARED_SIDE));
  return { y: (rows - height) >> 1, x: (columns - width) >> 1, height, width };
}

async function withReader(
  layout: CubeLayout,
  read: (reader: Awaited<ReturnType<typeof openCube>>) => Promise<RegisteredMaps>,
): Promise<RegisteredMaps> {
  const reader = await openCube(layout);
  try {
    return await read(reader);
  } finally {
    await reader.close();
  }
}
