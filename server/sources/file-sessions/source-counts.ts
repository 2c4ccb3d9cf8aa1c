import { basename } from 'node:path';
import { InputError, pixelCount } from '../../../protocol/index.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { OpenOptions, ScanFile } from '../../formats/format.ts';
import { openScanFile } from '../../formats/formats.ts';
import { runsOf } from '../../formats/reading/pixel-runs.ts';
import { pixelOfRecord } from '../../formats/scan-order.ts';
import { unpackMeasured } from '../../formats/unpacking/unpack-all.ts';
import { findSourceFile } from '../../sessions/find-source-file.ts';
import { PixelSet } from '../../sessions/passes/pixel-set.ts';
import { geometryDifference, type SessionDescription } from '../../sessions/session-description.ts';
import { CubeGrowth } from '../growing/cube-growth.ts';
import { scalarValues } from './counts-copier.ts';

/** Whatever the files hold is there. */
const AT_ONCE = { shrinkMs: 0, quietMs: 0, verifyMs: 0 };

/** Counts of a session as they can be read in the files that it refers to. */
export interface SourceCounts {
  core: CubeLayout;
  lowLoss?: CubeLayout;
  /** Pixels of each pass. */
  passes: PixelSet[];
  /** Path of the file that was opened. */
  foundAt: string;
  /** Scalar signals, with the values of each pass by pixel. */
  signals: { name: string; values: Float32Array[] }[];
}

/**
 * Opens the files that a session refers to, and holds them against it.
 * @param elsewhere where to look for them instead of the places that are known: the file that was opened, or its folder
 * @throws InputError naming the file that is missing or is other than it was, and in what
 */
export async function sourceCounts(
  folder: string,
  description: SessionDescription,
  elsewhere?: string,
): Promise<SourceCounts> {
  const { files, scan, order, status } = description;
  if (!files) throw new InputError(folder, 'files', 'expected in session.json');
  const path = await findSourceFile(folder, description, elsewhere);
  const found = await openAsItIs(path, files.options);
  const file = withoutLater(found.file, description);
  const difference = geometryDifference(description, { scan: file.scan, order: file.core.order });
  if (difference) {
    const [known, now] = [JSON.stringify(difference.known), JSON.stringify(difference.found)];
    throw new InputError(path, difference.field, `expected ${known} as recorded, found ${now}`);
  }
  const acquired = status === 'open' ? found.acquired : files.acquired;
  if (found.faults[0] && found.acquired[0] < acquired[0]) throw found.faults[0];
  const steps = { shape: scan.shape, order, flybackColumns: 0 };
  const passes = file.core.paths.map((_, pass) => {
    if (found.measured) return setOf(found.measured);
    const set = new PixelSet(pixelCount(scan));
    for (let step = 0; step < (acquired[pass] ?? 0); step++) {
      const pixel = pixelOfRecord(steps, step) ?? step;
      set.add({ first: pixel, end: pixel + 1 });
    }
    return set;
  });
  const signals: SourceCounts['signals'] = [];
  for (const { name, cube } of file.scalars) {
    const values: Float32Array[] = [];
    for (const pass of cube.paths.keys()) values.push(await scalarValues(cube, pass));
    signals.push({ name, values });
  }
  const { core, lowLoss } = file;
  return { core, ...(lowLoss && { lowLoss }), passes, signals, foundAt: path };
}

/** Companions that were not there when the scan was recorded are left out now, too. */
function withoutLater(file: ScanFile, { scan, files }: SessionDescription): ScanFile {
  if (file.lowLoss && !scan.lowLoss) {
    const { lowLoss: _cube, ...rest } = file;
    const { lowLoss: _lowLoss, ...alone } = file.scan;
    return withoutLater({ ...rest, scan: alone }, { scan, files } as SessionDescription);
  }
  const names = new Set(files?.list.map(({ path }) => extensionsOf(path)));
  return { ...file, scalars: file.scalars.filter(({ cube }) => names.has(extensionsOf(cube.paths[0]))) };
}

/** `.haadf.raw` of `anode.haadf.raw`: what stays when a scan is renamed. */
const extensionsOf = (path: string): string => /(\.[^.]+)?\.[^.]+$/.exec(basename(path))?.[0] ?? '';

function setOf(measured: Uint8Array): PixelSet {
  const set = new PixelSet(measured.length);
  for (const [first, end] of runsOf(measured)) set.add({ first, end });
  return set;
}

/** A file where nothing more comes. */
interface FileAsItIs {
  file: ScanFile;
  /** Pixels of each pass that are complete. */
  acquired: number[];
  /** 1 for those of them; only of spectra that had to be unpacked, of which others than the first ones may be complete. */
  measured?: Uint8Array;
  /** What could not be unpacked. */
  faults: InputError[];
}

/**
 * Opens a file that nobody writes to any more, as far as it goes.
 * @throws InputError when it cannot be opened
 */
export async function openAsItIs(path: string, options: OpenOptions = {}): Promise<FileAsItIs> {
  const file = await openScanFile(path, options);
  const { faults, measured } = await unpackMeasured(file);
  if (!measured) return { file, acquired: await acquiredIn(file), faults };
  return { file, acquired: [measured.reduce((sum, one) => sum + one, 0)], measured, faults };
}

/** Pixels of each pass that are complete, counted in the order of acquisition, where nothing more comes. */
async function acquiredIn({ core, lowLoss, growing }: ScanFile): Promise<number[]> {
  const growths = [core, ...(lowLoss ? [lowLoss] : [])].map(
    (cube) => new CubeGrowth(cube, growing.includes(cube.paths[0]), true, AT_ONCE),
  );
  for (const growth of growths) await growth.look(0);
  const columns = core.shape[1];
  return core.paths.map((_, pass) => {
    const records = Math.min(...growths.map((growth) => growth.records(pass)));
    const perRow = columns + core.flybackColumns;
    return Math.floor(records / perRow) * columns + Math.min(records % perRow, columns);
  });
}
