import { signal } from '@preact/signals-core';
import { css } from 'lit';
import type { Size } from '../../geometry/viewport.ts';
import type { PointerHandlers } from '../../interaction/pointer.ts';
import { handlePointer } from '../../interaction/pointer.ts';
import type { LayerPlane } from '../../model/maps/layer-plane.ts';
import type { PictureStore } from '../../render/picture-store.ts';
import type { Picture } from '../../render/shared-renderer.ts';
import { DashboardElement } from '../dashboard-element.ts';

export const stageStyles = css`
  .stage {
    position: relative;
    flex: 1;
    min-height: 0;
    cursor: var(--cursor, crosshair);
    touch-action: none;
  }
  canvas {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .overlay {
    pointer-events: none;
  }
  .empty {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    padding: 8px;
    color: var(--muted);
    text-align: center;
    text-wrap: balance;
    pointer-events: none;
  }
`;

/** A picture of one layer, dropped when the element shows another. */
export interface ShownPicture extends Picture {
  destroy(): void;
}

/** An element with a `.stage` that holds a `canvas.picture`, which the shared renderer draws, under a `canvas.marks` of its own. */
export abstract class PictureStage extends DashboardElement {
  /** Of both canvases, canvas pixels. */
  protected readonly size = signal<Size>({ width: 0, height: 0 });
  /** Counts the changes of plane. */
  readonly #changes = signal(0);
  #shown: { picture: ShownPicture; plane: LayerPlane } | undefined;

  /** The plane to be shown. Not tracked: called after each rendering. */
  protected abstract planeShown(): LayerPlane | undefined;
  /** Undefined while something that the picture needs is missing. */
  protected abstract pictureOf(
    plane: LayerPlane,
    pictures: PictureStore,
    canvas: HTMLCanvasElement,
  ): ShownPicture | undefined;
  protected abstract pointer(): PointerHandlers;
  /** Called again whenever a signal that it reads changes. */
  protected abstract drawOverlay(context: CanvasRenderingContext2D): void;

  /** The plane whose picture is there. */
  protected get plane(): LayerPlane | undefined {
    return this.#shown?.plane;
  }

  protected override started(): void {
    const stage = this.renderRoot.querySelector<HTMLElement>('.stage');
    const context = this.renderRoot.querySelector<HTMLCanvasElement>('.marks')?.getContext('2d');
    if (stage === null || !context) return;
    const observer = new ResizeObserver(() => this.#resize(stage));
    observer.observe(stage);
    this.atEnd(() => observer.disconnect());
    this.atEnd(handlePointer(stage, this.pointer()));
    this.atEnd(() => this.#drop());
    this.#resize(stage);
    this.follow(() => {
      void this.size.value;
      void this.#changes.value;
      this.drawOverlay(context);
    });
  }

  protected override updated(): void {
    const plane = this.planeShown();
    if (plane === this.#shown?.plane) return;
    this.#drop();
    this.#changes.value++;
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('.picture');
    if (plane === undefined || canvas === null || this.pictures === undefined) return;
    const picture = this.pictureOf(plane, this.pictures, canvas);
    if (picture !== undefined) this.#shown = { picture, plane };
  }

  #drop(): void {
    this.#shown?.picture.destroy();
    this.#shown = undefined;
  }

  #resize(stage: HTMLElement): void {
    const ratio = globalThis.devicePixelRatio;
    const width = Math.round(stage.clientWidth * ratio);
    const height = Math.round(stage.clientHeight * ratio);
    if (width === this.size.peek().width && height === this.size.peek().height) return;
    for (const canvas of stage.querySelectorAll('canvas')) {
      if (canvas.matches('.picture')) resizePicture(canvas, width, height);
      else Object.assign(canvas, { width, height });
    }
    this.size.value = { width, height };
    if (this.#shown) this.pictures?.renderer.request(this.#shown.picture);
  }
}

/** A canvas loses its content when its size is set: the old content is stretched to the new size until it is drawn again. */
function resizePicture(canvas: HTMLCanvasElement, width: number, height: number): void {
  const context = canvas.getContext('2d', { alpha: false });
  const before = new OffscreenCanvas(Math.max(1, canvas.width), Math.max(1, canvas.height));
  before.getContext('2d')?.drawImage(canvas, 0, 0);
  Object.assign(canvas, { width, height });
  context?.drawImage(before, 0, 0, width, height);
}
