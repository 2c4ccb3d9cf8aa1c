import { css, html, nothing } from 'lit';
import type { ClassAgreement, EdgeComparison } from '../../../protocol/index.ts';
import { agreementFigure, sharePercent } from '../../model/words/comparison-words.ts';
import { grouped, percent } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { chipStyles, classChip } from '../classes/class-chip.ts';
import { CompareElement, edgeOfSide } from './compare-element.ts';
import { figureTableStyles } from './figure-table.ts';

/** How far the class maps agree, and how many pixels each pair of classes has in common. */
export class CompareAgreement extends CompareElement {
  static override styles = [
    base,
    chipStyles,
    figureTableStyles,
    css`
      :host {
        display: block;
        min-height: 0;
        overflow: auto;
      }
      .joint {
        margin-top: 8px;
      }
      .joint td,
      .joint th {
        padding: 1.5px 5px;
      }
      .joint td {
        min-width: 36px;
      }
      .joint td[data-none] {
        color: var(--muted);
      }
      p {
        margin-top: 3px;
      }
    `,
  ];

  override render() {
    const edge = this.comparison.edge.value;
    if (edge === undefined) return nothing;
    const { pixels, correspondence } = edge;
    const { a, b, both } = pixels.unmeasured;
    return html`
      <div class="heading"><h2>Agreement</h2><span class="context">1 for the same classes, 0 by chance</span></div>
      <table>
        <thead>
          <tr>
            <th></th>
            <th>pixels</th>
            <th title="Adjusted Rand index">ARI</th>
            <th title="Adjusted mutual information">AMI</th>
            <th title="Pixels whose classes stand for each other">matched</th>
          </tr>
        </thead>
        <tbody>
          ${agreementRow('all, absence a class', pixels.compared, edge.agreement, correspondence.shareWithAbsence)}
          ${agreementRow('present in both', pixels.presentInBoth, edge.agreementPresent, correspondence.share)}
        </tbody>
      </table>
      ${
        a + b + both > 0
          ? html`<p class="context">left out as not measured: ${grouped(a)} in A alone, ${grouped(b)} in B alone, ${grouped(both)} in both</p>`
          : nothing
      }
      ${this.#joint(edge)}
    `;
  }

  #joint({ edge, table, correspondence }: EdgeComparison) {
    const classesOf = (side: 'A' | 'B') =>
      this.dashboard.model.edges.value.get(edgeOfSide(edge, side))?.classes ?? [];
    const isMatch = (a: number, b: number) =>
      (a < 0 && b < 0) || correspondence.matches.some((match) => match.a === a && match.b === b);
    return html`<table class="joint" aria-label="Pixels by class of A and of B">
      <thead>
        <tr>
          <th>A ↓ B →</th>
          ${table.columns.map((label) => html`<th>${classChip(classesOf('B'), label)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${table.rows.map((row, i) => {
          const total = table.counts[i].reduce((sum, count) => sum + count, 0);
          return html`<tr>
            <td>${classChip(classesOf('A'), row)}</td>
            ${table.columns.map((column, j) => {
              const count = table.counts[i][j];
              const share = total > 0 ? count / total : 0;
              const tone = isMatch(row, column) ? 'var(--good)' : 'var(--warn)';
              return html`<td
                ?data-none=${count === 0}
                title="${percent(share)} of A's"
                .style=${`background:color-mix(in srgb, ${tone} ${Math.round(38 * share)}%, transparent)`}
              >${count === 0 ? '·' : grouped(count)}</td>`;
            })}
          </tr>`;
        })}
      </tbody>
    </table>`;
  }
}

const agreementRow = (
  name: string,
  pixels: number,
  agreement: ClassAgreement | undefined,
  share: number | undefined,
) => html`<tr>
  <td>${name}</td>
  <td>${grouped(pixels)}</td>
  <td>${agreementFigure(agreement, 'ari')}</td>
  <td>${agreementFigure(agreement, 'ami')}</td>
  <td>${sharePercent(share)}</td>
</tr>`;

customElements.define('ew-compare-agreement', CompareAgreement);
