import { css, html, nothing } from 'lit';
import { liveWords } from '../../model/recordings/background-scan.ts';
import { percent, shortened } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Button that shows the live scan, in a recording or while an earlier scan is kept on show. */
export class LiveChip extends DashboardElement {
  static override styles = [
    base,
    css`
      .loud {
        border-color: var(--accent);
        color: var(--accent);
      }
      kbd {
        padding: 0 0 0 5px;
        border: 0;
      }
    `,
  ];

  override render() {
    const words = this.#words();
    if (words === undefined) return nothing;
    return html`<button
        class="quiet-button ${words.loud ? 'loud' : ''}"
        title=${words.title}
        @click=${() => this.dashboard.goToLive()}
      >
        ${words.text}<kbd>L</kbd>
      </button>`;
  }

  #words(): { text: string; title: string; loud: boolean } | undefined {
    const { address, background, model, newScan, opened } = this.dashboard;
    const waiting = newScan.waiting.value;
    if (waiting !== undefined)
      return {
        text: `new scan: ${shortened(waiting.name)} ${percent(waiting.share)}`,
        title: `A new scan has begun: ${waiting.name}. You were looking at this one, so it stays until you go to the new one.`,
        loud: true,
      };
    if (address.session.value === undefined) return undefined;
    const status = background.status.value;
    if (status === undefined) return { text: 'live view', title: 'Leave the recording', loud: false };
    const scan = model.scan.value?.scan;
    const row = model.player.value?.message.row;
    const shown = scan !== undefined &&
      row !== undefined && { id: scan.id, isRecording: opened.entry.value?.recording ?? false, row };
    return {
      text: liveWords(status, shown || undefined),
      title: 'A scan is running: leave the recording and go to it',
      loud: true,
    };
  }
}

customElements.define('ew-live-chip', LiveChip);
