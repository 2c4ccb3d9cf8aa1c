import type { Scan } from '../../protocol/index.ts';
import { FINAL_WARNINGS } from './edge/edge-protocol.ts';
import type { RaisedAlert } from './raised-alert.ts';

/** The end of a scan before all its spectra are there. */
export const ABORTED = 'aborted';

/** Whether it was said of the end of a scan, and is over when the scan goes on. */
const isOfTheEnd = (id: string): boolean =>
  id === ABORTED || FINAL_WARNINGS.some((about) => id.endsWith(`/${about}`));

/** What is wrong with a scan, by id: one that grows replaces itself. */
export class ScanWarnings {
  readonly #messages = new Map<string, string>();
  readonly #scan: Pick<Scan, 'id' | 'name'>;
  readonly #on: { alert(alert: RaisedAlert): void; cleared(id: string): void };

  /** @param on told with ids that begin with the scan's */
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

  /** @param about tells what is said of one edge apart */
  warnOfEdge(edge: string, severity: RaisedAlert['severity'], text: string, about?: string): void {
    this.warn(`edge/${edge}${about === undefined ? '' : `/${about}`}`, severity, `${edge}: ${text}`);
  }

  /** Takes back what no longer holds. */
  withdraw(id: string): void {
    if (this.#messages.delete(id)) this.#on.cleared(`${this.#scan.id}/${id}`);
  }

  /** Takes back what was said of an end that was none. */
  goOn(): void {
    for (const id of [...this.#messages.keys()].filter(isOfTheEnd)) this.withdraw(id);
  }

  /** Takes back what was said under ids that begin so. */
  withdrawAll(prefix: string): void {
    for (const id of [...this.#messages.keys()]) if (id.startsWith(prefix)) this.withdraw(id);
  }
}
