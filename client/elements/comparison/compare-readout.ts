import { css, html, nothing } from 'lit';
import { ABSENT } from '../../../protocol/index.ts';
import type { ShownClass } from '../../color/class-colours.ts';
import { rowAndColumn } from '../../geometry/scan-box.ts';
import type { LayerPlane } from '../../model/maps/layer-plane.ts';
import { withSubscripts } from '../../model/words/class-names.ts';
import { signed } from '../../model/words/comparison-words.ts';
import { compact } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { chipStyles, classChip } from '../classes/class-chip.ts';
import { CompareElement, edgeOfSide } from './compare-element.ts';

/** Values of both sides at the pixel under the pointer, or at the pinned one. */
export class CompareReadout extends CompareElement {
  static override styles = [
    base,
    chipStyles,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 20px;
        padding: 0 14px;
        border-top: 1px solid var(--hairline);
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
        white-space: nowrap;
        overflow: hidden;
      }
      .value {
        display: flex;
        align-items: center;
        gap: 6px;
        color: var(--text);
      }
      .spring {
        flex: 1;
      }
    `,
  ];

  override render() {
    const { selection, model } = this.dashboard;
    const pixel = selection.markedPixel.value;
    const shape = model.scan.value?.scan.shape;
    const hints = 'wheel zooms · drag pans · click pins · Shift + click isolates a class · T theme';
    if (pixel === undefined || shape === undefined)
      return html`<span>point at a map: the same pixel is marked in all three</span><span class="spring"></span><span>${hints}</span>`;
    const [row, column] = rowAndColumn(pixel, shape);
    return html`
      <span class="value">pixel (${row}, ${column})</span>
      ${this.#classes(pixel)}
      ${this.#values(pixel)}
      <span class="spring"></span><span>${hints}</span>
    `;
  }

  #classes(pixel: number) {
    const edge = this.comparison.edge.value?.edge;
    if (edge === undefined) return nothing;
    return (['A', 'B'] as const).map((side) => {
      const name = edgeOfSide(edge, side);
      const classes = this.dashboard.model.edges.value.get(name)?.classes ?? [];
      const label = this.dashboard.shownLabel(name, pixel);
      return html`<span class="value">${side} ${label === undefined ? '–' : classWords(classes, label)}</span>`;
    });
  }

  /** Of the map that is shown, where it has values. */
  #values(pixel: number) {
    const map = this.comparison.map.value;
    const planes = this.comparison.planes.value;
    if (map === undefined || planes === undefined || planes.a.layer.kind === 'labels') return nothing;
    const value = (plane: LayerPlane) => {
      void plane.version.value;
      return plane.data[pixel];
    };
    const text = `${map.name}: A ${compact(value(planes.a))}, B ${compact(value(planes.b))}`;
    const difference = value(planes.difference);
    return html`<span class="value">${text}, B − A ${Number.isNaN(difference) ? '–' : signed(difference)} ${map.units}</span>`;
  }
}

function classWords(classes: readonly ShownClass[], label: number) {
  if (label < ABSENT) return 'not measured';
  const name = classes.find((one) => one.label === label)?.name;
  const words = label === ABSENT ? 'absent' : name === undefined ? '' : withSubscripts(name);
  return html`${classChip(classes, label)} ${words}`;
}

customElements.define('ew-compare-readout', CompareReadout);
