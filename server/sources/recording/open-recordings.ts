import type { ScanDescription } from '../../sessions/scan-description.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import { SessionWriter } from '../../sessions/session-writer.ts';
import { planRegionOf } from '../plan-source.ts';
import { findParent, insideParent, type RescanParent } from '../rescans/rescan-parent.ts';
import { RecordedScan, type RecordedScanOptions } from './recorded-scan.ts';
import type { RecorderAlerts } from './recorder-alerts.ts';
import type { Recording } from './recording.ts';

/** Scans that are over but may still be read, beside the present one. */
const KEPT_SCANS = 1;

export interface OpenRecordingsOptions {
  store: SessionStore;
  /** What is recorded, for people. */
  description: string;
  /** Sessions are removed once they are no longer read. */
  temporary: boolean;
  alerts: RecorderAlerts;
  /** With which scans are opened. */
  scanOptions: () => RecordedScanOptions;
  /** The plan of the scan on show. */
  plan: () => Parameters<typeof planRegionOf>[1];
}

/** The scan on show, what is recorded (that, or a rescan of it), and the scans before that may still be read. */
export class OpenRecordings {
  readonly #options: OpenRecordingsOptions;
  #scan: RecordedScan | undefined;
  #active: Recording | undefined;
  #over: RecordedScan[] = [];

  constructor(options: OpenRecordingsOptions) {
    this.#options = options;
  }

  /** On show. */
  get scan(): RecordedScan | undefined {
    return this.#scan;
  }

  /** What is recorded: that, or a rescan of it. */
  get active(): Recording | undefined {
    return this.#active;
  }

  /** The recorded scan that a scan is a part of; `unknown` where there is none of that name. */
  parentOf(scan: ScanDescription): Promise<RescanParent | 'unknown' | undefined> {
    return findParent(scan, this.#scan, this.#options.store);
  }

  /**
   * Begins to record a scan, in place of what is recorded, which ends.
   * @throws RecordingFault, InputError where it cannot be recorded
   */
  async begin(scan: ScanDescription, parent: RescanParent | 'unknown' | undefined): Promise<Recording> {
    const { alerts, store } = this.#options;
    alerts.clear('region');
    if (parent === 'unknown') alerts.unknownParent(scan);
    const known = parent === 'unknown' ? undefined : parent;
    this.#active = known?.geometry.isAdded
      ? await this.#beginRescan(scan, known)
      : await this.#beginScan(known ? insideParent(scan, known) : scan);
    alerts.space(scan, await store.freeBytes());
    return this.#active;
  }

  /** Adds to the scan on show what its rescans have brought. */
  settle(): void {
    const { alerts } = this.#options;
    this.#scan?.rescans.settle().then(
      (notes) => {
        for (const note of notes) alerts.settled(note);
      },
      (error: Error) => alerts.cannotWrite(`session: a rescan cannot be added (${error.message})`),
    );
  }

  async close(): Promise<void> {
    await this.#scan?.close();
  }

  async #beginScan(scan: ScanDescription): Promise<RecordedScan> {
    const { store, description } = this.#options;
    const recorded = await this.#show(async (options) =>
      RecordedScan.begin(await store.open(scan, description), scan.pass, options),
    );
    this.settle();
    return recorded;
  }

  async #beginRescan(scan: ScanDescription, parent: RescanParent): Promise<Recording> {
    this.#options.store.checkSize(scan);
    if (this.#scan?.folder === parent.folder) await this.#endActive();
    else await this.#show((options) => reopen(parent, options));
    const shown = this.#scan;
    if (!shown) throw new Error(`${parent.folder} is not on show`);
    const plan = planRegionOf(scan.scan.region, this.#options.plan());
    const rescan = await shown.rescans.open(scan, parent.geometry, plan);
    // What was left open before it is over, and may be added meanwhile.
    this.settle();
    return rescan;
  }

  /** Puts a scan on show in place of the one before. */
  async #show(open: (options: RecordedScanOptions) => Promise<RecordedScan>): Promise<RecordedScan> {
    const { alerts, scanOptions } = this.#options;
    const before = this.#scan;
    await this.#endActive();
    // The session of the one before must be closed: with the same id it may be the same again.
    await before?.close().catch((error: Error) => alerts.cannotWrite(`session: ${error.message}`));
    const recorded = await open(scanOptions());
    this.#scan = this.#active = recorded;
    alerts.clear('gaps', 'fault', 'rescan');
    if (before) await this.#retire(before, recorded);
    return recorded;
  }

  async #endActive(): Promise<void> {
    if (this.#active?.ended === false) await this.#active.end('aborted');
    if (this.#scan?.ended === false) await this.#scan.end('aborted');
  }

  /** Analysis may still be reading what is over; of what is not to be kept no more than that stays. */
  async #retire(before: RecordedScan, present: RecordedScan): Promise<void> {
    this.#over = [...this.#over.filter(({ id }) => id !== before.id && id !== present.id), before];
    const unread = this.#over.splice(0, this.#over.length - KEPT_SCANS);
    if (this.#options.temporary) for (const scan of unread) await scan.remove();
  }
}

/** A scan that was recorded before is on show again, for a rescan of it. */
async function reopen(
  { folder, description }: RescanParent,
  options: RecordedScanOptions,
): Promise<RecordedScan> {
  const session = await SessionWriter.reopen(folder, description);
  return RecordedScan.reopen(session, options).catch(async (error: unknown) => {
    await session.close();
    throw error;
  });
}
