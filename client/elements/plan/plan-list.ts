import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Plan } from '../../../protocol/index.ts';
import { regionSeconds } from '../../model/plan/plan-costs.ts';
import type { ShownRegion } from '../../model/plan/plan-edits.ts';
import { LEAST_DWELLS, MOST_DWELLS } from '../../model/plan/plan-edits.ts';
import {
  dwellWords,
  gainWords,
  reasonWords,
  regionCost,
  regionPlace,
  regionStateMark,
  regionStateWords,
} from '../../model/plan/plan-words.ts';
import { compact } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** The unit of gains, which the head of their column says. */
const PIXELS = '\u2009px';

/**
 * The regions of the plan, a line each: number, reason, dwells, time and gain. The region of the line under the pointer is
 * highlighted on the maps.
 */
export class PlanList extends DashboardElement {
  static override properties = { ...DashboardElement.properties, brief: { type: Boolean, reflect: true } };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      .table {
        display: grid;
        grid-template-columns: 25px minmax(0, 1fr) auto auto auto;
        column-gap: 7px;
      }
      :host([brief]) .table {
        grid-template-columns: 25px minmax(0, 1fr) auto;
      }
      /* Figures are in columns; the reasons get the remaining width. */
      ul,
      li,
      .row,
      .titles {
        display: grid;
        grid-template-columns: subgrid;
        grid-column: 1 / -1;
      }
      .row,
      .titles {
        align-items: baseline;
        padding: 4px 5px 4px 0;
      }
      .titles {
        padding-block: 0 1px;
      }
      .row {
        border-top: 1px solid var(--hairline);
      }
      .figure {
        text-align: right;
        white-space: nowrap;
      }
      .number {
        margin-left: 5px;
        padding: 0 3px;
        border-radius: 3px;
        background: var(--raised);
        color: var(--strong);
        font-size: calc(11px * var(--text-size, 1));
        font-weight: 600;
        text-align: center;
      }
      .reason {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        line-height: 1.3;
      }
      :host([brief]) .reason {
        -webkit-line-clamp: 1;
      }
      .progress {
        display: block;
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
      }
      li[data-state='scanning'] .progress,
      li[data-state='scanned'] .progress,
      :host([brief]) li[data-state='scanned'] .figure {
        color: var(--good);
      }
      li[data-state='scanned'] .reason {
        color: var(--muted);
      }
      li[data-lit] .row {
        background: var(--raised);
      }
      li[data-lit] .number,
      li[data-selected] .number {
        background: var(--strong);
        color: var(--ground);
      }
      li[data-selected] .reason {
        display: block;
        color: var(--strong);
      }
      .more {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 12px;
        grid-column: 1 / -1;
        padding: 0 5px 6px 32px;
        background: var(--raised);
      }
      li[data-selected] .row {
        background: var(--raised);
      }
      /* In a narrow panel reasons are on a second line. */
      @container (max-width: 285px) {
        .titles span:nth-child(2) {
          display: none;
        }
        :host(:not([brief])) .table {
          grid-template-columns: 25px minmax(0, 1fr) auto auto;
        }
        :host(:not([brief])) .why {
          grid-column: 2 / -1;
        }
        :host(:not([brief])) .why + .figure {
          grid-column: 2;
        }
      }
      input {
        width: 58px;
        padding: 1px 4px;
        border: 1px solid var(--hairline);
        border-radius: 3px;
        background: var(--ground);
        color: var(--strong);
        font: inherit;
      }
      input:focus-visible {
        outline: 1px solid var(--accent);
      }
    `,
  ];
  /** Show number, reason and time only. */
  declare brief: boolean;

  override render() {
    const { plan } = this.dashboard;
    const shown = plan.plan.value;
    const regions = plan.edits.regions.value;
    if (shown === undefined || regions.length === 0) return nothing;
    const timed = regions.every((region) => regionSeconds(region, shown) !== undefined);
    return html`<div class="table">
      ${this.brief ? nothing : this.#titles(timed ? 'takes' : 'px · dwell')}
      <ul aria-label="Regions to scan again" @pointerleave=${() => plan.hoverRow(undefined)}>
        ${repeat(
          regions,
          ({ number }) => number,
          (region) => this.#entry(region, shown),
        )}
      </ul>
    </div>`;
  }

  #titles(cost: string) {
    return html`<div class="titles context" aria-hidden="true">
      <span></span><span></span>
      <span class="figure">dwells</span><span class="figure">${cost}</span><span class="figure">px right</span>
    </div>`;
  }

  #entry(region: ShownRegion, shown: Plan) {
    const { plan } = this.dashboard;
    const { number } = region;
    const selected = plan.selected.value === number;
    const reason = reasonWords(region, shown);
    const seconds = regionSeconds(region, shown);
    const cost = regionCost(region, seconds);
    const spoken = seconds === undefined ? `${cost} pixel-dwells` : cost;
    const gain = gainWords(this.dashboard.planFigures.gainOf(region), region.proposed === undefined);
    const state = region.proposed && regionStateWords(region.proposed);
    const mark = region.proposed && regionStateMark(region.proposed);
    return html`<li ?data-selected=${selected} ?data-lit=${plan.hovered.value === number} data-state=${region.proposed?.state ?? 'proposed'}>
      <button
        class="row"
        data-region=${number}
        aria-pressed=${selected}
        aria-label="Region ${number}: ${reason}; ${dwellWords(region.dwells)}, takes ${spoken}, puts right ${gain}${state === undefined ? '' : `; ${state}`}"
        title="${reason} · ${regionPlace(region)}${state === undefined ? '' : ` · ${state}`}"
        @click=${() => plan.select(selected ? undefined : number)}
        @pointerenter=${() => plan.hoverRow(number)}
        @focus=${() => plan.hoverRow(number)}
        @blur=${() => plan.hoverRow(undefined)}
      >
        <span class="number">${number}</span>
        <span class="why"
          ><span class="reason">${reason}</span>${
            this.brief || state === undefined ? nothing : html`<span class="progress">${state}</span>`
          }</span
        >
        ${
          this.brief
            ? html`<span class="figure">${mark ?? (seconds === undefined ? `${cost} px · dwell` : cost)}</span>`
            : html`<span class="figure">${compact(region.dwells)}</span><span class="figure">${cost}</span
              ><span class="figure">${gain.replace(PIXELS, '')}</span>`
        }
      </button>
      ${selected && !this.brief ? this.#more(region) : nothing}
    </li>`;
  }

  /** Details of the selected region: position, size, and exposure per pixel. */
  #more(region: ShownRegion) {
    const { plan } = this.dashboard;
    return html`<div class="more context">
      <span>${regionPlace(region)} · ${region.height} × ${region.width}</span>
      ${
        plan.canEdit.value
          ? html`<label
              >dwells
              <input
                type="number"
                min=${LEAST_DWELLS}
                max=${MOST_DWELLS}
                step="any"
                .value=${String(region.dwells)}
                aria-label="Dwells of region ${region.number}"
                @change=${(event: Event) => {
                  const input = event.target as HTMLInputElement;
                  plan.setDwells(region.number, input.valueAsNumber);
                  input.value = String(plan.edits.find(region.number)?.dwells ?? '');
                }}
            /></label>`
          : nothing
      }
    </div>`;
  }
}

customElements.define('ew-plan-list', PlanList);
