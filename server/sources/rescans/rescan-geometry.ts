import type { Scan, ScanRegion } from '../../../protocol/index.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import type { ScanDescription } from '../../sessions/scan-description.ts';

/** Pixels of a rescan along each side of a pixel of its scan, at most: sums of more would not fit their type. */
const FINEST = 64;
/** By so much of a channel two energy axes may differ anywhere and be the same. */
const AXIS_TOLERANCE = 0.1;

/** How a scan with a region lies in its parent. */
export interface RescanGeometry {
  /** Its pixels along each side of a pixel of the parent. */
  finer: number;
  /** Its counts are to be added to the parent's pixels. */
  isAdded: boolean;
}

/**
 * Holds a rescan against the scan it lies in.
 * @throws RecordingFault `geometry` naming what does not fit
 */
export function rescanGeometry(
  parent: Scan,
  { scan, pass }: ScanDescription,
  region: ScanRegion,
): RescanGeometry {
  const [rows, columns] = parent.shape;
  if (region.y + region.height > rows || region.x + region.width > columns)
    throw fault(
      'region',
      `a part of the ${rows} × ${columns} pixels of "${parent.id}"`,
      `${region.height} × ${region.width} pixels at row ${region.y}, column ${region.x}`,
    );
  if (scan.channels !== parent.channels)
    throw fault('channels', `${parent.channels} as in "${parent.id}"`, `${scan.channels}`);
  if (!isSameAxis(parent.energy, scan.energy, scan.channels))
    throw fault('energy', `${axisText(parent.energy)} as in "${parent.id}"`, axisText(scan.energy));
  const low = [parent.lowLoss, scan.lowLoss];
  if (
    low[0] &&
    low[1] &&
    !(low[0].channels === low[1].channels && isSameAxis(low[0].energy, low[1].energy, low[0].channels))
  )
    throw fault(
      'lowLoss',
      `${low[0].channels} channels, ${axisText(low[0].energy)} as in "${parent.id}"`,
      `${low[1].channels} channels, ${axisText(low[1].energy)}`,
    );
  const finer = scan.shape[0] / region.height;
  if (!(Number.isInteger(finer) && scan.shape[1] === finer * region.width && finer <= FINEST))
    throw fault(
      'shape',
      `the ${region.height} × ${region.width} pixels of the region, or up to ${FINEST} times as many along both sides`,
      scan.shape.join(' × '),
    );
  if (pass > 0) throw fault('pass', '0 in a rescan: each further pass is a rescan of its own', `${pass}`);
  return { finer, isAdded: finer === 1 || region.sum === true };
}

/** Exposure of each pixel of the parent in units of its dwell: as said, else by the dwell times of both, else 1 for each pixel of the rescan. */
export function dwellsOfRescan(parent: Scan, scan: Scan, { dwells }: ScanRegion, finer: number): number {
  const byTimes =
    scan.dwellSeconds !== undefined && parent.dwellSeconds !== undefined
      ? scan.dwellSeconds / parent.dwellSeconds
      : 1;
  return dwells ?? byTimes * finer ** 2;
}

function isSameAxis(a: Scan['energy'], b: Scan['energy'], channels: number): boolean {
  const most = AXIS_TOLERANCE * a.dispersion;
  const atFirst = Math.abs(a.offset - b.offset);
  const atLast = Math.abs(a.offset - b.offset + (channels - 1) * (a.dispersion - b.dispersion));
  return atFirst <= most && atLast <= most;
}

const axisText = ({ offset, dispersion }: Scan['energy']): string =>
  `${offset} eV + ${dispersion} eV a channel`;

const fault = (field: string, expected: string, found: string): RecordingFault =>
  new RecordingFault('geometry', `scan: ${field}: expected ${expected}, found ${found}`);
