import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { NumberedNote } from '../../model/recordings/notes.ts';
import { placeWords } from '../../model/recordings/notes.ts';
import { plural } from '../../model/words/format.ts';
import { dateAndTime } from '../../model/words/session-words.ts';
import { clockText } from '../../model/words/time-words.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** The operator's notes about the scan, each with the number of its ring on the maps. */
export class NoteList extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        flex: none;
      }
      ul {
        max-height: 116px;
        margin-top: 4px;
        overflow: auto;
      }
      li {
        display: flex;
        align-items: baseline;
        gap: 8px;
        padding: 2px 0;
      }
      .number {
        flex: none;
        min-width: 17px;
        padding: 0 3px;
        border: 1px solid var(--muted);
        border-radius: 9px;
        color: var(--strong);
        font-size: calc(11px * var(--text-size, 1));
        font-weight: 600;
        text-align: center;
      }
      .text {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .text:hover {
        color: var(--strong);
      }
      .remove {
        color: var(--muted);
      }
      .remove:hover {
        color: var(--text);
      }
    `,
  ];

  override render() {
    const { notes } = this.dashboard;
    const all = notes.all.value;
    const removed = notes.removed.value.at(-1);
    if (all.length === 0 && removed === undefined) return nothing;
    return html`<div class="heading"><h2>Notes</h2><span class="context">${plural(all.length, 'note')}</span></div>
      <ul>
        ${repeat(
          all,
          ({ id }) => id,
          (note) => this.#entry(note),
        )}
        ${
          removed === undefined
            ? nothing
            : html`<li class="muted">
                <span class="text">removed: ${removed.text.slice(0, 40)}</span>
                <button class="quiet-button" @click=${() => void notes.bringBack(removed)}>Undo</button>
              </li>`
        }
      </ul>`;
  }

  #entry(note: NumberedNote) {
    const { dashboard } = this;
    const context = [placeWords(note.place), clockText(note.at, 1000), note.author ?? ''].filter(
      (word) => word !== '',
    );
    return html`<li>
      <span class="number">${note.number}</span>
      <button class="text" title="Show where and when" @click=${() => dashboard.showNote(note)}>
        ${note.text}
        <span class="context" title=${dateAndTime(note.at)}>${context.join(' · ')}</span>
      </button>
      <button
        class="remove"
        aria-label="Remove note ${note.number}"
        title="Remove"
        @click=${() => void dashboard.notes.remove(note)}
      >✕</button>
    </li>`;
  }
}

customElements.define('ew-note-list', NoteList);
