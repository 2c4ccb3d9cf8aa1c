import { type Alert, counted } from '../../../protocol/index.ts';
import type { RescanNote } from '../../sessions/rescans/rescan-record.ts';
import type { ScanDescription } from '../../sessions/scan-description.ts';
import { SessionStore } from '../../sessions/session-store.ts';
import { addedText, progressText } from '../rescans/rescan-words.ts';
import type { SourceEvent } from '../source.ts';

/** Alerts of the same kind replace each other. */
const ALERT = {
  fault: 'recorder-fault',
  storage: 'recorder-storage',
  sender: 'recorder-sender',
  gaps: 'recorder-gaps',
  space: 'recorder-space',
  folder: 'recorder-folder',
  /** How far a rescan is, and what became of it. */
  rescan: 'recorder-rescan',
  /** A scan that says it lies in another. */
  region: 'recorder-region',
} as const;

/** What a recorder has to tell people, and whether it still holds. */
export class RecorderAlerts {
  readonly #report: (event: SourceEvent) => void;
  readonly #raised = new Set<string>();

  constructor(report: (event: SourceEvent) => void) {
    this.#report = report;
  }

  /** Whether it was said that nothing can be recorded now. */
  get saysStorage(): boolean {
    return this.#raised.has(ALERT.storage);
  }

  clear(...kinds: (keyof typeof ALERT)[]): void {
    for (const kind of kinds)
      if (this.#raised.delete(ALERT[kind])) this.#report({ type: 'alert-cleared', id: ALERT[kind] });
  }

  /** Something about the folder of recordings. */
  notice(message: string): void {
    this.#raise('folder', 'warning', message);
  }

  refused(message: string): void {
    this.#raise('fault', 'warning', `A producer was refused: ${message}`);
  }

  cannotWrite(message: string): void {
    const tip = 'Free space on the disk of the recordings; the producer can then go on';
    this.#raise('storage', 'error', message, { tip });
  }

  disconnected(id: string): void {
    const tip = 'The scan goes on when it connects again';
    this.#raise('sender', 'warning', `The producer of ${id} has disconnected`, { tip });
  }

  gaps(id: string, missing: number): void {
    this.#raise('gaps', 'warning', `${id}: ended as complete with ${counted(missing, 'pixel')} missing`);
  }

  /** Says so where a scan needs more room than there is. */
  space(scan: ScanDescription, free: number): void {
    const bytes = SessionStore.bytesOf(scan);
    if (bytes <= free) this.clear('space');
    else
      this.#raise(
        'space',
        'warning',
        `${scan.scan.id} needs ${megabytes(bytes)}, but the disk of the recordings has ${megabytes(free)} left`,
      );
  }

  unknownParent({ scan }: ScanDescription): void {
    this.#raise(
      'region',
      'warning',
      `${scan.name} is shown as a scan of its own: no scan "${scan.region?.parentId}" is recorded that it could be a rescan of`,
    );
  }

  /** @param share of the rescan that has come, 0–1 */
  progressed(title: string, share: number): void {
    this.#raise('rescan', 'info', progressText(title, share), { ongoing: true });
  }

  /** What became of a rescan. */
  settled(note: RescanNote): void {
    if (note.state === 'refused') this.#raise('rescan', 'warning', addedText(note));
    else if (note.rows && note.rows.length > 0) this.#raise('rescan', 'info', addedText(note));
  }

  #raise(
    kind: keyof typeof ALERT,
    severity: Alert['severity'],
    message: string,
    more: { tip?: string; ongoing?: boolean } = {},
  ): void {
    this.#raised.add(ALERT[kind]);
    this.#report({ type: 'alert', alert: { id: ALERT[kind], severity, message, ...more } });
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
