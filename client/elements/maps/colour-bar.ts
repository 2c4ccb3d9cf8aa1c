import { css, html, nothing } from 'lit';
import type { ColormapName } from '../../../protocol/colormaps.ts';
import { colormapTable, SEQUENTIAL } from '../../../protocol/colormaps.ts';
import {
  BACKGROUND_FLAGS,
  cssColour,
  type Layer,
  mapKind,
  SEVERAL_FLAGS_COLOUR,
} from '../../../protocol/index.ts';
import { tableGradient } from '../../color/table-css.ts';
import { limitText } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Colour scale of a continuous map; in the large map with units (tiles have them in the heading) and a choice of colormap. */
export class ColourBar extends DashboardElement {
  static override properties = {
    ...DashboardElement.properties,
    layer: { attribute: false },
    choosable: { type: Boolean },
  };
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 6px;
        height: calc(15px * var(--text-size, 1));
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
        white-space: nowrap;
      }
      .bar {
        flex: 1;
        min-width: 30px;
        height: 5px;
      }
      .keys {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      i {
        display: inline-block;
        width: 8px;
        height: 8px;
        margin: 0 3px 0 5px;
        border-radius: 1px;
      }
      button[aria-pressed='true'] {
        color: var(--warn);
      }
      button:hover {
        color: var(--text);
      }
      select {
        margin-left: 6px;
        padding: 0;
        border: 0;
        background: var(--ground);
        color: var(--muted);
        font: inherit;
      }
    `,
  ];
  declare layer: Layer;
  declare choosable: boolean;

  override render() {
    const { layer, dashboard } = this;
    const plane = dashboard.model.planes.value.get(layer.id);
    const domain = plane && dashboard.readings.domainOf(plane).value;
    if (domain === undefined) return nothing;
    if (layer.kind === 'flags') return this.#flags();
    if (domain[0] === domain[1])
      return html`<span>all ${limitText(domain[0], Math.abs(domain[0]))}${layer.units ? ` ${layer.units}` : ''}</span>`;
    const held = dashboard.view.limits.all.value.has(layer.name);
    const span = domain[1] - domain[0];
    const name = dashboard.view.colormaps.value[layer.kind] ?? mapKind(layer.kind).colours;
    const gradient = tableGradient(colormapTable(name, dashboard.view.theme.value === 'light'));
    return html`
      <span>${limitText(domain[0], span)}</span>
      <span class="bar" .style=${`background:${gradient}`}></span>
      <span>${limitText(domain[1], span)}${this.choosable && layer.units ? ` ${layer.units}` : ''}</span>
      ${this.choosable || held ? this.#hold(held) : nothing}
      ${this.choosable && SEQUENTIAL.includes(name) ? this.#choice(name) : nothing}
    `;
  }

  /** The bits that are set anywhere, in their colours. */
  #flags() {
    const counts = this.dashboard.model.edges.value.get(this.layer.edge ?? '')?.flags;
    const set = BACKGROUND_FLAGS.filter(({ count }) => counts === undefined || counts[count] > 0);
    if (set.length === 0) return html`<span>nothing wrong</span>`;
    const keys = set.map(({ words, colour }) => [words, colour] as const);
    const shown = set.length > 1 ? [...keys, ['several', SEVERAL_FLAGS_COLOUR] as const] : keys;
    return html`<span class="keys" title=${shown.map(([words]) => words).join(', ')}
      >${shown.map(([words, colour]) => html`<i .style=${`background:${cssColour(colour)}`}></i>${words} `)}</span
    >`;
  }

  #hold(held: boolean) {
    return html`<button
      aria-pressed=${held}
      title=${held ? 'The limits are held: let them follow the data (F)' : 'Hold the limits as they are (F)'}
      @click=${() => this.dashboard.toggleLimits(this.layer)}
    >${held ? 'held' : 'hold'}</button>`;
  }

  #choice(name: ColormapName) {
    return html`<select aria-label="Colour map" @change=${this.#choose}>
      ${SEQUENTIAL.map((option) => html`<option value=${option} ?selected=${option === name}>${option}</option>`)}
    </select>`;
  }

  #choose(event: Event): void {
    const chosen = (event.target as HTMLSelectElement).value as ColormapName;
    const { colormaps } = this.dashboard.view;
    colormaps.value = { ...colormaps.peek(), [this.layer.kind]: chosen };
  }
}

customElements.define('ew-colour-bar', ColourBar);
