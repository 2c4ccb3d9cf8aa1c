import { css, html, nothing } from 'lit';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Banner that asks to reload, since the monitor has another version than this page. */
export class ReloadBanner extends DashboardElement {
  static override styles = [
    base,
    css`
      div {
        position: fixed;
        top: 50px;
        left: 50%;
        z-index: 6;
        display: flex;
        align-items: center;
        gap: 14px;
        padding: 8px 12px;
        transform: translateX(-50%);
        border: 1px solid var(--warn);
        background: var(--warn-ground);
        color: var(--warn);
      }
    `,
  ];

  override render() {
    const { outdated } = this.dashboard;
    if (!outdated.value) return nothing;
    return html`<div role="alert">
      <span>The monitor was updated; this page is of another version.</span>
      <button class="quiet-button" @click=${() => location.reload()}>Reload</button>
    </div>`;
  }
}

customElements.define('ew-reload-banner', ReloadBanner);
