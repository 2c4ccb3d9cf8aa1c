import { css, html, nothing } from 'lit';
import type { ComparedSide } from '../../../protocol/index.ts';
import { scanBox } from '../../geometry/scan-box.ts';
import { listenForShortcuts, MAP_SHORTCUTS } from '../../interaction/shortcuts.ts';
import { CLASSES } from '../../model/comparison/comparison-view.ts';
import { comparisonNotes, differenceWords, sideWords } from '../../model/words/comparison-words.ts';
import { base } from '../../styles/base.ts';
import { applyTheme } from '../../styles/theme.ts';
import '../shell/alert-list.ts';
import './compare-agreement.ts';
import './compare-classes.ts';
import { CompareElement } from './compare-element.ts';
import './compare-maps.ts';
import './compare-readout.ts';
import './compare-spectra.ts';

/** Page that compares two analyses: their names, three maps, and the figures below. */
export class ComparePage extends CompareElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template: auto minmax(0, 1fr) 29px / minmax(0, 1fr);
        height: 100%;
        background: var(--ground);
      }
      header {
        display: flex;
        align-items: center;
        gap: 18px;
        min-height: 43px;
        padding: 0 14px;
        border-bottom: 1px solid var(--hairline);
        white-space: nowrap;
      }
      .product {
        color: var(--strong);
        font-size: calc(13.5px * var(--text-size, 1));
        font-weight: 650;
      }
      .side {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .side b {
        color: var(--strong);
        font-weight: 600;
      }
      .chip {
        padding: 3px 9px;
        border-radius: 9px;
        background: var(--warn-ground);
        color: var(--warn);
        font-weight: 500;
      }
      .spring {
        flex: 1;
      }
      main {
        display: grid;
        /* Flat scans need less height: the figures get the rest. */
        grid-template-rows: auto auto minmax(0, max(150px, calc(33vw / var(--aspect, 1) + 46px))) minmax(
            clamp(210px, 30vh, 340px),
            1fr
          );
        min-height: 0;
        padding: 0 14px 8px;
      }
      main[data-whole] {
        grid-template-rows: auto auto minmax(0, 1fr);
      }
      nav {
        display: flex;
        align-items: baseline;
        gap: 26px;
        border-bottom: 1px solid var(--hairline);
      }
      nav .tabs {
        gap: 16px;
        font-size: calc(12.5px * var(--text-size, 1));
      }
      .difference {
        min-width: 0;
        margin-left: auto;
        overflow: hidden;
        font-size: calc(11.5px * var(--text-size, 1));
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .difference b {
        margin-right: 6px;
        color: var(--strong);
        font-weight: 600;
      }
      .notes {
        display: flex;
        flex-wrap: wrap;
        gap: 0 18px;
        padding-top: 5px;
        color: var(--warn);
        font-size: calc(11px * var(--text-size, 1));
      }
      ew-compare-maps {
        padding-top: 8px;
      }
      .figures {
        display: grid;
        grid-template-columns: auto auto minmax(280px, 1fr);
        gap: 26px;
        min-height: 0;
        margin-top: 10px;
        padding-top: 9px;
        border-top: 1px solid var(--hairline);
      }
      .waiting {
        display: grid;
        place-items: center;
        color: var(--muted);
      }
    `,
  ];

  override render() {
    const { dashboard, pictures, comparison } = this;
    const found = comparison.comparison.value;
    if (found === undefined)
      return html`<div></div><div class="waiting">${comparison.problem.value ?? 'reading the comparison'}</div>`;
    const notes = comparisonNotes(found);
    return html`
      <header>
        <span class="product">eelwatch</span>
        ${this.#side('A', found.a)} ${this.#side('B', found.b)}
        <span class="spring"></span>
        ${found.a.scan.simulated || found.b.scan.simulated ? html`<span class="chip">simulated</span>` : nothing}
      </header>
      <main ?data-whole=${comparison.edge.value === undefined}>
        <nav>${this.#tabs()} ${this.#mapTabs()} ${this.#difference()}</nav>
        <div class="notes" role="note">${notes.map((note) => html`<span>${note}</span>`)}</div>
        <ew-compare-maps .dashboard=${dashboard} .pictures=${pictures} .comparison=${comparison}></ew-compare-maps>
        ${
          comparison.edge.value === undefined
            ? nothing
            : html`<div class="figures">
              <ew-compare-classes .dashboard=${dashboard} .comparison=${comparison}></ew-compare-classes>
              <ew-compare-agreement .dashboard=${dashboard} .comparison=${comparison}></ew-compare-agreement>
              <ew-compare-spectra .dashboard=${dashboard} .comparison=${comparison}></ew-compare-spectra>
            </div>`
        }
      </main>
      <ew-compare-readout .dashboard=${dashboard} .comparison=${comparison}></ew-compare-readout>
      <ew-alert-list .dashboard=${dashboard} .pictures=${pictures}></ew-alert-list>
    `;
  }

  #side(name: string, side: ComparedSide) {
    return html`<span class="side" title="${side.path}, ${side.how}"
      ><b>${name}</b> ${side.scan.name} <span class="muted">${sideWords(side)}</span></span
    >`;
  }

  #tabs() {
    const { tabs, tab, chosenTab } = this.comparison;
    return html`<div class="tabs" role="tablist" aria-label="Edge">
      ${tabs.value.map(
        (name) =>
          html`<button
            role="tab"
            aria-selected=${name === tab.value}
            @click=${() => {
              chosenTab.value = name;
            }}
          >${name}</button>`,
      )}
    </div>`;
  }

  #mapTabs() {
    const { maps, map, chosenMap } = this.comparison;
    return html`<div class="small-tabs" role="group" aria-label="Map">
      ${maps.value.map(
        ({ name }) =>
          html`<button
            aria-pressed=${name === map.value?.name}
            @click=${() => {
              chosenMap.value = name;
            }}
          >${name}</button>`,
      )}
    </div>`;
  }

  /** What differs between the maps that are shown. */
  #difference() {
    const map = this.comparison.map.value;
    const shape = this.dashboard.model.scan.value?.scan.shape;
    if (map === undefined || shape === undefined || map.name === CLASSES) return nothing;
    return html`<span class="difference"
      ><b>B − A</b> <span class="muted">${map.units}:</span> ${differenceWords(map.difference, shape[1])}</span
    >`;
  }

  protected override started(): void {
    const { dashboard } = this;
    this.atEnd(listenForShortcuts(dashboard, MAP_SHORTCUTS));
    this.follow(() => applyTheme(document.documentElement, dashboard.view.theme.value));
    this.follow(() => {
      const box = scanBox(dashboard.model.scan.value?.scan.shape ?? [1, 1]);
      this.style.setProperty('--aspect', String(box.width / box.height));
    });
  }
}

customElements.define('ew-compare-page', ComparePage);
