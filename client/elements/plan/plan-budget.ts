import { css, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import type { PlanTerm } from '../../../protocol/index.ts';
import { PLAN_TERMS } from '../../../protocol/index.ts';
import type { BudgetUnit } from '../../model/plan/plan-budget.ts';
import { BUDGET_STOPS, inUnit, knownUnits, nearestStop, percentOf } from '../../model/plan/plan-budget.ts';
import { SLOW_MS } from '../../model/plan/plan-requests.ts';
import { TERM_WORDS, UNIT_WORDS } from '../../model/plan/plan-words.ts';
import { compact } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Controls for budget and terms of the plan; plans again while the slider moves. */
export class PlanBudgetControl extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: 5px;
      }
      .line {
        display: flex;
        align-items: center;
        gap: 8px;
        min-width: 0;
        white-space: nowrap;
      }
      .slider {
        flex: 1;
        min-width: 60px;
        height: 16px;
        margin: 0;
        accent-color: var(--accent);
      }
      .slider:focus-visible,
      .value:focus-visible {
        outline: 1px solid var(--accent);
        outline-offset: 2px;
      }
      .value {
        width: 52px;
        padding: 1px 4px;
        border: 1px solid var(--hairline);
        border-radius: 3px;
        background: var(--ground);
        color: var(--strong);
        font: inherit;
        text-align: right;
      }
      select {
        max-width: 106px;
        padding: 0;
        border: 0;
        background: var(--ground);
        color: var(--text);
        font: inherit;
      }
      .terms {
        flex-wrap: wrap;
        gap: 3px 12px;
      }
      label.term {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      input[type='checkbox'] {
        margin: 0;
        accent-color: var(--accent);
      }
      .slow {
        color: var(--warn);
      }
    `,
  ];

  override render() {
    const { plan } = this.dashboard;
    const shown = plan.plan.value;
    const request = plan.request.value;
    // An accepted plan does not change with the budget.
    if (shown === undefined || request === undefined || shown.status === 'accepted' || plan.isReadOnly.value)
      return nothing;
    const pixels = this.#pixels();
    const { budget } = request;
    const percent = percentOf(budget, shown, pixels) ?? 25;
    const units = knownUnits(shown, pixels);
    const took = plan.requests.tookMs.value;
    const slow = took !== undefined && took > SLOW_MS;
    return html`
      <div class="line">
        <label for="slider" class="muted">Budget</label>
        <input
          id="slider"
          class="slider"
          type="range"
          min="0"
          max=${BUDGET_STOPS.length - 1}
          step="1"
          .value=${live(String(nearestStop(percent)))}
          aria-valuetext="${compact(budget.value)} ${UNIT_WORDS[budget.unit]}"
          @input=${(event: Event) => this.#slide(event, budget.unit)}
        />
        <input
          class="value"
          type="number"
          min="0"
          step="any"
          aria-label="Budget"
          .value=${live(String(budget.value))}
          @change=${(event: Event) => this.#type(event, budget.unit)}
        />
        <select aria-label="Unit of the budget" @change=${(event: Event) => this.#choose(event, percent)}>
          ${units.map((unit) => html`<option value=${unit} ?selected=${unit === budget.unit}>${UNIT_WORDS[unit]}</option>`)}
        </select>
      </div>
      <div class="line terms" role="group" aria-label="What makes a pixel worth a rescan">
        ${PLAN_TERMS.map((term) => this.#term(term, request.terms.includes(term)))}
      </div>
      ${slow ? html`<div class="context slow" role="status">planning took ${(took / 1000).toFixed(1)} s</div>` : nothing}
    `;
  }

  #term(term: PlanTerm, on: boolean) {
    const { name, what } = TERM_WORDS[term];
    return html`<label class="term" title=${what}>
      <input
        type="checkbox"
        data-term=${term}
        .checked=${live(on)}
        @change=${(event: Event) => this.dashboard.plan.setTerm(term, (event.target as HTMLInputElement).checked)}
      />${name}</label
    >`;
  }

  #pixels(): number {
    const [rows, columns] = this.dashboard.model.scan.value?.scan.shape ?? [1, 1];
    return rows * columns;
  }

  #slide(event: Event, unit: BudgetUnit): void {
    const shown = this.dashboard.plan.plan.peek();
    const percent = BUDGET_STOPS[(event.target as HTMLInputElement).valueAsNumber];
    if (shown !== undefined) this.dashboard.plan.setBudget(inUnit(percent, unit, shown, this.#pixels()));
  }

  #type(event: Event, unit: BudgetUnit): void {
    const input = event.target as HTMLInputElement;
    const value = input.valueAsNumber;
    const before = this.dashboard.plan.request.peek()?.budget.value;
    if (value > 0) this.dashboard.plan.setBudget({ unit, value });
    else input.value = String(before ?? '');
  }

  #choose(event: Event, percent: number): void {
    const shown = this.dashboard.plan.plan.peek();
    const unit = (event.target as HTMLSelectElement).value as BudgetUnit;
    if (shown !== undefined) this.dashboard.plan.setBudget(inUnit(percent, unit, shown, this.#pixels()));
  }
}

customElements.define('ew-plan-budget', PlanBudgetControl);
