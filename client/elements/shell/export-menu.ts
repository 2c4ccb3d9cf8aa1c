import { css, html, nothing } from 'lit';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Formats as the server calls them, and what each is for. */
const FORMATS: readonly { format: string; file: string; holds: string }[] = [
  { format: 'hspy', file: '.hspy', holds: 'counts and maps for HyperSpy' },
  { format: 'zspy', file: '.zspy', holds: 'the same in parts, zipped' },
  { format: 'rpl', file: '.rpl', holds: 'counts as Ripple, zipped' },
  { format: 'csv', file: '.csv', holds: 'maps as tables, zipped' },
  { format: 'png', file: '.png', holds: 'pictures of the maps, zipped' },
];

/** Downloads of the scan on show, or of the recording that is replayed. */
export class ExportMenu extends DashboardElement {
  static override styles = [
    base,
    css`
      details {
        position: relative;
      }
      summary {
        list-style: none;
        cursor: pointer;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary:focus-visible,
      a:focus-visible {
        outline: 1px solid var(--accent);
        outline-offset: 2px;
      }
      ul {
        position: absolute;
        right: 0;
        top: calc(100% + 6px);
        z-index: 20;
        padding: 5px;
        border: 1px solid var(--hairline);
        border-radius: 5px;
        background: var(--raised);
      }
      a {
        display: grid;
        grid-template-columns: 42px auto;
        padding: 5px 9px;
        border-radius: 3px;
        color: var(--text);
        text-decoration: none;
        white-space: nowrap;
      }
      a:hover {
        background: var(--ground);
      }
    `,
  ];

  override render() {
    if (this.dashboard.model.scan.value === undefined) return nothing;
    const session = this.dashboard.model.player.value?.message.session;
    const place = session === undefined ? 'api/export' : `api/sessions/${encodeURIComponent(session)}/export`;
    const title = session === undefined ? 'Download the scan as it is now' : 'Download the recording';
    return html`<details @keydown=${this.#key} @focusout=${this.#leave}>
      <summary class="quiet-button" title=${title}>Export</summary>
      <ul>
        ${FORMATS.map(
          ({ format, file, holds }) =>
            html`<li><a href=${`${place}/${format}`} download @click=${this.#close}>
              <span>${file}</span><span class="muted">${holds}</span>
            </a></li>`,
        )}
      </ul>
    </details>`;
  }

  get #details(): HTMLDetailsElement | null {
    return this.renderRoot.querySelector('details');
  }

  readonly #close = (): void => this.#details?.removeAttribute('open');

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.#details?.open) return;
    this.#close();
    this.#details?.querySelector('summary')?.focus();
    event.stopPropagation();
  };

  /** Closed by going elsewhere, as menus are. */
  readonly #leave = (event: FocusEvent): void => {
    if (!(event.relatedTarget instanceof Node && this.#details?.contains(event.relatedTarget))) this.#close();
  };
}

customElements.define('ew-export-menu', ExportMenu);
