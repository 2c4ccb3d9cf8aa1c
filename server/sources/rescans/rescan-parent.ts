import type { ScanDescription } from '../../sessions/scan-description.ts';
import type { SessionDescription } from '../../sessions/session-description.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import type { RecordedScan } from '../recording/recorded-scan.ts';
import { type RescanGeometry, rescanGeometry } from './rescan-geometry.ts';

/** The recorded scan in which another one lies. */
export interface RescanParent {
  folder: string;
  description: SessionDescription;
  geometry: RescanGeometry;
}

/**
 * Finds the scan that an announced one is a rescan of: the one on show, else the newest that was recorded with the id.
 * @returns undefined for a scan without a region; `unknown` where there is no such parent
 * @throws RecordingFault `geometry` where it does not fit into its parent
 */
export async function findParent(
  announced: ScanDescription,
  shown: RecordedScan | undefined,
  store: SessionStore,
): Promise<RescanParent | 'unknown' | undefined> {
  const { region } = announced.scan;
  if (!region) return undefined;
  const found = shown?.id === region.parentId ? shown : await store.newestOf(region.parentId);
  if (!found) return 'unknown';
  const { folder, description } = found;
  return { folder, description, geometry: rescanGeometry(description.scan, announced, region) };
}

/** A scan of finer pixels as it is shown by itself: its name says in what it lies. */
export function insideParent(
  announced: ScanDescription,
  { description: { scan: parent }, geometry: { finer } }: RescanParent,
): ScanDescription {
  const { scan } = announced;
  const pixelSizeNm = scan.pixelSizeNm ?? (parent.pixelSizeNm && parent.pixelSizeNm / finer);
  return {
    ...announced,
    scan: {
      ...scan,
      name: `${scan.name} (inside ${parent.name}, ${finer} × ${finer} finer)`,
      ...(pixelSizeNm !== undefined && { pixelSizeNm }),
    },
  };
}
