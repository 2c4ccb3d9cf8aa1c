import { css, html, nothing } from 'lit';
import type { Layer, Plan } from '../../../protocol/index.ts';
import { layerSubject, planMaps } from '../../model/maps/map-list.ts';
import {
  costWords,
  driftWords,
  gainWords,
  headlineWords,
  overLimitWords,
  pastWords,
  statusWords,
  stopWords,
} from '../../model/plan/plan-words.ts';
import { plural } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';
import './plan-budget.ts';
import './plan-export.ts';
import './plan-list.ts';
import './plan-tools.ts';
import './settled-curve.ts';

/** Where to scan again: folded the verdict and the list, open also budget, changes, sending, settled curve and history. */
export class PlanPanel extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex: none;
        flex-direction: column;
        gap: 8px;
      }
      .heading {
        gap: 7px;
      }
      .heading button {
        display: contents;
      }
      .heading h2:hover {
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      .heading kbd {
        margin-left: auto;
      }
      .verdict {
        color: var(--text);
        line-height: 1.35;
        text-wrap: pretty;
      }
      .stop {
        padding: 3px 8px;
        border-radius: 4px;
        background: var(--good-ground);
        color: var(--good);
      }
      .state {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 8px;
      }
      .accepted {
        color: var(--good);
      }
      .expired,
      .moved {
        color: var(--warn);
      }
      .state .quiet-button {
        padding: 0 7px;
        color: var(--text);
        font-size: calc(11px * var(--text-size, 1));
      }
      .small-tabs {
        flex-wrap: wrap;
        gap: 2px 8px;
      }
      .brief {
        max-height: 104px;
        overflow: auto;
      }
      .over {
        color: var(--bad);
      }
      .total span {
        white-space: nowrap;
      }
      .past li {
        padding: 2px 0;
      }
      .past ul {
        max-height: 84px;
        overflow: auto;
      }
    `,
  ];

  override render() {
    const { plan, model } = this.dashboard;
    const shown = plan.plan.value;
    const isOpen = plan.isOpen.value;
    if (shown === undefined)
      return isOpen ? [this.#heading('waiting for the first plan'), this.#waiting()] : nothing;
    const [rows, columns] = model.scan.value?.scan.shape ?? [1, 1];
    const cost = this.dashboard.planFigures.cost.value;
    const headline =
      cost === undefined
        ? ''
        : headlineWords(shown, cost, this.dashboard.planFigures.gain.value, rows * columns);
    return isOpen ? this.#open(shown, headline) : this.#folded(shown, headline);
  }

  #heading(context: string) {
    const { plan } = this.dashboard;
    const isOpen = plan.isOpen.value;
    return html`<div class="heading">
      <button
        aria-expanded=${isOpen}
        title=${isOpen ? 'Fold (P)' : 'Budget, changes, sending, history (P)'}
        @click=${() => plan.open(!isOpen)}
      ><h2>Where to scan again</h2><span class="context">${context}</span><kbd>P</kbd></button>
    </div>`;
  }

  #waiting() {
    return html`<p class="muted">The plan comes with the first model: until then nobody can tell which pixels are in doubt.</p>`;
  }

  #folded(shown: Plan, headline: string) {
    const { dashboard } = this;
    const empty = dashboard.plan.edits.regions.value.length === 0;
    return html`${this.#heading(headline)} ${this.#stop(shown)}
      ${shown.status === 'proposed' ? nothing : this.#state(shown)}
      ${this.#drift(shown)}
      ${empty ? html`<p class="muted">${shown.words}</p>` : html`<div class="brief"><ew-plan-list brief .dashboard=${dashboard}></ew-plan-list></div>`}`;
  }

  #open(shown: Plan, headline: string) {
    const { dashboard } = this;
    const cost = dashboard.planFigures.cost.value;
    const gain = dashboard.planFigures.gain.value;
    const over = overLimitWords(dashboard.planFigures.overLimit.value, shown);
    const empty = dashboard.plan.edits.regions.value.length === 0;
    return html`${this.#heading(headline)}
      ${shown.status === 'accepted' ? nothing : html`<p class="verdict" role="status">${shown.words}</p>`}
      ${this.#stop(shown)} ${this.#state(shown)} ${this.#drift(shown)}
      <ew-plan-budget .dashboard=${dashboard}></ew-plan-budget>
      ${this.#maps()}
      <ew-plan-list .dashboard=${dashboard}></ew-plan-list>
      ${
        empty || cost === undefined
          ? nothing
          : html`<div class="context total">
              ${costWords(cost).map((part) => html`<span>${part}</span> · `)}${gainWords(gain, dashboard.plan.edits.isEdited.value)} of
              ${plural(Math.round(shown.wrong), 'pixel')} expected to be wrong
            </div>`
      }
      ${over === undefined ? nothing : html`<div class="over" role="status">${over}</div>`}
      <ew-plan-tools .dashboard=${dashboard}></ew-plan-tools>
      ${dashboard.plan.isReadOnly.value ? nothing : html`<ew-plan-export .dashboard=${dashboard}></ew-plan-export>`}
      <ew-settled-curve .dashboard=${dashboard}></ew-settled-curve>
      ${this.#history(shown)}`;
  }

  #stop(shown: Plan) {
    const words = stopWords(shown);
    return words === undefined ? nothing : html`<p class="stop">${words}</p>`;
  }

  #drift(shown: Plan) {
    const words = driftWords(shown, this.dashboard.model.scan.value?.scan.pixelSizeNm);
    return words === undefined ? nothing : html`<p class="context">${words}</p>`;
  }

  #state(shown: Plan) {
    const { edits, isReadOnly } = this.dashboard.plan;
    const back = html`<button class="quiet-button" @click=${() => edits.discard()}>Show the proposal</button>`;
    if (isReadOnly.value)
      return html`<div class="state context">${statusWords(shown)} · to look at, not to change</div>`;
    if (edits.isEdited.value)
      return html`<div class="state context ${edits.hasMovedOn.value ? 'moved' : ''}">
        ${edits.hasMovedOn.value ? 'edited; the proposal has moved on' : 'edited; held as it is'} ${back}
      </div>`;
    return html`<div class="state context ${shown.status}">
      ${statusWords(shown)}${shown.status === 'proposed' ? ' · follows the scan' : ''}
    </div>`;
  }

  /** Buttons that show the value of a rescan and its terms as the large map. */
  #maps() {
    const { shown } = this.dashboard;
    const maps = planMaps(shown.maps.value);
    if (maps.length === 0) return nothing;
    return html`<div class="small-tabs" role="group" aria-label="Maps of the plan">
      <span class="muted">Maps</span>
      ${maps.map((layer) => this.#map(layer))}
    </div>`;
  }

  #map(layer: Layer) {
    const { dashboard } = this;
    const pressed = dashboard.shown.hero.value?.id === layer.id;
    return html`<button aria-pressed=${pressed} @click=${() => dashboard.setHero(layer.id)}>${layerSubject(layer)}</button>`;
  }

  #history(shown: Plan) {
    if (shown.history.length === 0) return nothing;
    return html`<div class="past">
      <div class="heading"><h2>Plans so far</h2><span class="context">${plural(shown.history.length, 'plan')} accepted</span></div>
      <ul>
        ${[...shown.history].reverse().map((past) => html`<li class="context">${pastWords(past)}</li>`)}
      </ul>
    </div>`;
  }
}

customElements.define('ew-plan-panel', PlanPanel);
