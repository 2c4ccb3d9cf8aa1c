import { css, html } from 'lit';
import { GESTURES, SHORTCUTS } from '../interaction/shortcuts.ts';
import { base } from '../styles/base.ts';
import { DashboardElement } from './dashboard-element.ts';

/** Keys and gestures, from the list that also drives them. */
export class HelpDialog extends DashboardElement {
  static override styles = [
    base,
    css`
      dialog {
        width: min(620px, 92vw);
        padding: 18px 22px 20px;
        border: 1px solid var(--hairline);
        background: var(--ground);
        color: var(--text);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 55%);
      }
      header {
        display: flex;
        justify-content: space-between;
        margin-bottom: 10px;
      }
      h2 {
        color: var(--strong);
        font-weight: 600;
        font-size: 13px;
      }
      h3 {
        margin: 14px 0 4px;
        color: var(--muted);
        font-size: 11px;
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
    return html`<dialog aria-labelledby="title" @close=${close} @click=${this.#closeOutside}>
      <header>
        <h2 id="title">Keys and gestures</h2>
        <button @click=${close} aria-label="Close">✕</button>
      </header>
      <dl>${SHORTCUTS.map((shortcut) => html`<dt><kbd>${shortcut.shown}</kbd></dt><dd>${shortcut.what}</dd>`)}</dl>
      <h3>Pointer</h3>
      <dl>${GESTURES.map(([gesture, what]) => html`<dt>${gesture}</dt><dd>${what}</dd>`)}</dl>
    </dialog>`;
  }

  protected override started(): void {
    this.follow(() => {
      const dialog = this.renderRoot.querySelector('dialog');
      const open = this.dashboard.view.helpOpen.value;
      if (open && !dialog?.open) dialog?.showModal();
      if (!open && dialog?.open) dialog.close();
    });
  }

  readonly #closeOutside = (event: MouseEvent): void => {
    if (event.target instanceof HTMLDialogElement) event.target.close();
  };
}

customElements.define('ew-help-dialog', HelpDialog);
