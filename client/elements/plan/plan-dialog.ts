import { signal } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import { hasEnded } from '../../../protocol/index.ts';
import { overLimitWords, sendingWords } from '../../model/plan/plan-words.ts';
import { base } from '../../styles/base.ts';
import { closeOutside, dialogStyles } from '../../styles/dialog.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Dialog that asks for confirmation before the plan is sent, with what will happen and the dose. */
export class PlanDialog extends DashboardElement {
  static override styles = [
    base,
    dialogStyles,
    css`
      dialog {
        width: min(460px, 92vw);
      }
      p {
        margin-bottom: 9px;
      }
      footer {
        display: flex;
        align-items: center;
        justify-content: end;
        gap: 10px;
        margin-top: 14px;
      }
      .fault {
        flex: 1;
      }
      .yes {
        border-color: var(--accent);
        color: var(--strong);
      }
    `,
  ];

  readonly #fault = signal<string | undefined>(undefined);

  override render() {
    const { plan, model } = this.dashboard;
    const cost = this.dashboard.planFigures.cost.value;
    const isRunning = !hasEnded(model.newestProgress.value?.message.status ?? 'waiting');
    const words = cost === undefined ? [] : sendingWords(plan.edits.regions.value, cost, isRunning);
    const over =
      plan.plan.value && overLimitWords(this.dashboard.planFigures.overLimit.value, plan.plan.value);
    const fault = this.#fault.value;
    return html`<dialog aria-labelledby="title" @click=${closeOutside}>
      <header>
        <h2 id="title">Send this plan to the microscope?</h2>
        <button class="close" aria-label="Close" @click=${this.#close}>✕</button>
      </header>
      ${words.map((line) => html`<p>${line}</p>`)}
      ${over === undefined ? nothing : html`<p class="fault">${over}</p>`}
      <footer>
        ${fault === undefined ? nothing : html`<span class="fault" role="alert">${fault}</span>`}
        <button class="quiet-button" @click=${this.#close}>Not now</button>
        <button class="quiet-button yes" autofocus @click=${this.#send}>Send</button>
      </footer>
    </dialog>`;
  }

  protected override started(): void {
    const { isSending } = this.dashboard.plan;
    this.follow(() => {
      if (isSending.value) this.#fault.value = undefined;
    });
    this.followOpen(isSending);
  }

  readonly #close = (): void => {
    this.dashboard.plan.isSending.value = false;
  };

  readonly #send = (): void => {
    void this.dashboard.plan.accept().then((fault) => {
      if (fault === undefined) this.#close();
      else this.#fault.value = fault;
    });
  };
}

customElements.define('ew-plan-dialog', PlanDialog);
