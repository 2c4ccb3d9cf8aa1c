import { signal } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import type { Alert } from '../../../protocol/index.ts';
import { notDismissed, type OwnTroubles, ownAlerts } from '../../model/live/own-alerts.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** What the operator must know, until it is over or dismissed. A dismissed alert comes back when it is raised anew. */
export class AlertList extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        position: fixed;
        right: 10px;
        bottom: calc(36px + var(--timeline, 0px));
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
      .choice {
        display: block;
        margin-top: 6px;
        padding: 2px 8px;
        border: 1px solid var(--accent);
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
    const { model, rendererProblem, view } = this.dashboard;
    const own: OwnTroubles = {
      refused: model.refused.value,
      contextLostAt: this.pictures?.renderer.contextLostAt.value,
      rendererProblem: rendererProblem.value,
    };
    const now = own.refused === undefined ? 0 : view.now.value;
    const shown = notDismissed([...model.alerts.value, ...ownAlerts(own, now)], this.#dismissed.value);
    if (shown.length === 0) return nothing;
    return html`<ul role="log" aria-live="polite" aria-label="Alerts">
      ${shown.map((alert) => this.#entry(alert))}
    </ul>`;
  }

  protected override started(): void {
    // The column below leaves room: what stands at its end is not covered.
    const observer = new ResizeObserver(() =>
      document.documentElement.style.setProperty('--alerts', `${this.offsetHeight}px`),
    );
    observer.observe(this);
    this.atEnd(() => observer.disconnect());
  }

  #choice(axis: NonNullable<Alert['axis']>) {
    return html`<button class="choice" @click=${() => this.dashboard.chooseAxis(axis)}>${axis.label}</button>`;
  }

  #entry(alert: Alert) {
    const dismiss = () => {
      this.#dismissed.value = new Map(this.#dismissed.peek()).set(alert.id, alert.at);
    };
    return html`<li class=${alert.severity}>
      <p>
        ${alert.message}${alert.tip ? html`<span class="tip">${alert.tip}</span>` : nothing}
        ${alert.axis ? this.#choice(alert.axis) : nothing}
      </p>
      <button aria-label="Dismiss" title="Dismiss" @click=${dismiss}>✕</button>
    </li>`;
  }
}

customElements.define('ew-alert-list', AlertList);
