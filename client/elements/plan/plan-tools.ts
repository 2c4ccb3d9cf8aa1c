import { css, html, nothing } from 'lit';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Buttons of the plan: change, send, withdraw. */
export class PlanTools extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: 6px;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px;
      }
      .quiet-button[aria-pressed='true'] {
        border-color: var(--accent);
        color: var(--strong);
      }
      .quiet-button:disabled {
        color: var(--muted);
        opacity: 0.6;
        cursor: default;
      }
      .send {
        border-color: var(--accent);
        color: var(--strong);
      }
    `,
  ];

  override render() {
    const { plan } = this.dashboard;
    const status = plan.plan.value?.status;
    if (status === undefined || plan.isReadOnly.value) return nothing;
    if (status === 'accepted')
      return html`<div class="line">
        <button class="quiet-button" @click=${() => void plan.withdraw()}>Withdraw</button>
        <span class="context">to change it, or to stop producers from scanning it</span>
      </div>`;
    const { edits } = plan;
    const none = edits.regions.value.length === 0;
    const adding = plan.isAdding.value;
    return html`
      <div class="line" role="toolbar" aria-label="Change the plan">
        <button class="quiet-button" aria-pressed=${adding} title="Add a region by dragging on a map (A)" @click=${() => plan.toggleAdding()}>
          Add
        </button>
        <button class="quiet-button" ?disabled=${plan.selected.value === undefined} title="Remove the selected region (Delete)" @click=${() => plan.removeSelected()}>
          Remove
        </button>
        <button class="quiet-button" ?disabled=${!edits.canUndo.value} title="Ctrl + Z" @click=${() => edits.undo()}>Undo</button>
        <button class="quiet-button" ?disabled=${!edits.canRedo.value} title="Ctrl + Shift + Z" @click=${() => edits.redo()}>Redo</button>
      </div>
      <div class="line">
        <button class="quiet-button send" ?disabled=${none} @click=${this.#ask}>Send to microscope…</button>
      </div>
      ${adding ? html`<div class="context" role="status">Drag on a map to draw a region; Enter puts one around the pinned pixel, Esc ends it.</div>` : nothing}
    `;
  }

  readonly #ask = (): void => {
    this.dashboard.plan.isSending.value = true;
  };
}

customElements.define('ew-plan-tools', PlanTools);
