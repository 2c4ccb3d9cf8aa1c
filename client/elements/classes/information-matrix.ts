import { css, html, nothing } from 'lit';
import { colormapTable, parseColour } from '../../../protocol/colormaps.ts';
import type { PairInformation } from '../../../protocol/index.ts';
import { ABSENT } from '../../../protocol/index.ts';
import { identityOf, labelCss } from '../../color/class-colours.ts';
import { tableColour } from '../../color/table-css.ts';
import type { Focus } from '../../model/selection.ts';
import { cellVerdict, informationContext, matrixSentence, withinChance } from '../../model/words/describe.ts';
import { shortName, shortPair } from '../../model/words/edge-names.ts';
import { edgeWaiting } from '../../model/words/empty-states.ts';
import { grouped, plural, twoDecimals } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { THEMES } from '../../styles/theme.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Cells narrower than this hold no figure, CSS pixels. */
const READABLE_CLASSES = 9;
/** More pairs than this are chosen from a list. */
const MOST_TABS = 3;

/** Class × class of a pair of edges: what each pair of classes adds to the mutual information. */
export class InformationMatrix extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 6px;
        min-height: 0;
      }
      .grid {
        display: grid;
        gap: 2px;
        min-height: 0;
        font-size: 10.5px;
      }
      .label,
      .cell {
        display: grid;
        place-items: center;
        min-width: 0;
        min-height: clamp(17px, 2.4vh, 28px);
        padding: 0;
        border-radius: 1px;
        text-align: center;
      }
      .label {
        color: var(--muted);
        white-space: nowrap;
      }
      .label.row {
        justify-content: end;
        padding-right: 5px;
      }
      .label[data-marked] {
        color: var(--strong);
      }
      .label i {
        display: inline-block;
        width: 7px;
        height: 7px;
        margin-right: 4px;
        border-radius: 1px;
      }
      .cell {
        background: var(--raised);
        color: var(--muted);
      }
      /* Told by form, not by colour alone: what may be chance is hatched. */
      .cell[data-chance] {
        background-image: repeating-linear-gradient(
          -45deg,
          transparent 0 3px,
          color-mix(in srgb, var(--ground) 55%, transparent) 3px 5px
        );
      }
      .cell[data-marked] {
        box-shadow: 0 0 0 1px var(--strong);
      }
      .cell[aria-pressed='true'],
      .label[aria-pressed='true'] {
        box-shadow: 0 0 0 1.5px var(--accent);
      }
      .cell:hover {
        box-shadow: 0 0 0 1px var(--muted);
      }
      .empty {
        color: var(--muted);
      }
      select {
        padding: 0;
        border: 0;
        background: var(--ground);
        color: var(--strong);
        font: inherit;
      }
      .worth {
        margin-top: -4px;
        font-size: 11px;
        white-space: nowrap;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .readout {
        min-height: 15px;
        color: var(--muted);
        font-size: 11px;
        white-space: nowrap;
        overflow: hidden;
        text-overflow: ellipsis;
      }
    `,
  ];

  override render() {
    const { dashboard } = this;
    const name = dashboard.shown.pair.value;
    if (name === undefined) return nothing;
    const pair = dashboard.shown.information.value;
    const pairs = dashboard.shown.pairs.value;
    const [a, b] = name.split('~');
    return html`
      <div class="head">
        <div class="heading">
          <h2>Information</h2>
          ${this.#choice(pairs, name)}
        </div>
      </div>
      ${pair ? html`<p class="context worth" title=${worthTitle(pair)}>${informationContext(pair)}</p>` : nothing}
      ${pair === undefined ? this.#empty(a, b) : this.#matrix(pair)}
    `;
  }

  #choice(pairs: readonly string[], current: string) {
    const choose = (pair: string) => {
      this.dashboard.selection.hoverClasses([]);
      this.dashboard.view.pair.value = pair;
    };
    const names = this.dashboard.shown.edgeNames.value;
    if (pairs.length === 1) return html`<h2>${current.replace('~', ' × ')}</h2>`;
    if (pairs.length > MOST_TABS)
      return html`<select aria-label="Pair of edges" @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${pairs.map((pair) => html`<option value=${pair} ?selected=${pair === current}>${pair.replace('~', ' × ')}</option>`)}
      </select>`;
    return html`<div class="small-tabs" role="group" aria-label="Pair of edges">
      ${pairs.map((pair) => html`<button aria-pressed=${pair === current} @click=${() => choose(pair)}>${shortPair(pair, names)}</button>`)}
    </div>`;
  }

  #empty(a: string, b: string) {
    const { edges, progress } = this.dashboard.model;
    const reasons = [a, b].flatMap((edge) => {
      const reason = edgeWaiting(edges.value.get(edge), progress.value?.message);
      return reason === undefined ? [] : [`${edge}: ${reason}`];
    });
    return html`<p class="empty">${reasons[0] ?? 'waiting for the class maps of both edges'}</p>`;
  }

  #matrix(pair: PairInformation) {
    const { selection, view } = this.dashboard;
    const light = view.theme.value === 'light';
    const table = colormapTable('diverging', light);
    const extent = Math.max(1e-9, ...pair.pointwise.flat().map(Math.abs));
    const marked = selection.markedPixel.value;
    const [markedRow, markedColumn] = [pair.a, pair.b].map((edge) =>
      marked === undefined ? undefined : this.dashboard.shownLabel(edge, marked),
    );
    const figures = pair.columns.length <= READABLE_CLASSES;
    const template = `grid-template-columns: minmax(46px, max-content) repeat(${pair.columns.length}, minmax(0, 1fr))`;
    return html`
      <div class="grid" .style=${template} role="group" aria-label=${matrixSentence(pair)} @pointerleave=${() => selection.hoverClasses([])}>
        <span class="label"></span>
        ${pair.columns.map((label) => this.#label(pair.b, label, 'column', label === markedColumn))}
        ${pair.rows.map(
          (row, i) => html`${this.#label(pair.a, row, 'row', row === markedRow)}
          ${pair.columns.map((column, j) => {
            const here = row === markedRow && column === markedColumn;
            return this.#cell(pair, i, j, table, extent, figures, here);
          })}`,
        )}
      </div>
      <p class="readout">${this.#readout(pair)}</p>
    `;
  }

  #readout(pair: PairInformation): string {
    const focus = this.dashboard.selection.focus.value;
    const a = focus.find((id) => id.edge === pair.a);
    const b = focus.find((id) => id.edge === pair.b);
    const i =
      a === undefined ? -1 : pair.rows.findIndex((label) => this.#identity(pair.a, label) === a.identity);
    const j =
      b === undefined ? -1 : pair.columns.findIndex((label) => this.#identity(pair.b, label) === b.identity);
    if (i >= 0 && j >= 0)
      return `${pair.a} ${word(pair.rows[i])} with ${pair.b} ${word(pair.columns[j])}: ${twoDecimals(pair.pointwise[i][j])} nats · ${plural(pair.counts[i][j], 'pixel')} · ${cellVerdict(pair, i, j)}`;
    return `${twoDecimals(pair.miBothPresent)} nats where both are present · ${plural(pair.pixels, 'pixel')}`;
  }

  #identity(edge: string, label: number): number {
    return identityOf(this.dashboard.model.edges.value.get(edge)?.classes ?? [], label);
  }

  #label(edge: string, label: number, kind: 'row' | 'column', marked: boolean) {
    const { selection, model, view } = this.dashboard;
    const classes = model.edges.value.get(edge)?.classes ?? [];
    const colour = labelCss(classes, label, THEMES[view.theme.value].hairline);
    const focus: Focus = [{ edge, identity: this.#identity(edge, label) }];
    const pressed =
      selection.selectedFocus.value.length === 1 && isSelected(selection.selectedFocus.value, focus);
    const short = shortName(edge, this.dashboard.shown.edgeNames.value);
    return html`<button
      class="label ${kind}"
      aria-pressed=${pressed}
      aria-label=${`${edge} ${word(label)}`}
      ?data-marked=${marked}
      @click=${() => selection.select(focus)}
      @pointerenter=${() => selection.hoverClasses(focus)}
      @pointerleave=${() => selection.hoverClasses([])}
    >
      <span><i .style=${`background:${colour}`}></i>${kind === 'row' ? `${short} ` : ''}${label === ABSENT ? 'abs' : label}</span>
    </button>`;
  }

  #cell(
    pair: PairInformation,
    i: number,
    j: number,
    table: Uint8Array,
    extent: number,
    figures: boolean,
    marked: boolean,
  ) {
    const { selection } = this.dashboard;
    const value = pair.pointwise[i][j];
    const empty = pair.counts[i][j] === 0;
    const focus: Focus = [
      { edge: pair.a, identity: this.#identity(pair.a, pair.rows[i]) },
      { edge: pair.b, identity: this.#identity(pair.b, pair.columns[j]) },
    ];
    const colour = tableColour(table, 0.5 + (0.5 * value) / extent);
    const style = empty ? '' : `background-color:${colour};color:${inkOn(colour)}`;
    const name = `${pair.a} ${word(pair.rows[i])} with ${pair.b} ${word(pair.columns[j])}: ${twoDecimals(value)} nats, ${plural(pair.counts[i][j], 'pixel')}, ${cellVerdict(pair, i, j)}`;
    return html`<button
      class="cell"
      .style=${style}
      aria-label=${name}
      aria-pressed=${isSelected(selection.selectedFocus.value, focus)}
      ?data-marked=${marked}
      ?data-chance=${!empty && withinChance(pair, i, j)}
      data-pair=${`${pair.rows[i]},${pair.columns[j]}`}
      @click=${() => selection.select(focus)}
      @pointerenter=${() => selection.hoverClasses(focus)}
      @pointerleave=${() => selection.hoverClasses([])}
    >
      ${empty ? '·' : figures ? twoDecimals(value) : nothing}
    </button>`;
  }
}

/** The finer figures, for those who rest on them. */
function worthTitle({ ami, effectivePixels, conditional }: PairInformation): string {
  const thickness = conditional
    ? ` · ${twoDecimals(Math.max(0, conditional.corrected))} nats within equal thickness`
    : '';
  return `adjusted ${twoDecimals(ami)} · ${grouped(effectivePixels)} independent areas${thickness}`;
}

const word = (label: number): string => (label === ABSENT ? 'absent' : `class ${label}`);

const isSelected = (selected: Focus, focus: Focus): boolean =>
  selected.length === focus.length &&
  focus.every((id) => selected.some((one) => one.edge === id.edge && one.identity === id.identity));

/** Black or white, whichever is read better on a colour (relative luminance, WCAG 2). */
function inkOn(colour: string): string {
  const [r, g, b] = parseColour(colour).map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#0b0e12' : '#f3f6f9';
}

customElements.define('ew-information-matrix', InformationMatrix);
