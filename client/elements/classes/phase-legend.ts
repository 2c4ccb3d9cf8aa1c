import { css, html, nothing } from 'lit';
import type { Phase } from '../../../protocol/index.ts';
import { rowAndColumn } from '../../geometry/scan-box.ts';
import { withSubscripts } from '../../model/words/class-names.ts';
import { percent } from '../../model/words/format.ts';
import { areaWords, namedBy, phaseDetails, phaseSentence, whyWords } from '../../model/words/phase-words.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';
import { chipStyles, classChip } from './class-chip.ts';

/** The phases that the classes of all edges say together: area, thickness, regions, and which edges confirm them. */
export class PhaseLegend extends DashboardElement {
  static override styles = [
    base,
    chipStyles,
    css`
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 0 8px;
        align-items: baseline;
        padding: 2px 3px;
      }
      li[data-marked] {
        background: var(--raised);
      }
      .name {
        color: var(--strong);
        font-weight: 500;
      }
      small {
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
        font-weight: 400;
      }
      .details {
        grid-column: 2 / -1;
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
      .why {
        min-height: calc(32px * var(--text-size, 1));
        margin: 4px 3px 0;
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
    `,
  ];

  override render() {
    const { model, selection } = this.dashboard;
    const table = model.phases.value;
    if (table === undefined) return nothing;
    const marked = selection.markedPixel.value;
    const plane = this.dashboard.planeOf('phases');
    void plane?.version.value;
    const number = marked === undefined ? undefined : plane?.data[marked];
    const measured = Math.max(1, table.pixels);
    return html`<ul aria-label="Phases">
        ${table.phases.map((phase) => this.#phase(phase, phase.number === number))}
        <li ?data-marked=${number === -1}>
          ${classChip([], -1)}<span>no edge present</span><span>${percent(table.absent / measured)}</span>
        </li>
      </ul>
      <p class="why">${this.#why(marked, number)}</p>`;
  }

  #phase(phase: Phase, marked: boolean) {
    const classes = this.dashboard.model.phaseClasses.value;
    return html`<li ?data-marked=${marked} title=${phaseSentence(phase)}>
      ${classChip(classes, phase.number)}<span class="name">${withSubscripts(phase.name)} <small>${namedBy(phase)}</small></span
      ><span>${areaWords(phase)}</span>
      <span class="details">${phaseDetails(phase)}</span>
    </li>`;
  }

  /** Why the selected pixel belongs to its phase. */
  #why(pixel: number | undefined, number: number | undefined): string {
    const { model, shown } = this.dashboard;
    const shape = model.scan.value?.scan.shape;
    if (pixel === undefined || shape === undefined || number === undefined || number < -1)
      return 'Areas are shares of the pixels in which an edge is present. Point at a pixel to see what each edge says.';
    const phase = model.phases.value?.phases.find((one) => one.number === number)?.name;
    const why = whyWords(
      shown.edgeNames.value,
      (edge) => this.dashboard.labelAt(edge, pixel),
      (edge) => model.classesOf(edge),
    );
    return `Pixel (${rowAndColumn(pixel, shape).join(', ')})${phase === undefined ? '' : ` ${withSubscripts(phase)}`}: ${why}`;
  }
}

customElements.define('ew-phase-legend', PhaseLegend);
