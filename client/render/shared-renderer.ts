// Must come first: without it Pixi generates code at run time, which the content security policy forbids.
import 'pixi.js/unsafe-eval';
import { signal } from '@preact/signals-core';
import type { Container } from 'pixi.js';
import { extensions, MeshPipe, Rectangle, Ticker, WebGLRenderer } from 'pixi.js';
import { onShelves } from '../geometry/shelves.ts';
import type { Box, Size } from '../geometry/viewport.ts';
import { steadyNow } from '../steady-now.ts';

/** A picture with its own canvas, drawn by the shared renderer. */
export interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly scene: Container;
  /** The part of the canvas to draw now, canvas pixels; undefined for none. */
  part(): Box | undefined;
  /** Brings uniforms and textures up to date for the part that is drawn next. */
  prepare(part: Box): void;
  /** Copies the drawing from its place on the sheet, which is transparent where nothing was drawn. */
  take(sheet: HTMLCanvasElement, place: Rectangle, ground: string): void;
}

/** After a sheet, wait this many times as long as it took: a software rasteriser would otherwise use all of the processor. */
const REST_RATIO = 0.5;
const SLOW_SHEET_MS = 50;

/** Least time between two sheets that show new data, ms; all pictures that wait share one sheet. */
export const DATA_INTERVAL_MS = 100;

/** Interval at which the graphics card is polled for the end of a drawing, ms; by a timer, not by animation frames. */
const POLL_MS = 8;
/** Width and greatest height of the sheet, canvas pixels; every WebGL 2 can draw this much at once. */
const SHEET_WIDTH = 1024;
const SHEET_HEIGHT = 4096;
/** A sheet that is this many times too large is made smaller, though not below the height that follows. */
const SPARE_RATIO = 3;
const LEAST_HEIGHT = 64;

/** A picture with its place on the sheet. */
interface Drawn {
  picture: Picture;
  frame: Rectangle;
}

/** A sheet that the graphics card is drawing. */
interface Sheet {
  drawn: Drawn[];
  done: WebGLSync;
}

/**
 * One WebGL context for all pictures: those that wait are drawn side by side on one sheet, and copied from there into
 * their own 2D canvases when the graphics card says that it is done, so that the page never waits for it. (Pixi's own
 * `multiView` draws and waits one by one, and does not notice that its context was lost.)
 */
export class SharedRenderer {
  /** When the WebGL context was lost, this machine's clock, ms. */
  readonly contextLostAt = signal<number | undefined>(undefined);
  /** Times that pictures were drawn, for tests and the watchdog. */
  draws = 0;

  readonly #renderer: WebGLRenderer;
  readonly #waiting = new Set<Picture>();
  /** Pictures that are requested for a later time. */
  readonly #postponed = new Set<Picture>();
  #postponedTimer: ReturnType<typeof setTimeout> | undefined;
  #scheduled = false;
  #sheet: Sheet | undefined;
  /** When the last sheet was begun. */
  #begunAt = Number.NEGATIVE_INFINITY;
  #restUntil = 0;
  #ground = '';

  static async create(): Promise<SharedRenderer> {
    extensions.add(MeshPipe);
    const renderer = new WebGLRenderer<HTMLCanvasElement>();
    await renderer.init({
      width: 256,
      height: 256,
      antialias: false,
      autoDensity: false,
      backgroundAlpha: 0,
      clearBeforeRender: true,
      // The sheet is read a frame after it was drawn.
      preserveDrawingBuffer: true,
      manageImports: false,
      // Textures live as long as their layer; Pixi must not free them.
      gcActive: false,
    });
    Ticker.system.stop();
    return new SharedRenderer(renderer);
  }

  private constructor(renderer: WebGLRenderer) {
    this.#renderer = renderer;
    const { canvas } = renderer;
    canvas.addEventListener('webglcontextlost', () => {
      this.contextLostAt.value = steadyNow();
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.contextLostAt.value = undefined;
    });
  }

  /** Nothing waits to be drawn. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#postponed.size === 0 && this.#sheet === undefined;
  }

  /** Loses and restores the context, to test that everything is drawn again. */
  loseContext(): void {
    this.#renderer.context.forceContextLoss();
  }

  get #canvas(): HTMLCanvasElement {
    return this.#renderer.canvas as HTMLCanvasElement;
  }

  /** CSS colour around the pictures' contents. */
  setGround(colour: string): void {
    this.#ground = colour;
  }

  /** Draws the picture soon, or `intervalMs` after the last sheet. */
  request(picture: Picture, intervalMs = 0): void {
    const wait = this.#begunAt + intervalMs - performance.now();
    if (intervalMs === 0 || wait <= 0) {
      this.#waiting.add(picture);
      this.#schedule();
      return;
    }
    this.postpone(picture, wait);
  }

  /** Draws the picture in `waitMs`, or with another one that waits. */
  postpone(picture: Picture, waitMs: number): void {
    this.#postponed.add(picture);
    this.#postponedTimer ??= setTimeout(() => {
      this.#postponedTimer = undefined;
      for (const one of this.#postponed) this.#waiting.add(one);
      this.#postponed.clear();
      this.#schedule();
    }, waitMs);
  }

  forget(picture: Picture): void {
    this.#waiting.delete(picture);
    this.#postponed.delete(picture);
    if (this.#sheet) this.#sheet.drawn = this.#sheet.drawn.filter((one) => one.picture !== picture);
  }

  /** The sheet is not displayed, so drawing it needs no animation frame; a hidden page draws nothing. */
  #schedule(): void {
    if (this.#scheduled || this.#sheet !== undefined) return;
    this.#scheduled = true;
    if (document.hidden) requestAnimationFrame(this.#flush);
    else setTimeout(this.#flush, this.#restUntil - performance.now());
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    // Requests stay; the pictures ask again when the context is back.
    if (this.contextLostAt.peek() !== undefined) return;
    const pictures = [...this.#waiting].filter(({ canvas }) => canvas.width > 0 && canvas.height > 0);
    this.#waiting.clear();
    if (pictures.length > 0) this.#drawSheet(pictures);
  };

  /** As many pictures as fit; the others wait for the next sheet. */
  #drawSheet(pictures: readonly Picture[]): void {
    const { gl } = this.#renderer;
    const changed = pictures.flatMap((picture) => {
      const part = picture.part();
      return part ? [{ picture, part }] : [];
    });
    const { places, sheet } = onShelves(
      changed.map(({ part }) => part),
      SHEET_WIDTH,
      SHEET_HEIGHT,
    );
    for (const { picture } of changed.slice(places.length)) this.#waiting.add(picture);
    const drawn = places.map(({ x, y }, i) => {
      const { picture, part } = changed[i];
      picture.prepare(part);
      return { picture, frame: new Rectangle(x, y, part.width, part.height) };
    });
    if (drawn.length === 0) return;
    this.#begunAt = performance.now();
    this.#fit({ width: Math.max(...drawn.map(({ frame }) => frame.right)), height: sheet.height });
    drawn.forEach(({ picture, frame }, i) => {
      this.#postponed.delete(picture);
      // Pixi passes the frame on to its render target, though its types lack it.
      const options = { container: picture.scene, clear: i === 0, frame };
      this.#renderer.render(options);
    });
    const done = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    if (done === null) return;
    this.#sheet = { drawn, done };
    setTimeout(this.#collect, POLL_MS);
  }

  /** Copying any part costs as much as copying the whole sheet, so it is kept small. */
  #fit({ width, height }: Size): void {
    const canvas = this.#canvas;
    const isLarge = canvas.width * canvas.height > SPARE_RATIO * width * Math.max(height, LEAST_HEIGHT);
    if (width <= canvas.width && height <= canvas.height && !isLarge) return;
    this.#renderer.resize(width, Math.max(height, LEAST_HEIGHT));
  }

  readonly #collect = (): void => {
    const { gl } = this.#renderer;
    if (this.#sheet === undefined) return;
    const { drawn, done } = this.#sheet;
    if (
      this.contextLostAt.peek() === undefined &&
      gl.getSyncParameter(done, gl.SYNC_STATUS) === gl.UNSIGNALED
    ) {
      setTimeout(this.#collect, POLL_MS);
      return;
    }
    this.#sheet = undefined;
    gl.deleteSync(done);
    if (this.contextLostAt.peek() === undefined)
      for (const { picture, frame } of drawn) {
        picture.take(this.#canvas, frame, this.#ground);
        this.draws++;
      }
    const took = performance.now() - this.#begunAt;
    this.#restUntil = took > SLOW_SHEET_MS ? performance.now() + took * REST_RATIO : 0;
    if (this.#waiting.size > 0) this.#schedule();
  };
}
