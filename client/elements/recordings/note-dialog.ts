import { signal } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import type { AnnotationPlace } from '../../../protocol/index.ts';
import { MOST_ANNOTATION_TEXT, MOST_AUTHOR_TEXT } from '../../../protocol/index.ts';
import { placeWords } from '../../model/recordings/notes.ts';
import { base } from '../../styles/base.ts';
import { closeOutside, dialogStyles } from '../../styles/dialog.ts';
import { DashboardElement } from '../dashboard-element.ts';

const AUTHOR_KEY = 'eelwatch.author';

/** A note about the pinned pixel, the part of the maps that is zoomed in on, or the moment. */
export class NoteDialog extends DashboardElement {
  static override styles = [
    base,
    dialogStyles,
    css`
      dialog {
        width: 440px;
      }
      form {
        display: grid;
        gap: 10px;
      }
      label {
        display: grid;
        gap: 3px;
        color: var(--muted);
      }
      textarea {
        height: 74px;
        resize: vertical;
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        margin: 0;
        padding: 0;
        border: 0;
      }
      fieldset label {
        display: flex;
        align-items: center;
        gap: 5px;
        color: var(--text);
      }
      input[type='radio'] {
        margin: 0;
        accent-color: var(--accent);
      }
      footer {
        display: flex;
        align-items: center;
        justify-content: end;
        gap: 10px;
      }
      .fault {
        flex: 1;
      }
    `,
  ];

  readonly #places = signal<readonly (AnnotationPlace | undefined)[]>([undefined]);
  readonly #chosen = signal(0);
  readonly #fault = signal<string | undefined>(undefined);

  override render() {
    const { model } = this.dashboard;
    const places = this.#places.value;
    const moment = model.player.value === undefined ? 'this moment' : 'the moment on show';
    return html`<dialog aria-labelledby="title" @click=${closeOutside}>
      <header>
        <h2 id="title">Note</h2>
        <button class="close" aria-label="Close" @click=${() => this.#close()}>✕</button>
      </header>
      <form @submit=${this.#submit} @keydown=${this.#keys}>
        <textarea aria-label="Text" maxlength=${MOST_ANNOTATION_TEXT} required autofocus></textarea>
        <fieldset aria-label="About">
          ${places.map(
            (place, index) => html`<label>
              <input
                type="radio"
                name="place"
                .checked=${live(index === this.#chosen.value)}
                @change=${() => {
                  this.#chosen.value = index;
                }}
              />${place?.kind === 'region' ? `part in view: ${placeWords(place)}` : placeWords(place) || moment}
            </label>`,
          )}
        </fieldset>
        <label>Author, if you like
          <input name="author" autocomplete="off" maxlength=${MOST_AUTHOR_TEXT} />
        </label>
        <footer>
          ${this.#fault.value ? html`<span class="fault" role="alert">${this.#fault.value}</span>` : nothing}
          <span class="context">Ctrl + Enter</span>
          <button class="quiet-button">Keep note</button>
        </footer>
      </form>
    </dialog>`;
  }

  protected override started(): void {
    const { view } = this.dashboard;
    this.follow(() => {
      if (view.noteOpen.value) this.#begin();
    });
    this.followOpen(view.noteOpen);
  }

  #begin(): void {
    this.#places.value = [...this.dashboard.placesInView(), undefined];
    this.#chosen.value = 0;
    this.#fault.value = undefined;
    this.renderRoot.querySelector('form')?.reset();
    const author = this.renderRoot.querySelector<HTMLInputElement>('input[name=author]');
    if (author !== null) author.value = rememberedAuthor();
  }

  #close(): void {
    this.dashboard.view.noteOpen.value = false;
  }

  readonly #keys = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
      (event.currentTarget as HTMLFormElement).requestSubmit();
  };

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = form.querySelector('textarea')?.value.trim() ?? '';
    const author = form.querySelector<HTMLInputElement>('input[name=author]')?.value.trim() ?? '';
    if (text === '') return;
    rememberAuthor(author);
    void this.dashboard.notes.add(text, author, this.#places.peek()[this.#chosen.peek()]).then((fault) => {
      if (fault === undefined) this.#close();
      else this.#fault.value = fault;
    });
  };
}

function rememberedAuthor(): string {
  try {
    return localStorage.getItem(AUTHOR_KEY) ?? '';
  } catch {
    return '';
  }
}

function rememberAuthor(author: string): void {
  try {
    localStorage.setItem(AUTHOR_KEY, author);
  } catch {
    // Storage is forbidden: the author's name is not kept.
  }
}

customElements.define('ew-note-dialog', NoteDialog);
