import { css, html, nothing } from 'lit';
import type { EdgeComparison } from '../../../protocol/index.ts';
import { identityOf, type ShownClass } from '../../color/class-colours.ts';
import type { Focus } from '../../model/selection.ts';
import { withSubscripts } from '../../model/words/class-names.ts';
import { sharePercent, signed } from '../../model/words/comparison-words.ts';
import { grouped } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { chipStyles, classChip } from '../classes/class-chip.ts';
import { CompareElement, edgeOfSide } from './compare-element.ts';
import { figureTableStyles } from './figure-table.ts';

/** Which class stands for which, and how far their mean spectra differ; a click isolates a pair in all maps. */
export class CompareClasses extends CompareElement {
  static override styles = [
    base,
    chipStyles,
    figureTableStyles,
    css`
      :host {
        display: block;
        min-height: 0;
        overflow: hidden auto;
      }
      .class {
        display: flex;
        align-items: center;
        gap: 6px;
        max-width: 96px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      th:nth-child(2),
      td:nth-child(2) {
        text-align: left;
      }
      tbody tr {
        cursor: pointer;
      }
      tbody tr:hover,
      tbody tr[data-marked] {
        background: var(--raised);
        color: var(--strong);
      }
      tbody tr:focus-visible {
        outline: 1px solid var(--accent);
      }
      tr[data-selected] {
        box-shadow: inset 0 0 0 1px var(--muted);
      }
      p {
        margin-top: 4px;
      }
    `,
  ];

  override render() {
    const edge = this.comparison.edge.value;
    if (edge === undefined) return nothing;
    const { matches, onlyA, onlyB } = edge.correspondence;
    return html`
      <div class="heading"><h2>${edge.edge} classes</h2><span class="context">mean spectra of B beside those of A</span></div>
      <table @pointerleave=${() => this.dashboard.selection.hoverClasses([])}>
        <thead>
          <tr>
            <th>A</th>
            <th>B</th>
            <th title="Pixels in both classes">pixels</th>
            <th title="Their share of A's class">of A</th>
            <th title="Their share of B's class">of B</th>
            <th title="Mean net counts of B over those of A, by least squares">B / A</th>
            <th title="What differs once that ratio is taken out: root mean square over that of B">shape</th>
            <th title="Energy by which B lies above A, with its standard deviation">shift, eV</th>
          </tr>
        </thead>
        <tbody>
          ${matches.map((match) => this.#row(edge, match.a, match.b))}
          ${onlyA.map((label) => this.#row(edge, label, undefined))}
          ${onlyB.map((label) => this.#row(edge, undefined, label))}
        </tbody>
      </table>
      ${edge.notes.map((note) => html`<p class="context">${note}</p>`)}
    `;
  }

  #row(edge: EdgeComparison, a: number | undefined, b: number | undefined) {
    const { selection } = this.dashboard;
    const [inA, inB] = [this.#classesOf(edge.edge, 'A'), this.#classesOf(edge.edge, 'B')];
    const focus: Focus = [
      ...(a === undefined ? [] : [{ edge: edgeOfSide(edge.edge, 'A'), identity: identityOf(inA, a) }]),
      ...(b === undefined ? [] : [{ edge: edgeOfSide(edge.edge, 'B'), identity: identityOf(inB, b) }]),
    ];
    const selected = JSON.stringify(selection.selectedFocus.value) === JSON.stringify(focus);
    return html`<tr
      tabindex="0"
      ?data-selected=${selected}
      ?data-marked=${this.#isMarked(edge.edge, a, b)}
      title="Click isolates ${a === undefined || b === undefined ? 'this class' : 'the pixels in both'} in all maps"
      @click=${() => selection.select(focus)}
      @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && selection.select(focus)}
      @pointerenter=${() => selection.hoverClasses(focus)}
    >
      <td>${this.#class(inA, a)}</td>
      <td>${this.#class(inB, b)}</td>
      ${a === undefined || b === undefined ? html`<td colspan="6" class="muted alone">no counterpart</td>` : this.#figures(edge, a, b)}
    </tr>`;
  }

  #figures({ correspondence, spectra }: EdgeComparison, a: number, b: number) {
    const match = correspondence.matches.find((one) => one.a === a);
    const difference = spectra.find((one) => one.a === a && one.b === b)?.difference;
    const { ratio, shapeRms, shift } = difference ?? {};
    return html`
      <td>${grouped(match?.pixels ?? 0)}</td>
      <td>${sharePercent(match?.shareOfA)}</td>
      <td>${sharePercent(match?.shareOfB)}</td>
      <td>${ratio === undefined ? '–' : ratio.toFixed(3)}</td>
      <td>${sharePercent(shapeRms)}</td>
      <td>${shift === undefined ? '–' : `${signed(shift.ev, 2)} ± ${shift.sigma.toFixed(2)}`}</td>
    `;
  }

  #class(classes: readonly ShownClass[], label: number | undefined) {
    if (label === undefined) return html`<span class="muted">–</span>`;
    const name = classes.find((one) => one.label === label)?.name;
    return html`<span class="class">${classChip(classes, label)}${name === undefined ? nothing : withSubscripts(name)}</span>`;
  }

  /** Whether the pixel under the pointer is of the class on either side. */
  #isMarked(edge: string, a: number | undefined, b: number | undefined): boolean {
    const pixel = this.dashboard.selection.markedPixel.value;
    if (pixel === undefined) return false;
    const labelIn = (side: 'A' | 'B') => this.dashboard.shownLabel(edgeOfSide(edge, side), pixel);
    return (a !== undefined && labelIn('A') === a) || (b !== undefined && labelIn('B') === b);
  }

  #classesOf(edge: string, side: 'A' | 'B'): readonly ShownClass[] {
    return this.dashboard.model.edges.value.get(edgeOfSide(edge, side))?.classes ?? [];
  }
}

customElements.define('ew-compare-classes', CompareClasses);
