import { signal } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import type { Alert } from '../../protocol/index.ts';
import { base } from '../styles/base.ts';
import { DashboardElement } from './dashboard-element.ts';

/** What the operator must know, until it is over or dismissed. A dismissed alert comes back when it is raised anew. */
export class AlertList extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        position: fixed;
        right: 10px;
        bottom: 36px;
        z-index: 5;
        width: min(380px, 40vw);
      }
      li {
        display: flex;
        align-items: start;
        gap: 10px;
        margin-top: 6px;
        padding: 8px 10px;
        border: 1px solid var(--hairline);
        border-left: 3px solid var(--accent);
        background: var(--raised);
        overflow-wrap: anywhere;
      }
      li.warning {
        border-left-color: var(--warn);
      }
      li.error {
        border-left-color: var(--bad);
      }
      p {
        flex: 1;
      }
      .tip {
        display: block;
        color: var(--muted);
        font-size: 11px;
      }
    `,
  ];

  readonly #dismissed = signal<ReadonlyMap<string, number>>(new Map());

  override render() {
    const own = this.#own();
    const shown = [...this.dashboard.model.alerts.value, ...own].filter(
      (alert) => (this.#dismissed.value.get(alert.id) ?? -1) < alert.at,
    );
    if (shown.length === 0) return nothing;
    return html`<ul role="log" aria-live="polite" aria-label="Alerts">
      ${shown.map((alert) => this.#entry(alert))}
    </ul>`;
  }

  /** What this dashboard itself has to say. */
  #own(): Alert[] {
    const { model } = this.dashboard;
    const alerts: Alert[] = [];
    if (model.refused.value !== undefined)
      alerts.push({ id: 'client/refused', severity: 'warning', message: model.refused.value, at: 0 });
    if (this.pictures?.renderer.contextLost.value)
      alerts.push({
        id: 'client/context',
        severity: 'warning',
        message: 'The graphics card was taken away from this page; the maps are drawn again when it is back.',
        at: 0,
      });
    const problem = this.dashboard.rendererProblem.value;
    if (problem !== undefined)
      alerts.push({
        id: 'client/webgl',
        severity: 'error',
        message: `Maps cannot be drawn: ${problem}`,
        tip: 'The dashboard needs a browser with WebGL 2.',
        at: 0,
      });
    return alerts;
  }

  #entry(alert: Alert) {
    const dismiss = () => {
      this.#dismissed.value = new Map(this.#dismissed.peek()).set(alert.id, alert.at);
    };
    return html`<li class=${alert.severity}>
      <p>${alert.message}${alert.tip ? html`<span class="tip">${alert.tip}</span>` : nothing}</p>
      <button aria-label="Dismiss" title="Dismiss" @click=${dismiss}>✕</button>
    </li>`;
  }
}

customElements.define('ew-alert-list', AlertList);
