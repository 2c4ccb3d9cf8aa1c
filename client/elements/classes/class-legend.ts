import { css, html, nothing } from 'lit';
import type { ClassState, EdgeState } from '../../../protocol/index.ts';
import { ABSENT, RELIABLE_AGREEMENT } from '../../../protocol/index.ts';
import { ABSENT_IDENTITY, type ShownClass } from '../../color/class-colours.ts';
import { eventWords } from '../../model/words/class-events.ts';
import { classTitle, verdictSentence, verdictText } from '../../model/words/class-names.ts';
import { percent, plural, short } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';
import { chipStyles, classChip } from './class-chip.ts';

/** Most classes in one column; more are listed in two. */
const MOST_IN_ONE_COLUMN = 6;

/** Label for screen readers: number, name, verdict. */
function classWords(one: ClassState): string {
  const verdict = verdictText(one);
  const name = one.name === undefined ? '' : `, ${classTitle(one)}`;
  return `class ${one.label}${name}${verdict === '' ? '' : `, ${verdict}`}`;
}

/** The classes of the edge in the embedding: number, colour, name, share; a click isolates one in all views. */
export class ClassLegend extends DashboardElement {
  static override styles = [
    base,
    chipStyles,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      @container (max-width: 300px) {
        .count {
          display: none;
        }
        .share {
          margin-left: auto;
        }
      }
      ul {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        column-gap: 14px;
      }
      button {
        display: flex;
        align-items: center;
        gap: 6px;
        width: 100%;
        padding: 1.5px 3px;
        border-radius: 2px;
        white-space: nowrap;
      }
      button:hover,
      button[data-marked] {
        background: var(--raised);
        color: var(--strong);
      }
      button[aria-pressed='true'] {
        box-shadow: inset 0 0 0 1px var(--muted);
      }
      .name {
        flex: 1;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .count,
      .verdict {
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
      .verdict {
        flex: 0 1000 auto;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      ul.named .count {
        display: none;
      }
      ul.named {
        grid-template-columns: minmax(0, 1fr);
      }
      ul.named.many {
        grid-template-columns: repeat(2, minmax(0, 1fr));
      }
      .graded {
        margin: 3px 3px 0;
        font-size: calc(11px * var(--text-size, 1));
      }
      .agreement {
        margin: 3px 3px 0;
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
      .agreement.low {
        color: var(--warn);
      }
      .share {
        min-width: 33px;
        text-align: right;
      }
    `,
  ];

  override render() {
    const { dashboard } = this;
    const state = dashboard.shown.edgeState.value;
    if (state === undefined || state.revision === 0) return html``;
    const marked = dashboard.selection.markedPixel.value;
    const label = marked === undefined ? undefined : dashboard.shownLabel(state.name, marked);
    const total = Math.max(1, state.present + state.absent);
    const named = state.classes.some(({ verdict }) => verdict !== undefined);
    const many = state.classes.length > MOST_IN_ONE_COLUMN;
    const rows = [
      ...state.classes.map((one) => this.#row(one, one.count / total, one.label === label)),
      this.#absent(state.absent, state.absent / total, label === ABSENT),
    ];
    return html`<ul
      class=${named ? (many ? 'named many' : 'named') : ''}
      aria-label="Classes of ${state.name}"
      @pointerleave=${() => dashboard.selection.hoverClasses([])}
    >${rows}</ul>${this.#graded(state)}${this.#agreement(state.agreement)}${this.#event(state)}`;
  }

  /** Note that the classes divide a continuum. */
  #graded({ graded, classes }: EdgeState) {
    if (!graded) return nothing;
    const cuts =
      classes.length > 1 ? ' The classes cut a continuum: their borders are a matter of choice.' : '';
    return html`<p
      class="graded"
      title="The spectra differ by more than their noise, but no gap was found between them.${cuts}"
    >graded, no separate groups</p>`;
  }

  /** How far the classes depend on the method. */
  #agreement(agreement: number | undefined) {
    if (agreement === undefined) return nothing;
    const low = agreement < RELIABLE_AGREEMENT;
    const text = `scores and embedding agree: ${agreement.toFixed(2)}`;
    return html`<p
      class=${low ? 'agreement low' : 'agreement'}
      title="Adjusted mutual information of the classes found in the scores and in the embedding, 1 for the same classes"
    >${low ? `⚠ ${text}, read the classes with care` : text}</p>`;
  }

  /** The last change of the classes. */
  #event({ events, classes, status }: EdgeState) {
    const last = events?.at(-1);
    if (last === undefined || status === 'final') return nothing;
    return html`<p class="agreement">${eventWords(last, classes)}</p>`;
  }

  #row(one: ShownClass, share: number, marked: boolean) {
    return this.#entry(
      one.colour,
      html`${classChip([one], one.label)}<span class="name">${classTitle(one)}</span><span class="verdict">${verdictText(one)}</span>`,
      classWords(one),
      one.count,
      share,
      marked,
      one.verdict === undefined ? '' : `${verdictSentence(one)}. `,
    );
  }

  #absent(count: number, share: number, marked: boolean) {
    const content = html`${classChip([], ABSENT)}<span class="name">absent</span>`;
    return this.#entry(ABSENT_IDENTITY, content, 'absent', count, share, marked);
  }

  #entry(
    identity: number,
    content: unknown,
    name: string,
    count: number,
    share: number,
    marked: boolean,
    tip = '',
  ) {
    const { selection } = this.dashboard;
    const edge = this.dashboard.shown.edge.value ?? '';
    const focus = [{ edge, identity }];
    const pressed = selection.selectedFocus.value.some((id) => id.edge === edge && id.identity === identity);
    return html`<li>
      <button
        aria-pressed=${pressed}
        aria-label=${`${edge} ${name}, ${plural(count, 'pixel')}, ${percent(share)}`}
        title=${`${tip}Click isolates this class in all views`}
        ?data-marked=${marked}
        @click=${() => selection.select(focus)}
        @pointerenter=${() => selection.hoverClasses(focus)}
        @pointerleave=${() => selection.hoverClasses([])}
      >
        ${content}<span class="count">${short(count)}</span><span class="share">${percent(share)}</span>
      </button>
    </li>`;
  }
}

customElements.define('ew-class-legend', ClassLegend);
