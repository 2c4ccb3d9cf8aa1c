import type { Scan } from '../../protocol/index.ts';
import { FINAL_WARNINGS } from './edge/edge-protocol.ts';
import type { RaisedAlert } from './raised-alert.ts';

/** The end of a scan before all its spectra are there. */
export const ABORTED = 'aborted';

/** Whether a warning is about the end of a scan, and is removed when the scan continues. */
const isOfTheEnd = (id: string): boolean =>
  id === ABORTED || FINAL_WARNINGS.some((about) => id.endsWith(`/${about}`));

/** Warnings of a scan by id; a new one replaces that of the same id. */
export class ScanWarnings {
  readonly #messages = new Map<string, string>();
  readonly #scan: Pick<Scan, 'id' | 'name'>;
  readonly #on: { alert(alert: RaisedAlert): void; cleared(id: string): void };

  /** @param on called with ids that begin with the scan's */
  constructor(
    scan: Pick<Scan, 'id' | 'name'>,
    on: { alert(alert: RaisedAlert): void; cleared(id: string): void },
  ) {
    this.#scan = scan;
    this.#on = on;
  }

  get messages(): string[] {
    return [...this.#messages.values()];
  }

  raise(alert: RaisedAlert): void {
    this.#messages.set(alert.id, alert.message);
    this.#on.alert({ ...alert, id: `${this.#scan.id}/${alert.id}` });
  }

  /** @param text after the name of the scan */
  warn(id: string, severity: RaisedAlert['severity'], text: string): void {
    this.raise({ id, severity, message: `${this.#scan.name}: ${text}` });
  }

  /** @param about suffix of the id, to have several warnings per edge */
  warnOfEdge(edge: string, severity: RaisedAlert['severity'], text: string, about?: string): void {
    this.warn(`edge/${edge}${about === undefined ? '' : `/${about}`}`, severity, `${edge}: ${text}`);
  }

  /** Removes a warning that no longer holds. */
  withdraw(id: string): void {
    if (this.#messages.delete(id)) this.#on.cleared(`${this.#scan.id}/${id}`);
  }

  /** Removes warnings about the end of a scan that continues. */
  goOn(): void {
    for (const id of [...this.#messages.keys()].filter(isOfTheEnd)) this.withdraw(id);
  }

  /** Removes warnings whose ids begin with a prefix. */
  withdrawAll(prefix: string): void {
    for (const id of [...this.#messages.keys()]) if (id.startsWith(prefix)) this.withdraw(id);
  }
}
