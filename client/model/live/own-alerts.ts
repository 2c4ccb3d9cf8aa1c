import type { Alert } from '../../../protocol/index.ts';

/** A message that was refused, by this page or by the monitor. */
export interface Refusal {
  message: string;
  /** This machine's clock, ms. */
  at: number;
}

/** How long a refusal is shown, ms: it concerns a single message. */
const REFUSAL_SHOWN_MS = 30_000;

export interface OwnTroubles {
  refused: Refusal | undefined;
  /** When the WebGL context was lost, this machine's clock, ms. */
  contextLostAt: number | undefined;
  /** Why nothing can be drawn at all. */
  rendererProblem: string | undefined;
}

/** Alerts raised by the page itself. */
export function ownAlerts({ refused, contextLostAt, rendererProblem }: OwnTroubles, now: number): Alert[] {
  const alerts: Alert[] = [];
  if (refused !== undefined && now - refused.at < REFUSAL_SHOWN_MS)
    alerts.push({ id: 'client/refused', severity: 'warning', ...refused });
  if (contextLostAt !== undefined)
    alerts.push({
      id: 'client/context',
      severity: 'warning',
      message: 'The graphics card was taken away from this page; the maps are drawn again when it is back.',
      at: contextLostAt,
    });
  if (rendererProblem !== undefined)
    alerts.push({
      id: 'client/webgl',
      severity: 'error',
      message: `Maps cannot be drawn: ${rendererProblem}`,
      tip: 'Switch on hardware acceleration in the settings of the browser, or open the page in another one; spectra, classes and exports work without.',
      at: 0,
    });
  return alerts;
}

/**
 * Alerts that were not dismissed since they were raised.
 * @param dismissed by id the time of the alert that was dismissed
 */
export const notDismissed = (alerts: readonly Alert[], dismissed: ReadonlyMap<string, number>): Alert[] =>
  alerts.filter((alert) => (dismissed.get(alert.id) ?? -1) < alert.at);
