import { signal } from '@preact/signals-core';
import type { PropertyValues } from 'lit';
import { css, html, nothing } from 'lit';
import type { ListedSession } from '../../model/recordings/session-list.ts';
import {
  dateAndTime,
  fileSize,
  notReplayable,
  shapeWords,
  statusWords,
} from '../../model/words/session-words.ts';
import { base } from '../../styles/base.ts';
import { dialogStyles } from '../../styles/dialog.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Longest name and note, characters. */
const MOST_NAME = 200;
const MOST_NOTE = 2000;

/** One recorded scan in the list: its class map, description and actions. */
export class SessionRow extends DashboardElement {
  static override properties = {
    ...DashboardElement.properties,
    listed: { attribute: false },
    current: { type: Boolean, reflect: true },
  };
  static override styles = [
    base,
    dialogStyles,
    css`
      :host {
        display: block;
        border-bottom: 1px solid var(--hairline);
      }
      .row {
        display: grid;
        grid-template-columns: 58px minmax(120px, 1fr) 132px 118px 92px 62px 264px;
        align-items: center;
        gap: 14px;
        min-height: 66px;
        padding: 4px 12px;
      }
      .row.gone {
        grid-template-columns: 58px 1fr max-content;
        min-height: 36px;
        color: var(--muted);
      }
      .row:hover,
      :host([current]) .row {
        background: var(--raised);
      }
      .row:focus-visible {
        outline-offset: -1px;
      }
      img,
      .no-map {
        width: 58px;
        height: 58px;
        object-fit: contain;
        image-rendering: pixelated;
      }
      .no-map {
        display: grid;
        place-items: center;
        border: 1px dashed var(--hairline);
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
      .name {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .name strong {
        color: var(--strong);
        font-weight: 500;
        font-size: calc(13px * var(--text-size, 1));
      }
      .note {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      .size {
        text-align: right;
      }
      .now {
        color: var(--accent);
      }
      .early {
        color: var(--warn);
      }
      .actions {
        display: flex;
        justify-content: end;
        gap: 5px;
        opacity: 0;
      }
      .row:hover .actions,
      :host([current]) .actions,
      :host(:focus-within) .actions {
        opacity: 1;
      }
      .quiet-button {
        padding: 2px 7px;
        font-size: calc(11px * var(--text-size, 1));
      }
      .quiet-button[aria-disabled='true'] {
        color: var(--muted);
        cursor: default;
      }
      .edit {
        width: 100%;
      }
    `,
  ];
  declare listed: ListedSession;
  /** The row has the focus. */
  declare current: boolean;

  readonly #editing = signal<'name' | 'note' | undefined>(undefined);
  readonly #noMap = signal(false);

  override render() {
    const { entry, deleted } = this.listed;
    if (deleted) return this.#gone();
    const focus = this.current ? 0 : -1;
    const map = this.#noMap.value || !entry.hasResults;
    const { sessions } = this.dashboard;
    return html`<div
      class="row"
      tabindex=${focus}
      aria-label=${this.#sentence()}
      @keydown=${this.#keys}
      @dblclick=${() => this.#open()}
    >
      ${
        map
          ? html`<span class="no-map">no map</span>`
          : html`<img
              src=${sessions.thumbnail(entry.id)}
              alt=""
              @error=${() => {
                this.#noMap.value = true;
              }}
            />`
      }
      <div class="name">${this.#name()}</div>
      <span>${dateAndTime(Date.parse(entry.created))}</span>
      <span title="rows × columns">${shapeWords(entry)}</span>
      <span class=${this.#tone()}>${statusWords(entry)}</span>
      <span class="size">${fileSize(entry.bytes)}</span>
      <div class="actions">${this.#actions(focus)}</div>
    </div>`;
  }

  /** Focuses the row's first control. */
  override focus(): void {
    const inside = '.row[tabindex], .gone button';
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(inside)?.focus());
  }

  /** The focused control disappears when a row is deleted or restored. */
  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get('listed');
    if (this.current && before !== undefined && before.deleted !== this.listed.deleted) this.focus();
  }

  #gone() {
    const { entry } = this.listed;
    return html`<div class="row gone">
      <span></span>
      <span>${entry.name} · ${dateAndTime(Date.parse(entry.created))} · deleted; for good once the monitor ends</span>
      <button class="quiet-button" @click=${() => void this.dashboard.sessions.restore(entry)}>Undo</button>
    </div>`;
  }

  #name() {
    const { entry } = this.listed;
    const editing = this.#editing.value;
    const marks = [...(entry.pinned ? ['pinned'] : []), ...(entry.scan.simulated ? ['simulated'] : [])];
    return html`${
      editing === 'name'
        ? this.#field('Name', entry.name, MOST_NAME)
        : html`<strong title=${`scan ${entry.scan.name}`}>${entry.name}</strong> <span class="context">${marks.join(' · ')}</span>`
    }
    ${
      editing === 'note'
        ? this.#field('Note', entry.note ?? '', MOST_NOTE)
        : entry.note
          ? html`<div class="note context" title=${entry.note}>${entry.note}</div>`
          : nothing
    }`;
  }

  #field(what: string, value: string, longest: number) {
    return html`<input class="edit" aria-label=${what} maxlength=${longest} .value=${value} @blur=${this.#keep} />`;
  }

  #actions(focus: number) {
    const { entry } = this.listed;
    const cannot = notReplayable(entry);
    const button = (text: string, title: string, run: () => void, disabled = false) =>
      html`<button
        class="quiet-button"
        tabindex=${focus}
        title=${title}
        aria-disabled=${disabled}
        @click=${run}
      >${text}</button>`;
    return [
      button('Open', cannot ?? 'Replay it (Enter)', () => this.#open(), cannot !== undefined),
      button('Rename', 'Without a name it is called as the scan (F2)', () => this.#edit('name')),
      button('Note', 'What is to be known of it (N)', () => this.#edit('note')),
      button(entry.pinned ? 'Unpin' : 'Pin', 'Pinned ones are never deleted by themselves (P)', () =>
        this.#pin(),
      ),
      button('Delete', 'Can be undone until this page is closed (Delete)', () => this.#delete()),
    ];
  }

  #tone(): string {
    const { recording, status } = this.listed.entry;
    if (recording) return 'now';
    return status === 'aborted' || status === 'open' ? 'early' : '';
  }

  #sentence(): string {
    const { entry } = this.listed;
    return `${entry.name}, ${dateAndTime(Date.parse(entry.created))}, ${shapeWords(entry)}, ${statusWords(entry)}, ${fileSize(entry.bytes)}`;
  }

  #open(): void {
    const { entry } = this.listed;
    if (notReplayable(entry) !== undefined || this.#editing.peek() !== undefined) return;
    this.dashboard.address.open(entry.id);
    this.dispatchEvent(new CustomEvent('opened'));
  }

  #edit(what: 'name' | 'note'): void {
    this.#editing.value = what;
    // At once, so that keys typed without a pause are not lost.
    this.performUpdate();
    const field = this.renderRoot.querySelector('input');
    field?.focus();
    field?.select();
  }

  #pin(): void {
    const { entry } = this.listed;
    void this.dashboard.sessions.change(entry, { pinned: !entry.pinned });
  }

  #delete(): void {
    void this.dashboard.sessions.remove(this.listed.entry);
  }

  readonly #keep = (): void => {
    const what = this.#editing.peek();
    const value = this.renderRoot.querySelector('input')?.value.trim();
    if (what === undefined || value === undefined) return;
    this.#editing.value = undefined;
    const { entry } = this.listed;
    if (value !== (entry[what] ?? '')) void this.dashboard.sessions.change(entry, { [what]: value });
  };

  readonly #keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.#editing.peek() !== undefined) {
      this.#editKeys(event);
      return;
    }
    const target = event.composedPath()[0];
    // A focused button handles Enter itself.
    if (event.key === 'Enter' && target instanceof HTMLButtonElement) return;
    const runs: Record<string, () => void> = {
      Enter: () => this.#open(),
      F2: () => this.#edit('name'),
      n: () => this.#edit('note'),
      p: () => this.#pin(),
      Delete: () => this.#delete(),
    };
    const run = runs[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (run === undefined) return;
    event.preventDefault();
    run();
  };

  /** While a text is edited, keys must neither close the dialog nor move the focus. */
  #editKeys(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    if (event.key === 'Escape') this.#editing.value = undefined;
    else this.#keep();
    this.focus();
  }
}

customElements.define('ew-session-row', SessionRow);
