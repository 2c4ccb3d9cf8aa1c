import { signal } from '@preact/signals-core';
import { css, html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { scanBox } from '../../geometry/scan-box.ts';
import { tileLayout } from '../../geometry/tile-layout.ts';
import type { Size } from '../../geometry/viewport.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';
import './scan-map.ts';

/** What a tile needs beside its map, and the width at which its heading can still be read, CSS pixels. */
const CHROME: Size = { width: 20, height: 62 };
const MIN_WIDTH = 122;

/** All maps as small multiples, in the grid that shows them largest. */
export class TileGrid extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        min-width: 0;
        min-height: 0;
      }
      .grid {
        display: grid;
        min-width: 0;
        min-height: 0;
      }
      ew-scan-map {
        padding: 8px 10px 6px;
        border-right: 1px solid var(--hairline);
        border-bottom: 1px solid var(--hairline);
      }
    `,
  ];

  readonly #size = signal<Size>({ width: 0, height: 0 });

  override render() {
    const { dashboard } = this;
    const tiles = dashboard.shown.tiles.value;
    const box = scanBox(dashboard.model.scan.value?.scan.shape ?? [1, 1]);
    const edges = dashboard.shown.edgeNames.value.length;
    const layout = tileLayout(
      tiles.length,
      this.#size.value,
      box.width / box.height,
      CHROME,
      MIN_WIDTH,
      edges,
    );
    const style = `grid-template-columns: repeat(${layout.columns}, minmax(0, 1fr)); grid-template-rows: repeat(${layout.rows}, minmax(0, 1fr))`;
    return html`<div class="grid" .style=${style}>
      ${repeat(
        tiles,
        (layer) => layer.id,
        (layer, index) => html`<ew-scan-map
          .dashboard=${dashboard}
          .pictures=${this.pictures}
          .layer=${layer}
          .number=${index < 9 ? index + 1 : 0}
        ></ew-scan-map>`,
      )}
    </div>`;
  }

  protected override started(): void {
    const observer = new ResizeObserver(() => {
      this.#size.value = { width: this.clientWidth, height: this.clientHeight };
    });
    observer.observe(this);
    this.atEnd(() => observer.disconnect());
  }
}

customElements.define('ew-tile-grid', TileGrid);
