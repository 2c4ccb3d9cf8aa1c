import { computed } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import { classColour, cssColour } from '../../../protocol/index.ts';
import { identityOf } from '../../color/class-colours.ts';
import { EmbeddingFrame } from '../../geometry/embedding-frame.ts';
import type { Affine } from '../../geometry/picking.ts';
import { drawnPoint, IDENTITY, nearestPoint } from '../../geometry/picking.ts';
import type { Box } from '../../geometry/viewport.ts';
import { fitted, placementOf, viewFromWorld } from '../../geometry/viewport.ts';
import type { PointerHandlers } from '../../interaction/pointer.ts';
import { viewportGestures } from '../../interaction/viewport-gestures.ts';
import type { LayerPlane } from '../../model/maps/layer-plane.ts';
import { embeddingSentence } from '../../model/words/describe.ts';
import { edgeWaiting } from '../../model/words/empty-states.ts';
import { plural } from '../../model/words/format.ts';
import type { PictureStore } from '../../render/picture-store.ts';
import { ScatterPicture } from '../../render/scatter-picture.ts';
import { base } from '../../styles/base.ts';
import { THEMES } from '../../styles/theme.ts';
import { PictureStage, stageStyles } from '../maps/picture-stage.ts';

/** Distance within which a point is under the pointer, CSS pixels. */
const REACH = 9;

/** The embedding of one edge: points, cells and numbers of its classes. */
export class EmbeddingView extends PictureStage {
  static override styles = [
    base,
    stageStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 6px;
        min-height: 0;
      }
      .head > .context {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .head > .heading {
        flex: none;
      }
      .empty {
        padding: 12px;
        border: 1px solid var(--hairline);
        background: var(--ground);
      }
    `,
  ];

  get #viewport() {
    return this.dashboard.view.embeddingViewport;
  }
  #frame: { of: EmbeddingFrame; points: LayerPlane; stop: () => void } | undefined;

  override render() {
    const { dashboard } = this;
    const edge = dashboard.shown.edge.value ?? '';
    const names = dashboard.shown.edgeNames.value;
    const state = dashboard.shown.edgeState.value;
    const waiting = edgeWaiting(state, dashboard.model.progress.value?.message);
    void dashboard.model.planes.value;
    const context =
      state && state.revision > 0 ? `revision ${state.revision} · ${plural(state.present, 'pixel')}` : '';
    return html`
      <div class="head">
        <div class="heading">
          <h2>Embedding</h2>
          ${
            names.length > 1
              ? html`<div class="small-tabs" role="group" aria-label="Edge">
                ${names.map((name) => this.#tab(name, edge))}
              </div>`
              : html`<h2>${edge}</h2>`
          }
        </div>
        <span class="context">${context}</span>
      </div>
      <div class="stage" tabindex="0" role="group" aria-label=${embeddingSentence(edge, state)}>
        <canvas class="picture" data-layer="embedding" data-edge=${edge} aria-hidden="true"></canvas>
        <canvas class="overlay marks" aria-hidden="true"></canvas>
        ${waiting ? html`<div class="empty">${waiting}</div>` : nothing}
      </div>
    `;
  }

  #tab(name: string, current: string) {
    const choose = () => {
      this.dashboard.view.edge.value = name;
    };
    return html`<button aria-pressed=${name === current} @click=${choose}>${name}</button>`;
  }

  protected override started(): void {
    super.started();
    this.atEnd(() => this.#frame?.stop());
    this.follow(() => {
      void this.dashboard.shown.edge.value;
      this.#viewport.value = undefined;
    });
  }

  protected override planeShown(): LayerPlane | undefined {
    return this.dashboard.planeOf('embedding', this.dashboard.shown.edge.peek() ?? '');
  }

  protected override pictureOf(points: LayerPlane, pictures: PictureStore, canvas: HTMLCanvasElement) {
    const labels = this.dashboard.planeOf('labels', points.layer.edge ?? '');
    const viewed = () => {
      void this.#viewport.value;
      void this.size.value;
    };
    return (
      labels && new ScatterPicture(pictures, points, labels, canvas, () => this.#placement.value, viewed)
    );
  }

  #affine(): Affine {
    const edge = this.dashboard.shown.edge.value ?? '';
    void this.dashboard.appearance.layoutOf(edge).value;
    return this.dashboard.model.edges.peek().get(edge)?.orientation ?? IDENTITY;
  }

  readonly #box = computed((): Box => {
    const points = this.dashboard.planeOf('embedding', this.dashboard.shown.edge.value ?? '');
    void points?.version.value;
    if (points === undefined) return { x: -1, y: -1, width: 2, height: 2 };
    return this.#frameOf(points).box(points.data as Float32Array, points.revision, this.#affine());
  });

  #frameOf(points: LayerPlane): EmbeddingFrame {
    if (this.#frame?.points === points) return this.#frame.of;
    this.#frame?.stop();
    const of = new EmbeddingFrame();
    const { columns } = points;
    const stop = points.onRows((first, rows) => of.changed(first * columns, (first + rows) * columns));
    this.#frame = { of, points, stop };
    return of;
  }

  readonly #placement = computed(() => {
    const box = this.#box.value;
    return placementOf(this.#viewport.value ?? fitted(box), box, this.size.value);
  });

  protected override pointer(): PointerHandlers {
    const { selection, mask } = this.dashboard;
    const nearest = (place: { x: number; y: number }) => {
      const reach = REACH * globalThis.devicePixelRatio;
      const kept = mask.active.peek() ? mask.data : undefined;
      const points = this.plane?.data;
      return (
        points && nearestPoint(points, this.#affine(), this.#placement.peek(), place.x, place.y, reach, kept)
      );
    };
    return {
      ...viewportGestures(
        this.#viewport,
        () => this.#box.peek(),
        () => this.size.peek(),
      ),
      hover: (place) => selection.hover(place && nearest(place)),
      click: (place, event) => {
        const pixel = nearest(place);
        if (event.shiftKey && pixel !== undefined) selection.pin(pixel);
        else this.#selectCell(place);
      },
    };
  }

  /** Selects the class in whose cell a place lies. */
  #selectCell(place: { x: number; y: number }): void {
    const state = this.dashboard.shown.edgeState.peek();
    if (state === undefined) return;
    const placement = this.#placement.peek();
    let best = Infinity;
    let identity: number | undefined;
    for (const one of state.classes) {
      const [x, y] = viewFromWorld(placement, one.centroid[0], -one.centroid[1]);
      const distance = Math.hypot(x - place.x, y - place.y);
      if (distance < best) {
        best = distance;
        identity = identityOf(state.classes, one.label);
      }
    }
    if (identity !== undefined) this.dashboard.selection.select([{ edge: state.name, identity }]);
  }

  protected override drawOverlay(context: CanvasRenderingContext2D): void {
    const { dashboard } = this;
    const ratio = globalThis.devicePixelRatio;
    const theme = THEMES[dashboard.view.theme.value];
    const placement = this.#placement.value;
    const { width, height } = this.size.value;
    context.clearRect(0, 0, width, height);
    const state = dashboard.shown.edgeState.value;
    const edge = dashboard.shown.edge.value ?? '';
    const points = dashboard.planeOf('embedding', edge);
    for (const one of state?.classes ?? []) {
      const [x, y] = viewFromWorld(placement, one.centroid[0], -one.centroid[1]);
      context.beginPath();
      context.arc(x, y, 8.5 * ratio, 0, 2 * Math.PI);
      context.fillStyle = 'rgba(10, 13, 17, 0.86)';
      context.fill();
      context.strokeStyle = cssColour(classColour(one.place));
      context.lineWidth = ratio;
      context.stroke();
      context.fillStyle = cssColour(classColour(one.place));
      context.font = `600 ${11 * ratio}px system-ui, 'DejaVu Sans', sans-serif`;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillText(String(one.label), x, y + 0.5 * ratio);
    }
    const marks: [number | undefined, number][] = [
      [dashboard.selection.pinnedPixel.value, 2],
      [dashboard.selection.hoverPixel.value, 1.3],
    ];
    for (const [pixel, line] of marks) {
      if (pixel === undefined || points === undefined || !points.isMeasured(pixel)) continue;
      const [worldX, worldY] = drawnPoint(this.#affine(), points.data[2 * pixel], points.data[2 * pixel + 1]);
      const [x, y] = viewFromWorld(placement, worldX, worldY);
      for (const [colour, extra] of [
        [theme.markerHalo, 2],
        [theme.marker, 0],
      ] as const) {
        context.beginPath();
        context.arc(x, y, 5 * ratio, 0, 2 * Math.PI);
        context.strokeStyle = colour;
        context.lineWidth = (line + extra) * ratio;
        context.stroke();
      }
    }
  }
}

customElements.define('ew-embedding-view', EmbeddingView);
