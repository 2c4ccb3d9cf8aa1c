import { css, html, nothing } from 'lit';
import type { Layer } from '../../../protocol/index.ts';
import { rowHeight } from '../../geometry/scan-box.ts';
import { heroTabs, isClassMap, layerSubject } from '../../model/maps/map-list.ts';
import { mapContext } from '../../model/words/describe.ts';
import { shortPair } from '../../model/words/edge-names.ts';
import { mapWaiting, waitingWords } from '../../model/words/empty-states.ts';
import { dateAndTime, shapeWords } from '../../model/words/session-words.ts';
import { base } from '../../styles/base.ts';
import './colour-bar.ts';
import { DashboardElement } from '../dashboard-element.ts';
import './scan-map.ts';

/** The large map: a tab per quantity, then which edge or pair of it. */
export class HeroPanel extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
      }
      .tabs {
        border-bottom: 1px solid var(--hairline);
      }
      .head {
        display: flex;
        align-items: baseline;
        justify-content: start;
        gap: 14px;
        height: calc(26px * var(--text-size, 1));
        padding-top: 5px;
        white-space: nowrap;
      }
      .context {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      ew-scan-map {
        flex: 1;
      }
      ew-colour-bar {
        flex: 0 0 280px;
        margin-left: auto;
      }
      .waiting {
        flex: 1;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 14px;
        color: var(--muted);
      }
      .last .quiet-button {
        margin-left: 8px;
        color: var(--text);
      }
      .last b {
        color: var(--strong);
        font-weight: 500;
      }
    `,
  ];

  override render() {
    const { dashboard } = this;
    const hero = dashboard.shown.hero.value;
    if (hero === undefined)
      return html`<div class="waiting"><p>${this.#waiting()}</p>${this.#lastSession()}</div>`;
    const tabs = heroTabs(dashboard.shown.maps.value);
    const current = tabs.find((tab) => tab.layers.includes(hero));
    return html`
      <div class="tabs" role="tablist" aria-label="Large map">
        ${tabs.map(
          (tab) =>
            html`<button role="tab" aria-selected=${tab === current} @click=${() => this.#choose(tab.layers)}>
              ${tab.name}
            </button>`,
        )}
      </div>
      <div class="head">
        ${
          current !== undefined && current.layers.length > 1
            ? html`<div class="small-tabs" role="group" aria-label="Edge or pair">
              ${current.layers.map((layer) => this.#subject(layer))}
            </div>`
            : nothing
        }
        <span class="context">${this.#context(hero)}</span>
        ${
          isClassMap(hero)
            ? nothing
            : html`<ew-colour-bar choosable .dashboard=${dashboard} .layer=${hero}></ew-colour-bar>`
        }
      </div>
      <ew-scan-map hero .dashboard=${dashboard} .pictures=${this.pictures} .layer=${hero}></ew-scan-map>
    `;
  }

  #subject(layer: Layer) {
    const pressed = this.dashboard.shown.hero.value?.id === layer.id;
    const subject =
      layer.pair === undefined
        ? layerSubject(layer)
        : shortPair(layer.pair.join('~'), this.dashboard.shown.edgeNames.value);
    return html`<button aria-pressed=${pressed} @click=${() => this.dashboard.setHero(layer.id)}>${subject}</button>`;
  }

  /** Keeps the edge or pair when the quantity changes. */
  #choose(layers: readonly Layer[]): void {
    const hero = this.dashboard.shown.hero.peek();
    const wanted =
      layers.find(
        (layer) =>
          layer.edge !== undefined && layer.edge === (hero?.edge ?? this.dashboard.shown.edge.peek()),
      ) ??
      layers.find((layer) => layer.pair?.join('~') === this.dashboard.shown.pair.peek()) ??
      layers[0];
    if (wanted !== undefined) this.dashboard.setHero(wanted.id);
  }

  #context(hero: Layer): string {
    const { model, view, shown } = this.dashboard;
    const pair = hero.pair && model.information.value.get(hero.pair.join('~'));
    const plane = model.planes.value.get(hero.id);
    void plane?.percent.value;
    const measured = plane?.measured ?? 0;
    const waiting = mapWaiting(hero, measured, model.edges.value, model.progress.value?.message);
    const context = waiting ?? mapContext(hero, model.edges.value, pair);
    void model.information.value;
    const note = this.dashboard.outlineNote();
    const outlined = [
      ...(this.dashboard.outlines.value.length > 0 ? [' · outlined: co-occurrence candidates'] : []),
      ...(note === undefined ? [] : [` · ${note}`]),
    ].join('');
    const ground = shown.relief.value?.layer.name;
    const stretched = stretchedWords(model.scan.value?.scan.shape);
    if (!isClassMap(hero)) return `${context}${outlined}${stretched}`;
    const over = view.relief.value && ground !== undefined ? [`over ${ground}`] : [];
    const doubt = hero.kind === 'labels' ? ['hatched: less likely than not'] : [];
    return [...(context ? [context] : []), ...over, ...doubt].join(' · ') + stretched;
  }

  /** Offers the last recorded session while there is no scan. */
  #lastSession() {
    const { address, model, sessions } = this.dashboard;
    const last = sessions.listed.value?.find(({ entry, deleted }) => !deleted && entry.canReplay)?.entry;
    if (address.session.value !== undefined || model.connection.value.phase !== 'live' || last === undefined)
      return nothing;
    return html`<p class="last">
      Last recording: <b>${last.name}</b> <span>· ${dateAndTime(Date.parse(last.created))} · ${shapeWords(last)}</span>
      <button class="quiet-button" @click=${() => address.open(last.id)}>Open</button>
    </p>`;
  }

  #waiting(): string {
    const { connection, hello, scan } = this.dashboard.model;
    const problem = this.dashboard.opened.problem.value;
    if (problem !== undefined) return `this recording cannot be shown: ${problem}`;
    if (connection.value.phase === 'connecting') return 'connecting to the monitor';
    if (this.dashboard.address.session.value !== undefined) return 'opening the recording';
    if (scan.value === undefined) return waitingWords(hello.value, location);
    return 'waiting for the first spectrum';
  }
}

/** Note that the pixels of a thin scan are not drawn square. */
function stretchedWords(shape: readonly [number, number] | undefined): string {
  const high = shape === undefined ? 1 : rowHeight(shape);
  if (high === 1) return '';
  return high > 1
    ? ` · rows drawn ${high}\u2009× as high`
    : ` · columns drawn ${Math.round(1 / high)}\u2009× as wide`;
}

customElements.define('ew-hero-panel', HeroPanel);
