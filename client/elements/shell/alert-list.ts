import { signal } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import type { Alert } from '../../../protocol/index.ts';
import { type AlertGroup, alertCount, alertGroups } from '../../model/live/alert-groups.ts';
import { notDismissed, type OwnTroubles, ownAlerts } from '../../model/live/own-alerts.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** How long a new alert other than an error is open, ms; then it is folded into the count. */
const OPEN_MS = 12_000;

/**
 * The current alerts that were not dismissed. A dismissed alert returns when it is raised again. Folded, the list is a count; new
 * alerts unfold it for a while, errors until they are dismissed.
 */
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
      ul {
        max-height: 50vh;
        overflow: hidden auto;
      }
      .count {
        display: block;
        margin: 6px 0 0 auto;
        padding: 3px 9px;
        border: 1px solid var(--hairline);
        border-radius: 9px;
        background: var(--raised);
      }
      .count.error {
        color: var(--bad);
      }
      .count.warning {
        color: var(--warn);
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
        font-size: calc(11px * var(--text-size, 1));
      }
    `,
  ];

  /** Alerts by id with the moment this page first showed them, ms. */
  readonly #seen = new Map<string, { at: number; since: number }>();
  readonly #isUnfolded = signal<boolean | undefined>(undefined);
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
    const groups = alertGroups(shown);
    const isOpen = this.#isUnfolded.value ?? this.#isNew(shown);
    const toggle = () => {
      this.#isUnfolded.value = !isOpen;
    };
    return html`<ul role="log" aria-live="polite" aria-label="Alerts">
        ${isOpen ? groups.map((group) => this.#entry(group)) : nothing}
      </ul>
      ${
        isOpen && shown.length === 1
          ? nothing
          : html`<button class="count ${groups[0].alert.severity}" aria-expanded=${isOpen} @click=${toggle}>
              ⚠ ${alertCount(shown)} ${isOpen ? '▾' : '▴'}
            </button>`
      }`;
  }

  /** What was folded or unfolded by hand stays so until another alert comes. */
  #isNew(shown: readonly Alert[]): boolean {
    const now = this.dashboard.view.now.value;
    for (const { id, at } of shown) if (this.#seen.get(id)?.at !== at) this.#seen.set(id, { at, since: now });
    return shown.some(
      ({ id, severity }) => severity === 'error' || now - (this.#seen.get(id)?.since ?? now) < OPEN_MS,
    );
  }

  protected override started(): void {
    // The column below is padded, so that its end is not covered.
    const observer = new ResizeObserver(() =>
      document.documentElement.style.setProperty('--alerts', `${this.offsetHeight}px`),
    );
    observer.observe(this);
    this.atEnd(() => observer.disconnect());
  }

  #choice(axis: NonNullable<Alert['axis']>) {
    return html`<button class="choice" @click=${() => this.dashboard.chooseAxis(axis)}>${axis.label}</button>`;
  }

  #entry({ alert, more }: AlertGroup) {
    const dismiss = () => {
      const dismissed = new Map(this.#dismissed.peek());
      for (const { id, at } of [alert, ...more]) dismissed.set(id, at);
      this.#dismissed.value = dismissed;
    };
    return html`<li class=${alert.severity}>
      <p>
        ${alert.message}${more.length > 0 ? html` <span class="tip">and ${more.length} more of this kind</span>` : nothing}${alert.tip ? html`<span class="tip">${alert.tip}</span>` : nothing}
        ${alert.axis ? this.#choice(alert.axis) : nothing}
      </p>
      <button aria-label="Dismiss" title="Dismiss" @click=${dismiss}>✕</button>
    </li>`;
  }
}

customElements.define('ew-alert-list', AlertList);
