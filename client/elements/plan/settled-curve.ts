import { css, html, nothing, svg } from 'lit';
import type { FigureFrame } from '../../geometry/settled-figure.ts';
import { settledFigure } from '../../geometry/settled-figure.ts';
import { dwellWords, settledSentence, sharePercent } from '../../model/plan/plan-words.ts';
import { compact } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

const FRAME: FigureFrame = { width: 300, height: 92, left: 40, right: 8, top: 6, bottom: 30 };

/** How settled the maps are: labels expected to change against further dose. */
export class SettledCurve extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      svg {
        display: block;
        width: 100%;
        max-width: 320px;
        margin-top: 4px;
      }
      line {
        stroke: var(--hairline);
      }
      polyline {
        fill: none;
        stroke: var(--accent);
        stroke-width: 1.5;
      }
      circle {
        fill: var(--accent);
      }
      text {
        fill: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
    `,
  ];

  override render() {
    const shown = this.dashboard.plan.plan.value;
    const figure = shown && settledFigure(shown.settled.curve, FRAME);
    if (shown === undefined || figure === undefined) return nothing;
    const { width, height, left, right } = FRAME;
    const { remaining } = shown.settled;
    const context =
      remaining === undefined
        ? 'share of labels that would change'
        : `${sharePercent(remaining)} of labels change in the rest of the pass`;
    const floor = height - FRAME.bottom;
    return html`<div class="heading">
        <h2>How settled</h2>
        <span class="context">${context}</span>
      </div>
      <svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${settledSentence(shown)}>
        ${figure.ticksY.map(
          ({ y, value }) => svg`<line x1=${left} x2=${width - right} y1=${y} y2=${y}></line>
            <text x=${left - 5} y=${y + 3.5} text-anchor="end">${value === 0 ? '0' : sharePercent(value)}</text>`,
        )}
        ${figure.ticksX.map(
          ({ x, value }) => svg`<line x1=${x} x2=${x} y1=${floor} y2=${floor + 3}></line>
            <text x=${x} y=${floor + 13} text-anchor="middle">${compact(value)}</text>`,
        )}
        <text x=${(left + width - right) / 2} y=${height - 3} text-anchor="middle">further dwells (× first pass)</text>
        <polyline points=${figure.line}></polyline>
        ${figure.points.map(
          ({ x, y, dwells, changes }) =>
            svg`<circle cx=${x} cy=${y} r="2"><title>${`${dwellWords(dwells)}: ${sharePercent(changes)} of the labels change`}</title></circle>`,
        )}
      </svg>`;
  }
}

customElements.define('ew-settled-curve', SettledCurve);
