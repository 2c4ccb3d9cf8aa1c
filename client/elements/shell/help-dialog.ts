import { css, html } from 'lit';
import { GESTURES, SHORTCUTS } from '../../interaction/shortcuts.ts';
import { base } from '../../styles/base.ts';
import { closeOutside, dialogStyles } from '../../styles/dialog.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Keys and gestures, from the list that also drives them. */
export class HelpDialog extends DashboardElement {
  static override styles = [
    base,
    dialogStyles,
    css`
      dialog {
        width: min(620px, 92vw);
      }
      h3 {
        margin: 14px 0 4px;
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 5px 18px;
      }
      dt {
        color: var(--strong);
      }
    `,
  ];

  override render() {
    const close = () => {
      this.dashboard.view.helpOpen.value = false;
    };
    return html`<dialog aria-labelledby="title" @click=${closeOutside}>
      <header>
        <h2 id="title">Keys and gestures</h2>
        <button class="close" @click=${close} aria-label="Close">✕</button>
      </header>
      <dl>${SHORTCUTS.map((shortcut) => html`<dt><kbd>${shortcut.shown}</kbd></dt><dd>${shortcut.what}</dd>`)}</dl>
      <h3>Pointer</h3>
      <dl>${GESTURES.map(([gesture, what]) => html`<dt>${gesture}</dt><dd>${what}</dd>`)}</dl>
    </dialog>`;
  }

  protected override started(): void {
    this.followOpen(this.dashboard.view.helpOpen);
  }
}

customElements.define('ew-help-dialog', HelpDialog);
