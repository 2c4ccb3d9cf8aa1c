import { html, nothing } from 'lit';
import { colormapTable } from '../../../protocol/colormaps.ts';
import type { PairInformation } from '../../../protocol/index.ts';
import { ABSENT } from '../../../protocol/index.ts';
import { identityOf, labelCss } from '../../color/class-colours.ts';
import { inkOn } from '../../color/ink.ts';
import { tableColour } from '../../color/table-css.ts';
import { matrixValues } from '../../model/matrix-values.ts';
import type { Focus } from '../../model/selection.ts';
import { classMark } from '../../model/words/class-names.ts';
import { cellVerdict, informationContext, matrixSentence, withinChance } from '../../model/words/describe.ts';
import { shortPair } from '../../model/words/edge-names.ts';
import { edgeWaiting } from '../../model/words/empty-states.ts';
import { grouped, plural, twoDecimals } from '../../model/words/format.ts';
import { classWord, pairName } from '../../model/words/pair-names.ts';
import { base } from '../../styles/base.ts';
import { THEMES } from '../../styles/theme.ts';
import { DashboardElement } from '../dashboard-element.ts';
import { matrixStyles } from './matrix-styles.ts';

/** With more classes than this the cells are too narrow for figures. */
const READABLE_CLASSES = 9;
/** Most pairs shown as tabs; more are chosen from a list. */
const MOST_TABS = 3;

/** Class × class of a pair of edges: what each pair of classes adds to the mutual information. */
export class InformationMatrix extends DashboardElement {
  static override styles = [base, matrixStyles];

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
        ${this.#terms()}
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

  #terms() {
    const { view } = this.dashboard;
    return html`<div class="small-tabs" role="group" aria-label="What a cell shows">
      ${TERMS.map(
        ([term, title]) =>
          html`<button title=${title} aria-pressed=${view.matrixTerm.value === term} @click=${() => {
            view.matrixTerm.value = term;
          }}>${term}</button>`,
      )}
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
    const values = matrixValues(pair, view.matrixTerm.value);
    const extent = Math.max(1e-9, ...values.flat().map(Math.abs));
    const marked = selection.markedPixel.value;
    const [markedRow, markedColumn] = [pair.a, pair.b].map((edge) =>
      marked === undefined ? undefined : this.dashboard.shownLabel(edge, marked),
    );
    const figures = pair.columns.length <= READABLE_CLASSES;
    const template = `grid-template-columns: minmax(46px, max-content) repeat(${pair.columns.length}, minmax(0, 1fr))`;
    return html`
      <div class="grid" .style=${template} role="group" aria-label=${matrixSentence(pair)} @pointerleave=${() => selection.hoverClasses([])}>
        <span class="label axes" title=${`rows: ${pair.a}, columns: ${pair.b}`}>${pair.a}&thinsp;↓ ${pair.b}&thinsp;→</span>
        ${pair.columns.map((label) => this.#label(pair.b, label, 'column', label === markedColumn))}
        ${pair.rows.map(
          (row, i) => html`${this.#label(pair.a, row, 'row', row === markedRow)}
          ${pair.columns.map((column, j) => {
            const here = row === markedRow && column === markedColumn;
            return this.#cell(pair, i, j, { value: values[i][j], table, extent, figures, marked: here });
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
      return `${this.#words(pair, i, j)}: ${twoDecimals(pair.pointwise[i][j])} of ${twoDecimals(pair.mi)} nats · ${plural(pair.counts[i][j], 'pixel')} · ${cellVerdict(pair, i, j)}`;
    return `${twoDecimals(pair.miBothPresent)} nats where both are present · ${plural(pair.pixels, 'pixel')}`;
  }

  /** `SiO₂ (Si-L) × absent (C-K)`. */
  #words(pair: PairInformation, i: number, j: number): string {
    const classesOf = (edge: string) => this.dashboard.model.edges.value.get(edge)?.classes ?? [];
    return pairName(
      [pair.a, pair.b],
      [classWord(classesOf(pair.a), pair.rows[i]), classWord(classesOf(pair.b), pair.columns[j])],
    );
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
    const state = classes.find((one) => one.label === label);
    const mark = label === ABSENT ? 'abs' : state ? classMark(state) : String(label);
    return html`<button
      class="label ${kind}"
      aria-pressed=${pressed}
      title=${`${edge} ${classWord(classes, label)}`}
      aria-label=${`${edge} ${classWord(classes, label)}`}
      ?data-marked=${marked}
      @click=${() => selection.select(focus)}
      @pointerenter=${() => selection.hoverClasses(focus)}
      @pointerleave=${() => selection.hoverClasses([])}
    >
      <span><i .style=${`background:${colour}`}></i>${mark}</span>
    </button>`;
  }

  #cell(
    pair: PairInformation,
    i: number,
    j: number,
    {
      value,
      table,
      extent,
      figures,
      marked,
    }: { value: number; table: Uint8Array; extent: number; figures: boolean; marked: boolean },
  ) {
    const { selection } = this.dashboard;
    const empty = pair.counts[i][j] === 0;
    const focus: Focus = [
      { edge: pair.a, identity: this.#identity(pair.a, pair.rows[i]) },
      { edge: pair.b, identity: this.#identity(pair.b, pair.columns[j]) },
    ];
    const colour = tableColour(table, 0.5 + (0.5 * value) / extent);
    const style = empty ? '' : `background-color:${colour};color:${inkOn(colour)}`;
    const name = `${this.#words(pair, i, j)}: ${twoDecimals(value)} nats, ${plural(pair.counts[i][j], 'pixel')}, ${cellVerdict(pair, i, j)}`;
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
      ${empty ? '·' : figures ? html`<span>${twoDecimals(value)}</span>` : nothing}
    </button>`;
  }
}

/** Tooltip with further figures. */
function worthTitle({ ami, effectivePixels, conditional }: PairInformation): string {
  const thickness = conditional
    ? ` · ${twoDecimals(Math.max(0, conditional.corrected))} nats within equal thickness`
    : '';
  return `adjusted ${twoDecimals(ami)} · ${grouped(effectivePixels)} independent areas${thickness}`;
}

const TERMS = [
  ['share', 'What a pair of classes adds to the information, nats: the cells add up to it'],
  ['log ratio', 'How much more often than by chance the two occur together, ln, nats: as on the map'],
] as const;

const isSelected = (selected: Focus, focus: Focus): boolean =>
  selected.length === focus.length &&
  focus.every((id) => selected.some((one) => one.edge === id.edge && one.identity === id.identity));

customElements.define('ew-information-matrix', InformationMatrix);
