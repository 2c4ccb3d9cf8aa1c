import { computed } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import { scanBox } from '../../geometry/scan-box.ts';
import { listenForShortcuts } from '../../interaction/shortcuts.ts';
import { base } from '../../styles/base.ts';
import { applyTheme } from '../../styles/theme.ts';
import './alert-list.ts';
import './bottom-bar.ts';
import '../classes/class-legend.ts';
import { DashboardElement } from '../dashboard-element.ts';
import '../classes/embedding-view.ts';
import './help-dialog.ts';
import '../maps/hero-panel.ts';
import '../classes/information-matrix.ts';
import '../classes/phase-legend.ts';
import '../recordings/note-dialog.ts';
import '../recordings/note-list.ts';
import '../plan/plan-dialog.ts';
import '../plan/plan-panel.ts';
import './reload-banner.ts';
import '../recordings/session-list.ts';
import '../spectrum/spectrum-plot.ts';
import '../maps/tile-grid.ts';
import '../recordings/timeline-bar.ts';
import './top-bar.ts';
import { steadyNow } from '../../steady-now.ts';

/** Ages are shown in tenths of a second. */
const TICK_MS = 200;

/** The page: hero and spectrum on the left, small multiples in the middle, embedding, legend and matrix on the right. */
export class AppShell extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template: minmax(43px, auto) minmax(0, 1fr) var(--timeline, 0) minmax(29px, auto) / minmax(0, 1fr);
        height: 100%;
        background: var(--ground);
      }
      main {
        display: grid;
        /* The hero's width follows the height that is left for it, so that a square scan fills it. */
        --hero-width: clamp(440px, calc(100vh - 320px), 46vw);
        grid-template-columns: var(--hero-width) minmax(0, 1fr) clamp(300px, 23.5vw, 420px);
        min-height: 0;
      }
      .left {
        display: grid;
        /* A flat scan needs less height: the spectrum gets the rest. */
        grid-template-rows: minmax(0, max(210px, calc(var(--hero-width) / var(--aspect, 1) + 56px))) minmax(
            clamp(170px, 23vh, 260px),
            1fr
          );
        gap: 10px;
        min-height: 0;
        padding: 8px 14px 8px;
        border-right: 1px solid var(--hairline);
      }
      .right {
        display: flex;
        flex-direction: column;
        gap: 10px;
        min-height: 0;
        padding: 10px 12px calc(8px + var(--alerts, 0px));
        border-left: 1px solid var(--hairline);
        margin-left: -1px;
        overflow: hidden auto;
      }
      ew-embedding-view {
        flex: 1 1 230px;
        min-height: 150px;
        max-height: 420px;
      }
      ew-class-legend,
      ew-information-matrix {
        flex: none;
      }
      /* In a small window, or zoomed in, everything keeps a readable size and main scrolls. */
      @media (max-width: 1180px), (max-height: 660px) {
        main {
          grid-template-columns: minmax(0, 1fr) clamp(300px, 36vw, 420px);
          grid-template-rows: max-content max-content;
          overflow: hidden auto;
        }
        .left {
          grid-template-rows: max(330px, min(62vh, calc(60vw / var(--aspect, 1)))) 220px;
        }
        .right {
          overflow: visible;
        }
        ew-tile-grid {
          grid-column: 1 / -1;
          grid-row: 2;
          min-height: max(560px, 90vh);
          border-top: 1px solid var(--hairline);
        }
      }
      @media (max-width: 760px) {
        main {
          grid-template-columns: minmax(0, 1fr);
          grid-template-rows: none;
        }
        ew-tile-grid {
          grid-row: auto;
        }
        .left,
        .right {
          border: 0;
          margin: 0;
        }
      }
      hr {
        width: calc(100% + 24px);
        margin: 0 -12px;
        border: 0;
        border-top: 1px solid var(--hairline);
      }
    `,
  ];

  readonly #hasTimeline = computed(
    () =>
      this.dashboard.model.player.value !== undefined && this.dashboard.model.timeline.value !== undefined,
  );

  readonly #showsPhases = computed(() => this.dashboard.shown.hero.value?.kind === 'phases');

  override render() {
    const { dashboard, pictures } = this;
    const planOpen = dashboard.plan.isOpen.value;
    return html`
      <ew-top-bar .dashboard=${dashboard}></ew-top-bar>
      <main>
        <section class="left" aria-label="Scan">
          <ew-hero-panel .dashboard=${dashboard} .pictures=${pictures}></ew-hero-panel>
          <ew-spectrum-plot .dashboard=${dashboard}></ew-spectrum-plot>
        </section>
        <ew-tile-grid role="region" aria-label="All maps" .dashboard=${dashboard} .pictures=${pictures}></ew-tile-grid>
        <section class="right" aria-label=${planOpen ? 'Where to scan again' : 'Classes'}>
          ${dashboard.model.scan.value === undefined ? nothing : planOpen ? this.#plan() : this.#classes()}
        </section>
      </main>
      ${this.#hasTimeline.value ? html`<ew-timeline-bar .dashboard=${dashboard}></ew-timeline-bar>` : html`<span></span>`}
      <ew-bottom-bar .dashboard=${dashboard}></ew-bottom-bar>
      <ew-alert-list .dashboard=${dashboard} .pictures=${pictures}></ew-alert-list>
      <ew-reload-banner .dashboard=${dashboard}></ew-reload-banner>
      <ew-help-dialog .dashboard=${dashboard}></ew-help-dialog>
      <ew-session-list .dashboard=${dashboard}></ew-session-list>
      <ew-note-dialog .dashboard=${dashboard}></ew-note-dialog>
      <ew-plan-dialog .dashboard=${dashboard}></ew-plan-dialog>
    `;
  }

  #classes() {
    const { dashboard, pictures } = this;
    const hasPlan = dashboard.model.plan.value !== undefined;
    return html`
      <ew-note-list .dashboard=${dashboard}></ew-note-list>
      <ew-embedding-view .dashboard=${dashboard} .pictures=${pictures}></ew-embedding-view>
      ${this.#showsPhases.value ? html`<ew-phase-legend .dashboard=${dashboard}></ew-phase-legend><hr />` : nothing}
      <ew-class-legend .dashboard=${dashboard}></ew-class-legend>
      <hr />
      <ew-information-matrix .dashboard=${dashboard}></ew-information-matrix>
      ${hasPlan ? html`<hr /><ew-plan-panel .dashboard=${dashboard}></ew-plan-panel>` : nothing}
    `;
  }

  /** The plan replaces embedding and matrix; the legend stays, since reasons name classes. */
  #plan() {
    const { dashboard } = this;
    return html`
      <ew-plan-panel .dashboard=${dashboard}></ew-plan-panel>
      <hr />
      <ew-class-legend .dashboard=${dashboard}></ew-class-legend>
    `;
  }

  protected override started(): void {
    const { dashboard } = this;
    this.atEnd(listenForShortcuts(dashboard));
    this.follow(() => applyTheme(document.documentElement, dashboard.view.theme.value));
    this.follow(() =>
      document.documentElement.style.setProperty('--text-size', String(dashboard.view.textSize.value)),
    );
    this.follow(() => {
      const recording = dashboard.opened.entry.value?.name;
      const name = recording ?? dashboard.model.scan.value?.scan.name;
      const shown = recording === undefined ? name : `${recording} (recording)`;
      document.title = shown === undefined ? 'eelwatch' : `${shown} · eelwatch`;
    });
    // Large map and alerts are shortened by the height of the timeline.
    this.follow(() => this.style.setProperty('--timeline', this.#hasTimeline.value ? '74px' : '0px'));
    this.follow(() => {
      const box = scanBox(dashboard.model.scan.value?.scan.shape ?? [1, 1]);
      this.style.setProperty('--aspect', String(box.width / box.height));
    });
    const tick = setInterval(() => {
      const now = steadyNow();
      dashboard.view.now.value = now;
      dashboard.watchConnection(now);
    }, TICK_MS);
    this.atEnd(() => clearInterval(tick));
  }
}

customElements.define('ew-app', AppShell);
