import type { Alert } from '../../protocol/index.ts';

/** Most causes of alerts counted separately. */
const MOST_CAUSES = 64;
const OTHER_CAUSE = 'other';

/** Counts faults since the start of the monitor. */
export class MonitorCounts {
  /** Spectra that were there already, with the same content. */
  duplicates = 0;
  /** Pixels that were missing when a scan ended. */
  gaps = 0;
  /** Messages of producers that were refused, by what is wrong with them; `conflict`: other spectra were there. */
  readonly rejected = new Map<string, number>();
  readonly #alerts = new Map<string, { cause: string; severity: Alert['severity']; count: number }>();

  /** Alerts by cause and severity. */
  get alerts(): Iterable<{ cause: string; severity: Alert['severity']; count: number }> {
    return this.#alerts.values();
  }

  reject(code: string): void {
    this.rejected.set(code, (this.rejected.get(code) ?? 0) + 1);
  }

  /** @param scan id of the scan the alert is about, which its id begins with */
  alert({ id, severity }: Pick<Alert, 'id' | 'severity'>, scan: string | undefined): void {
    const own = scan !== undefined && id.startsWith(`${scan}/`) ? id.slice(scan.length + 1) : id;
    // The rest is the location: an edge, a file.
    const [found] = own.split(/[/:]/);
    const isKnown = this.#alerts.has(`${severity} ${found}`) || this.#alerts.size < MOST_CAUSES;
    const cause = isKnown ? found : OTHER_CAUSE;
    const known = this.#alerts.get(`${severity} ${cause}`);
    if (known) known.count++;
    else this.#alerts.set(`${severity} ${cause}`, { cause, severity, count: 1 });
  }
}
