import { computed } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import type { ClassState, Layer } from '../../../protocol/index.ts';
import { identityOf, labelCss } from '../../color/class-colours.ts';
import { pixelAt, scanBox } from '../../geometry/scan-box.ts';
import { fitted, placementOf } from '../../geometry/viewport.ts';
import type { PlanStage } from '../../interaction/plan-gestures.ts';
import { grabPlan, planCursor } from '../../interaction/plan-gestures.ts';
import type { PointerHandlers } from '../../interaction/pointer.ts';
import { viewportGestures } from '../../interaction/viewport-gestures.ts';
import type { LayerPlane } from '../../model/maps/layer-plane.ts';
import { isClassMap } from '../../model/maps/map-list.ts';
import type { ScannedPart } from '../../model/maps/scanned-part.ts';
import { isSameOnCanvas, scannedPart } from '../../model/maps/scanned-part.ts';
import { classMark } from '../../model/words/class-names.ts';
import { mapContext, mapSentence } from '../../model/words/describe.ts';
import { shortPair } from '../../model/words/edge-names.ts';
import { mapWaiting } from '../../model/words/empty-states.ts';
import { MapPicture } from '../../render/map-picture.ts';
import type { PictureStore } from '../../render/picture-store.ts';
import { base } from '../../styles/base.ts';
import { THEMES } from '../../styles/theme.ts';
import { drawAnnotationMarks } from '../recordings/annotation-marks.ts';
import './colour-bar.ts';
import { DashboardElement } from '../dashboard-element.ts';
import { drawPlanMarks, shownMarks } from '../plan/plan-marks.ts';
import { drawMapOverlay } from './map-overlay.ts';
import { drawOutlines } from './outline-drawing.ts';
import { PictureStage, stageStyles } from './picture-stage.ts';

/** Distance within which a region's border is grabbed, CSS pixels. */
const REACH = 7;

/** One map of the scan: small multiple or hero. All of them share viewport, hover, pin and selection. */
export class ScanMap extends PictureStage {
  static override properties = {
    ...DashboardElement.properties,
    layer: { attribute: false },
    hero: { type: Boolean, reflect: true },
    plain: { type: Boolean },
    number: { type: Number },
  };
  static override styles = [
    base,
    stageStyles,
    css`
      :host {
        position: relative;
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
        gap: 5px;
      }
      .empty {
        font-size: calc(11px * var(--text-size, 1));
      }
      /* Text that does not fit wraps into a hidden second line, so that no word is cut. */
      .heading {
        flex-wrap: wrap;
        height: calc(17px * var(--text-size, 1));
        overflow: hidden;
      }
      .foot {
        height: calc(15px * var(--text-size, 1));
        overflow: hidden;
        line-height: calc(15px * var(--text-size, 1));
      }
      .foot span {
        white-space: nowrap;
      }
      .heading button {
        flex: 0 0 auto;
        max-width: 100%;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .heading button:hover strong {
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      .heading[data-current] strong {
        color: var(--accent);
      }
      .heading .key {
        position: absolute;
        right: 8px;
        background: var(--ground);
        opacity: 0;
      }
      :host(:hover) .key,
      :host(:focus-within) .key {
        opacity: 1;
      }
    `,
  ];
  declare layer: Layer;
  declare hero: boolean;
  /** Draws class maps without the relief. */
  declare plain: boolean;
  /** Number key that shows the map large; 0 without one. */
  declare number: number;

  override render() {
    const { layer, dashboard } = this;
    const { model } = dashboard;
    const plane = model.planes.value.get(layer.id);
    const scan = model.scan.value?.scan;
    void plane?.percent.value;
    const measured = plane?.measured ?? 0;
    const pair = layer.pair && model.information.value.get(layer.pair.join('~'));
    const context = mapContext(layer, model.edges.value, pair);
    const waiting = mapWaiting(layer, measured, model.edges.value, model.progress.value?.message);
    // The large map says so elsewhere, and the relief may be drawn already.
    const elsewhere = this.hero && (model.progress.value?.message.spectra ?? 0) > 0;
    return html`
      ${this.hero ? nothing : this.#heading(headingContext(layer))}
      <div class="stage" tabindex="0" role="group" aria-label=${mapSentence(layer, scan?.shape ?? [0, 0], measured, context)}>
        <canvas class="picture" data-layer=${layer.name} data-kind=${layer.kind} aria-hidden="true"></canvas>
        ${this.hero ? html`<canvas class="overlay outlines" aria-hidden="true"></canvas>` : nothing}
        <canvas class="overlay marks" aria-hidden="true"></canvas>
        ${waiting && !elsewhere ? html`<div class="empty">${waiting}</div>` : nothing}
      </div>
      ${this.hero ? nothing : this.#foot(context)}
    `;
  }

  #heading(context: string) {
    const current = this.dashboard.shown.hero.value?.id === this.layer.id;
    return html`<div class="heading" ?data-current=${current}>
      <button title="Show large" @click=${() => this.dashboard.setHero(this.layer.id)}>
        <strong>${this.#name()}</strong>
      </button>
      <span class="context">${context}</span>
      ${this.number ? html`<kbd class="key">${this.number}</kbd>` : nothing}
    </div>`;
  }

  /** The heading of a tile has room for an element's symbol, not for every edge's full name. */
  #name(): string {
    const { name, pair } = this.layer;
    return pair === undefined ? name : shortPair(pair.join('~'), this.dashboard.shown.edgeNames.value);
  }

  /** Legend below the map: a colour bar with units, or the state of the classes. */
  #foot(context: string) {
    const { dashboard, layer } = this;
    if (isClassMap(layer))
      return html`<div class="context foot">${context.split(' · ').map((part, i) => html`<span>${i > 0 ? '· ' : ''}${part}</span> `)}</div>`;
    return html`<ew-colour-bar .dashboard=${dashboard} .layer=${layer}></ew-colour-bar>`;
  }

  protected override planeShown(): LayerPlane | undefined {
    return this.dashboard.model.planes.peek().get(this.layer.id);
  }

  protected override pictureOf(plane: LayerPlane, pictures: PictureStore, canvas: HTMLCanvasElement) {
    return new MapPicture(pictures, plane, canvas, this.hero && !this.plain);
  }

  readonly #placement = computed(() => {
    const shape = this.dashboard.model.scan.value?.scan.shape;
    if (shape === undefined) return undefined;
    const box = scanBox(shape);
    return placementOf(this.dashboard.view.viewport.value ?? fitted(box), box, this.size.value);
  });

  #kept: ScannedPart | undefined;
  /** Scanned part; the old value is kept while the difference is less than a canvas pixel. */
  readonly #scanned = computed((): ScannedPart => {
    const { model } = this.dashboard;
    const shape = model.scan.value?.scan.shape ?? [1, 1];
    const next = scannedPart(model.progress.value?.message, shape);
    if (
      this.#kept === undefined ||
      !isSameOnCanvas(next, this.#kept, shape, this.#placement.value?.scale ?? 1)
    )
      this.#kept = next;
    return this.#kept;
  });

  protected override pointer(): PointerHandlers {
    const { view, selection, model, plan } = this.dashboard;
    const shape = () => model.scan.peek()?.scan.shape ?? ([1, 1] as [number, number]);
    const pixel = (place: { x: number; y: number }) => {
      const placement = this.#placement.peek();
      return placement && pixelAt(placement, shape(), place.x, place.y);
    };
    return {
      ...viewportGestures(
        view.viewport,
        () => scanBox(shape()),
        () => this.size.peek(),
      ),
      hover: (place) => {
        selection.hover(place && pixel(place));
        const stage = place && this.#planStage();
        this.#showCursor((stage && planCursor(plan, stage, place)) ?? 'crosshair');
      },
      grab: (place) => {
        const stage = this.#planStage();
        return stage && grabPlan(plan, stage, place);
      },
      click: (place, event) => {
        const at = pixel(place);
        if (at === undefined || plan.isAdding.peek()) return;
        if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) this.#selectClassAt(at);
        else if (!plan.selectAt(at)) selection.pin(at);
      },
    };
  }

  #cursor = '';

  #showCursor(cursor: string): void {
    if (cursor === this.#cursor) return;
    this.#cursor = cursor;
    this.style.setProperty('--cursor', cursor);
  }

  /** Undefined until the map is laid out. */
  #planStage(): PlanStage | undefined {
    const shape = this.dashboard.model.scan.peek()?.scan.shape;
    const placement = this.#placement.peek();
    return (
      shape &&
      placement && { shape, placement, reach: REACH * globalThis.devicePixelRatio, isLarge: this.hero }
    );
  }

  /** The class of the map's own edge, or of the pair, or of the edge in the embedding. */
  #selectClassAt(pixel: number): void {
    const { dashboard, layer } = this;
    dashboard.selectClassesAt(pixel, layer.pair ?? [layer.edge ?? dashboard.shown.edge.peek() ?? '']);
  }

  /** Names of the classes, or their numbers, written into the large map: colour alone is not enough to tell them apart. */
  #numbers() {
    const plane = this.dashboard.model.planes.value.get(this.layer.id);
    if (plane === undefined || !isClassMap(plane.layer)) return [];
    void this.dashboard.appearance.paletteOf(plane.layer.edge ?? '').value;
    const classes = this.dashboard.model.classesOf(plane.layer.edge ?? '', plane.revision);
    const focus = this.dashboard.selection.focus.value.find((id) => id.edge === plane.layer.edge);
    const lit = this.dashboard.readings
      .anchorsOf(plane)
      .value.filter(({ label }) => focus === undefined || identityOf(classes, label) === focus.identity);
    return lit.map(({ label, pixel, depth }) => ({
      pixel,
      depth,
      text: named(classes, label),
      colour: labelCss(classes, label, ''),
    }));
  }

  protected override started(): void {
    super.started();
    const context = this.renderRoot.querySelector<HTMLCanvasElement>('.outlines')?.getContext('2d');
    if (context) this.follow(() => this.#drawOutlines(context));
  }

  /** On a canvas of their own, since drawing them takes many times longer than the other marks. */
  #drawOutlines(context: CanvasRenderingContext2D): void {
    const shape = this.dashboard.model.scan.value?.scan.shape;
    const placement = this.#placement.value;
    const outlines = this.dashboard.outlines.value;
    if (shape === undefined || placement === undefined) return;
    drawOutlines(context, { placement, shape, ratio: globalThis.devicePixelRatio }, outlines);
  }

  protected override drawOverlay(context: CanvasRenderingContext2D): void {
    const { model, view, selection } = this.dashboard;
    const scan = model.scan.value?.scan;
    const placement = this.#placement.value;
    if (scan === undefined || placement === undefined) return;
    const place = {
      shape: scan.shape,
      placement,
      ratio: globalThis.devicePixelRatio,
      theme: THEMES[view.theme.value],
    };
    drawMapOverlay(context, {
      ...place,
      hoverPixel: selection.hoverPixel.value,
      pinnedPixel: selection.pinnedPixel.value,
      ...this.#scanned.value,
      ...(this.hero && {
        scale: { pixelSizeNm: scan.pixelSizeNm },
        unscanned: 'not scanned yet',
        numbers: this.#numbers(),
      }),
    });
    drawPlanMarks(context, { ...place, ...shownMarks(this.dashboard.plan, this.hero) });
    drawAnnotationMarks(context, { ...place, notes: this.dashboard.notes.all.value, large: this.hero });
  }
}

/** `SiO₂` where references name the class, else its number. */
function named(classes: readonly ClassState[], label: number): string {
  const state = classes.find((one) => one.label === label);
  return state === undefined ? String(label) : classMark(state);
}

/** Grey text behind the name of a tile. */
function headingContext({ kind, units }: Layer): string {
  if (kind === 'labels') return '';
  if (kind === 'information') return `log ratio, ${units}`;
  return kind === 'local-information' ? `information, ${units}` : units;
}

customElements.define('ew-scan-map', ScanMap);
