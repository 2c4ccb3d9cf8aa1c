import { css, html, nothing } from 'lit';
import { colormapTable } from '../../../protocol/colormaps.ts';
import type { Layer } from '../../../protocol/index.ts';
import { tableColour } from '../../color/table-css.ts';
import type { LayerPlane } from '../../model/maps/layer-plane.ts';
import { agreementWords } from '../../model/words/comparison-words.ts';
import { mapContext } from '../../model/words/describe.ts';
import { base } from '../../styles/base.ts';
import '../maps/colour-bar.ts';
import { CompareElement } from './compare-element.ts';
import '../maps/scan-map.ts';

/** What the shades of a change of class stand for. */
const CHANGES: readonly (readonly [number, string])[] = [
  [0, 'same class, or absent in both'],
  [0.5, 'present in one alone'],
  [1, 'another class'],
];

/** Three maps with a common pointer: A, the difference, and B. */
export class CompareMaps extends CompareElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 14px;
        min-height: 0;
      }
      section {
        display: flex;
        flex-direction: column;
        gap: 5px;
        min-width: 0;
        min-height: 0;
      }
      ew-scan-map {
        flex: 1;
      }
      .foot {
        display: flex;
        align-items: center;
        gap: 12px;
        height: 14px;
        overflow: hidden;
        white-space: nowrap;
      }
      ew-colour-bar {
        flex: 1;
      }
      i {
        display: inline-block;
        width: 9px;
        height: 9px;
        margin-right: 5px;
        border: 1px solid var(--hairline);
        border-radius: 1px;
      }
    `,
  ];

  override render() {
    const map = this.comparison.map.value;
    const planes = this.comparison.planes.value;
    if (map === undefined || planes === undefined) return nothing;
    const isClasses = planes.a.layer.kind === 'labels';
    const context = (plane: LayerPlane) => (isClasses ? this.#classes(plane.layer) : map.units);
    const agreement = agreementWords(this.comparison.edge.value?.agreement);
    return html`
      ${this.#map(planes.a, 'A', context(planes.a))}
      ${this.#map(planes.difference, isClasses ? 'Change' : 'B − A', isClasses ? agreement : map.units)}
      ${this.#map(planes.b, 'B', context(planes.b))}
    `;
  }

  #map({ layer }: LayerPlane, title: string, context: string) {
    const { dashboard, pictures } = this;
    return html`<section aria-label=${layer.name}>
      <div class="heading" title=${context}><strong>${title}</strong><span class="context">${context}</span></div>
      <ew-scan-map hero plain .dashboard=${dashboard} .pictures=${pictures} .layer=${layer}></ew-scan-map>
      <div class="foot context">${this.#foot(layer)}</div>
    </section>`;
  }

  #classes(layer: Layer): string {
    return mapContext(layer, this.dashboard.model.edges.value);
  }

  #foot(layer: Layer) {
    if (layer.kind === 'labels') return 'one colour for classes that stand for each other';
    if (layer.kind !== 'change')
      return html`<ew-colour-bar .dashboard=${this.dashboard} .layer=${layer}></ew-colour-bar>`;
    const table = colormapTable('change', this.dashboard.view.theme.value === 'light');
    return CHANGES.map(
      ([value, words]) =>
        html`<span><i .style=${`background:${tableColour(table, value)}`}></i>${words}</span>`,
    );
  }
}

customElements.define('ew-compare-maps', CompareMaps);
