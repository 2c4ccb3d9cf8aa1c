import { signal } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ListedSession } from '../../model/recordings/session-list.ts';
import { plural } from '../../model/words/format.ts';
import { fileSize, notReplayable } from '../../model/words/session-words.ts';
import { base } from '../../styles/base.ts';
import { closeOutside, dialogStyles } from '../../styles/dialog.ts';
import { DashboardElement } from '../dashboard-element.ts';
import './session-row.ts';
import type { SessionRow } from './session-row.ts';

/** Interval at which the open list is loaded again, ms. */
const FOLLOW_MS = 5000;

/** List of the recorded scans: open, name, note, pin, delete. One row has the focus; arrow keys move it. */
export class SessionListDialog extends DashboardElement {
  static override styles = [
    base,
    dialogStyles,
    css`
      dialog {
        width: min(1080px, 94vw);
        max-height: 86vh;
        padding-bottom: 12px;
      }
      dialog[open] {
        display: flex;
        flex-direction: column;
      }
      .fault {
        padding-bottom: 8px;
      }
      .rows {
        min-height: 60px;
        margin: 0 -12px;
        overflow: auto;
      }
      .empty {
        display: grid;
        gap: 8px;
        padding: 34px 12px;
        color: var(--muted);
        text-align: center;
        text-wrap: balance;
      }
      .keys {
        display: flex;
        gap: 16px;
        padding-top: 10px;
      }
      p.unreadable {
        padding-top: 8px;
        color: var(--warn);
        font-size: calc(11px * var(--text-size, 1));
      }
    `,
  ];

  readonly #current = signal<string | undefined>(undefined);
  /** The list was opened, and no row has the focus yet. */
  #wantsKeys = false;

  override render() {
    const { sessions, view } = this.dashboard;
    const listed = sessions.listed.value ?? [];
    const open = view.sessionsOpen.value;
    return html`<dialog aria-labelledby="title" @click=${closeOutside}>
      <header>
        <h2 id="title">Recorded scans</h2>
        <span class="context">${this.#totals(listed)}</span>
        <button class="close" @click=${this.#close} aria-label="Close">✕</button>
      </header>
      ${sessions.problem.value === undefined ? nothing : html`<p class="fault" role="alert">${sessions.problem.value}</p>`}
      ${open ? this.#rows(listed) : nothing}
      ${sessions.unreadable.value.map((reason) => html`<p class="unreadable">cannot be read: ${reason}</p>`)}
      ${
        listed.length === 0
          ? nothing
          : html`<div class="keys context">
              <span><kbd>↑</kbd> <kbd>↓</kbd> choose</span><span><kbd>Enter</kbd> open</span>
              <span><kbd>F2</kbd> rename</span><span><kbd>N</kbd> note</span><span><kbd>P</kbd> pin</span>
              <span><kbd>Delete</kbd> delete</span>
            </div>`
      }
    </dialog>`;
  }

  #rows(listed: readonly ListedSession[]) {
    if (listed.length === 0)
      return html`<div class="empty">
        <p>No scan is recorded yet.</p>
        <p>
          Scans that are pushed to the monitor, or watched in a folder, are recorded here as they arrive, and can be
          replayed once they are.
        </p>
      </div>`;
    const current = this.#currentOf(listed);
    return html`<div class="rows" role="list" @keydown=${this.#keys}>
      ${repeat(
        listed,
        ({ entry }) => entry.id,
        (one) => html`<ew-session-row
          role="listitem"
          .dashboard=${this.dashboard}
          .listed=${one}
          .current=${one.entry.id === current}
          @focusin=${() => {
            this.#current.value = one.entry.id;
          }}
          @opened=${this.#close}
        ></ew-session-row>`,
      )}
    </div>`;
  }

  protected override started(): void {
    const { view, sessions } = this.dashboard;
    this.followOpen(view.sessionsOpen);
    this.follow(() => {
      if (!view.sessionsOpen.value) return;
      this.#wantsKeys = true;
      sessions.forgetProblem();
      void sessions.load();
    });
    const timer = setInterval(() => {
      if (view.sessionsOpen.peek()) void sessions.load();
    }, FOLLOW_MS);
    this.atEnd(() => clearInterval(timer));
  }

  protected override updated(): void {
    // The rows come after the dialog was opened, too late for the dialog to find what takes the focus.
    const row = this.#wantsKeys ? this.#rowOf(this.#currentOf(this.#listed)) : undefined;
    if (row === undefined) return;
    this.#wantsKeys = false;
    row.focus();
  }

  get #listed(): readonly ListedSession[] {
    return this.dashboard.sessions.listed.peek() ?? [];
  }

  /** The row with the focus: the chosen one, else the first that can be opened. */
  #currentOf(listed: readonly ListedSession[]): string | undefined {
    const chosen = listed.find(({ entry }) => entry.id === this.#current.value);
    return (chosen ?? listed.find(({ entry }) => notReplayable(entry) === undefined) ?? listed[0])?.entry.id;
  }

  #totals(listed: readonly ListedSession[]): string {
    const kept = listed.filter(({ deleted }) => !deleted);
    if (kept.length === 0) return '';
    const bytes = kept.reduce((sum, { entry }) => sum + entry.bytes, 0);
    return `${plural(kept.length, 'scan')} · ${fileSize(bytes)}`;
  }

  readonly #close = (): void => {
    this.dashboard.view.sessionsOpen.value = false;
  };

  readonly #keys = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const ids = this.#listed.map(({ entry }) => entry.id);
    const at = ids.indexOf(this.#currentOf(this.#listed) ?? '');
    const to = {
      ArrowUp: Math.max(0, at - 1),
      ArrowDown: Math.min(ids.length - 1, at + 1),
      Home: 0,
      End: ids.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#current.value = ids[to];
    this.#rowOf(ids[to])?.focus();
  };

  #rowOf(id: string | undefined): SessionRow | undefined {
    const rows = this.renderRoot.querySelectorAll<SessionRow>('ew-session-row');
    return [...rows].find(({ listed }) => listed.entry.id === id);
  }
}

customElements.define('ew-session-list', SessionListDialog);
