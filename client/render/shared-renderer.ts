// Must come first: without it Pixi generates code at run time, which the content security policy forbids.
import 'pixi.js/unsafe-eval';
import { signal } from '@preact/signals-core';
import type { Container } from 'pixi.js';
import { extensions, MeshPipe, Ticker, WebGLRenderer } from 'pixi.js';

/** Something drawn into a canvas of its own by the one renderer. */
export interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly scene: Container;
  /** Brings uniforms and textures up to date; false when there is nothing to draw. */
  prepare(shared: { width: number; height: number }): boolean;
}

/** A software rasteriser needs a breath: after a slow flush, wait this many times as long as it took. */
const REST_RATIO = 1.5;
const SLOW_FLUSH_MS = 24;

/**
 * One WebGL context for all pictures: each is drawn into the shared canvas and copied from there into its own 2D canvas in
 * the same task. (Pixi's own `multiView` does the same, but does not notice that its context was lost.)
 */
export class SharedRenderer {
  readonly contextLost = signal(false);
  /** Times that pictures were drawn, for tests and the watchdog. */
  draws = 0;

  readonly #renderer: WebGLRenderer;
  readonly #waiting = new Set<Picture>();
  #scheduled = false;
  #restUntil = 0;

  static async create(): Promise<SharedRenderer> {
    extensions.add(MeshPipe);
    const renderer = new WebGLRenderer<HTMLCanvasElement>();
    await renderer.init({
      width: 256,
      height: 256,
      antialias: false,
      autoDensity: false,
      backgroundAlpha: 1,
      clearBeforeRender: true,
      manageImports: false,
      // Textures live as long as their layer: nothing is to be collected behind the model's back.
      gcActive: false,
    });
    Ticker.system.stop();
    return new SharedRenderer(renderer);
  }

  private constructor(renderer: WebGLRenderer) {
    this.#renderer = renderer;
    const { canvas } = renderer;
    canvas.addEventListener('webglcontextlost', () => {
      this.contextLost.value = true;
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.contextLost.value = false;
    });
  }

  /** Nothing waits to be drawn. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Takes the context away and has it given back, to see that everything is drawn again. */
  loseContext(): void {
    this.#renderer.context.forceContextLoss();
  }

  get #canvas(): HTMLCanvasElement {
    return this.#renderer.canvas as HTMLCanvasElement;
  }

  /** What lies around the pictures' contents, as CSS writes it. */
  setGround(colour: string): void {
    this.#renderer.background.color = colour;
  }

  /** Draws the picture on the next frame. */
  request(picture: Picture): void {
    this.#waiting.add(picture);
    this.#schedule();
  }

  forget(picture: Picture): void {
    this.#waiting.delete(picture);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const rest = this.#restUntil - performance.now();
    if (rest > 4) setTimeout(() => requestAnimationFrame(this.#flush), rest);
    else requestAnimationFrame(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    // Requests stay; the pictures ask again when the context is back.
    if (this.contextLost.peek()) return;
    const pictures = [...this.#waiting];
    this.#waiting.clear();
    const begin = performance.now();
    this.#grow(pictures);
    for (const picture of pictures) this.#draw(picture);
    const took = performance.now() - begin;
    this.#restUntil = took > SLOW_FLUSH_MS ? begin + took * (1 + REST_RATIO) : 0;
  };

  #grow(pictures: readonly Picture[]): void {
    const width = Math.max(this.#canvas.width, ...pictures.map((picture) => picture.canvas.width));
    const height = Math.max(this.#canvas.height, ...pictures.map((picture) => picture.canvas.height));
    if (width !== this.#canvas.width || height !== this.#canvas.height) this.#renderer.resize(width, height);
  }

  #draw(picture: Picture): void {
    const { canvas } = picture;
    if (canvas.width === 0 || canvas.height === 0) return;
    const context = canvas.getContext('2d', { alpha: false });
    if (!context || !picture.prepare({ width: this.#canvas.width, height: this.#canvas.height })) return;
    this.#renderer.render({ container: picture.scene });
    context.drawImage(this.#canvas, 0, 0, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height);
    this.draws++;
  }
}
