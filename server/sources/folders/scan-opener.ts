import { basename, extname } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import type { OpenOptions, ScanFile } from '../../formats/format.ts';
import { openScanFile } from '../../formats/formats.ts';
import { followScan } from '../growing/follow-scan.ts';
import type { FollowTimes } from '../growing/follow-times.ts';
import type { Follower } from '../growing/follower.ts';
import { UnpackedScans } from '../growing/unpacked-scans.ts';
import type { SourceEvent } from '../source.ts';
import { checkReachable } from './reachable-files.ts';
import type { ShownAlerts } from './shown-alerts.ts';
import type { ShownScan } from './shown-scan.ts';

/** Unpacking goes on for so long before the folder is compared again. */
const UNPACK_MS = 500;

/** Opens the scans of a watched folder with all that belongs to them, and says what of that was taken up or left out. */
export class ScanOpener {
  readonly #options: OpenOptions;
  readonly #times: FollowTimes;
  readonly #alerts: ShownAlerts;
  readonly #bounds: string | undefined;
  readonly #unpacked = new UnpackedScans();
  /** How often a scan of that name was opened: each opening has an id of its own. */
  readonly #openings = new Map<string, number>();

  /** @param bounds folder that links do not lead out of; undefined where they may lead anywhere */
  constructor(options: OpenOptions, times: FollowTimes, alerts: ShownAlerts, bounds: string | undefined) {
    this.#options = options;
    this.#times = times;
    this.#alerts = alerts;
    this.#bounds = bounds;
  }

  /** @throws InputError when it cannot be opened, or leads out of the bounds */
  async open(path: string): Promise<ScanFile> {
    const file = await openScanFile(path, this.#options);
    await checkReachable(path, file, this.#bounds);
    return file;
  }

  /**
   * Follows a scan under an id of its own.
   * @param finished whatever its files hold now is all that there will be
   * @throws InputError when there is no room to unpack it
   */
  async follow(file: ScanFile, finished: boolean, now: number): Promise<Follower> {
    const opening = (this.#openings.get(file.scan.id) ?? 0) + 1;
    const scan = opening === 1 ? file.scan : { ...file.scan, id: `${file.scan.id}#${opening}` };
    const follower = await followScan(file, scan, this.#times, finished, now, UNPACK_MS);
    this.#openings.set(file.scan.id, opening);
    return follower;
  }

  /** Keeps what was unpacked of a scan that is put on show, and no longer that of scans of long ago. */
  keep({ unpack }: ScanFile): Promise<void> {
    return this.#unpacked.add(unpack);
  }

  /** Scalar channels may come while the scan runs. A low loss may not: spectra would be measured with and without. */
  async *adopt(active: ShownScan, files: ReadonlySet<string>): AsyncGenerator<SourceEvent> {
    const { path } = active.candidate;
    const prefix = path.slice(0, path.length - extname(path).length + 1);
    const companions = [...files]
      .filter((other) => other.startsWith(prefix))
      .sort()
      .join('/');
    if (companions === active.companions) return;
    active.companions = companions;
    try {
      const file = await this.open(path);
      active.follower.addScalars(file);
      if (file.lowLoss && !file.lowLossFile && !active.hasLowLoss)
        yield* this.#alerts.raise(
          `companion:${file.lowLoss.paths[0]}`,
          'warning',
          `${file.lowLoss.paths[0]}: low loss: expected before the scan begins, found later and left out`,
        );
    } catch (error) {
      // The scan itself is being written anew: following it shows that.
      if (!(error instanceof InputError)) throw error;
    }
  }

  /** Says which other file was taken up, and what does not fit the scan and was left out. */
  *sayCompanions(file: ScanFile): Generator<SourceEvent> {
    const { lowLossFile, scan } = file;
    if (lowLossFile !== undefined)
      yield* this.#alerts.raise(
        `companion:${lowLossFile}`,
        'info',
        `${scan.name}: its low loss is ${basename(lowLossFile)}`,
      );
    for (const { place, message } of file.faults ?? [])
      yield* this.#alerts.raise(`companion:${place}`, 'warning', message);
  }
}
