import { effect } from '@preact/signals-core';
import type { BufferImageSource, Rectangle } from 'pixi.js';
import { Container, Geometry, GlProgram, Mesh, Shader } from 'pixi.js';
import { CLASS_DOMAIN } from '../color/class-colours.ts';
import { rowHeight, scanBox } from '../geometry/scan-box.ts';
import type { Box, Placement, Size } from '../geometry/viewport.ts';
import { fitted, placementOf, visiblePart } from '../geometry/viewport.ts';
import type { LayerPlane } from '../model/maps/layer-plane.ts';
import { isClassMap } from '../model/maps/map-list.ts';
import { RowRange } from '../model/maps/row-range.ts';
import type { ThemeName } from '../model/view-state.ts';
import { THEMES, unitRgb } from '../styles/theme.ts';
import { DOUBTFUL, inverse, mapUniforms, NEVER } from './map-uniforms.ts';
import type { PictureStore } from './picture-store.ts';
import { MAP_FRAGMENT, MAP_VERTEX } from './shaders.ts';
import type { Picture } from './shared-renderer.ts';
import { DATA_INTERVAL_MS } from './shared-renderer.ts';

/** Half the width of a class's outline, canvas pixels. */
const OUTLINE_PIXELS = 1.4;

export const unitQuad = (): Geometry =>
  new Geometry({
    attributes: { aPosition: new Float32Array([0, 0, 1, 0, 1, 1, 0, 1]) },
    indexBuffer: new Uint32Array([0, 1, 2, 0, 2, 3]),
  });

/** One layer of the scan as a picture; follows its data, limits, colours, selection and viewport by itself. */
export class MapPicture implements Picture {
  readonly canvas: HTMLCanvasElement;
  readonly scene = new Container();
  readonly #store: PictureStore;
  readonly #plane: LayerPlane;
  /** Whether class maps lie over the grey relief. */
  readonly #hero: boolean;
  readonly #uniforms = mapUniforms();
  readonly #shader: Shader;
  readonly #mesh: Mesh<Geometry, Shader>;
  /** What has to be drawn: everything, or rows that came since. */
  #isWhole = true;
  readonly #rows = new RowRange();
  /** Pixels that hold a sample in what is being drawn. */
  #measured = 0;
  #part: Box = { x: 0, y: 0, width: 0, height: 0 };
  /** Of the canvas when it was drawn last. */
  #size: Size = { width: 0, height: 0 };
  readonly #stops: (() => void)[];

  constructor(store: PictureStore, plane: LayerPlane, canvas: HTMLCanvasElement, hero: boolean) {
    this.#store = store;
    this.#plane = plane;
    this.canvas = canvas;
    this.#hero = hero;
    const samples = store.planes.of(plane).source;
    this.#shader = new Shader({
      glProgram: GlProgram.from({ vertex: MAP_VERTEX, fragment: MAP_FRAGMENT, name: 'scan-map' }),
      resources: {
        mapUniforms: this.#uniforms,
        uData: samples,
        uLut: store.colormap('greys', 'dark'),
        uMask: store.mask(),
        uRelief: samples,
        uLabels: samples,
        uDoubt: samples,
      },
    });
    this.#mesh = new Mesh({ geometry: unitQuad(), shader: this.#shader });
    this.scene.addChild(this.#mesh);
    const follow = (rows: LayerPlane) => rows.onRows((first, count) => this.#rows.add(first, first + count));
    this.#stops = [
      follow(plane),
      effect(() => {
        const relief = this.#relief();
        return relief && follow(relief);
      }),
      effect(() => {
        const beside = this.#beside();
        return beside && follow(beside);
      }),
      effect(() => this.#followView()),
      effect(() => this.#followLimits()),
      effect(() => this.#followData()),
    ];
  }

  /** Whether the class map lies over the relief now. */
  get overRelief(): boolean {
    return this.#relief() !== undefined;
  }

  part(): Box | undefined {
    const { width, height } = this.canvas;
    const shape = this.#store.dashboard.model.scan.peek()?.scan.shape;
    if (shape === undefined) return undefined;
    const isOther =
      width !== this.#size.width ||
      height !== this.#size.height ||
      this.#shader.resources['uLut'] !== this.#lut();
    if (this.#isWhole || isOther) return { x: 0, y: 0, width, height };
    const [from, to] = this.#rows.range;
    const { top, scale } = this.#placement(shape);
    const rowPixels = rowHeight(shape) * scale;
    // The outlines of the rows beside depend on them.
    const y = Math.max(0, Math.floor(top + (from - 1) * rowPixels) - 1);
    const end = Math.min(height, Math.ceil(top + (to + 1) * rowPixels) + 1);
    return to > from && end > y ? { x: 0, y, width, height: end - y } : undefined;
  }

  prepare(part: Box): void {
    const { dashboard } = this.#store;
    this.#part = part;
    this.#isWhole = false;
    this.#size = { width: this.canvas.width, height: this.canvas.height };
    this.#rows.take();
    this.#measured = this.#plane.measured;
    const uniforms = this.#uniforms.uniforms;
    const theme = THEMES[dashboard.view.theme.peek()];
    uniforms.uGround.set(unitRgb(theme.ground));
    uniforms.uCanvas.set([part.width, part.height]);
    this.#place(dashboard.model.scan.peek()?.scan.shape ?? [1, 1], part.y);
    this.#colour();
    this.#uniforms.update();
  }

  take(sheet: HTMLCanvasElement, place: Rectangle, ground: string): void {
    const context = this.canvas.getContext('2d', { alpha: false });
    if (context === null) return;
    const { y, width, height } = this.#part;
    context.fillStyle = ground;
    context.fillRect(0, y, width, height);
    context.drawImage(sheet, place.x, place.y, width, height, 0, y, width, height);
    this.#plane.drawn = this.#measured;
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    this.#store.renderer.forget(this);
    const { geometry } = this.#mesh;
    this.scene.destroy({ children: true });
    // The program and the textures are shared: only the shader's bindings and the quad belong to this picture.
    this.#shader.destroy();
    geometry.destroy();
  }

  /** Reads every signal of the view that the picture depends on; whichever changes asks for a drawing. */
  #followView(): void {
    const { dashboard, renderer } = this.#store;
    const { view, mask, appearance } = dashboard;
    void mask.active.value;
    void dashboard.selection.focus.value;
    void view.theme.value;
    void view.viewport.value;
    void renderer.contextLostAt.value;
    if (isClassMap(this.#plane.layer)) {
      void appearance.paletteOf(this.#plane.layer.edge ?? '').value;
      void this.#relief();
    } else void view.colormaps.value;
    this.#isWhole = true;
    renderer.request(this);
  }

  /** What every sample's colour depends on. */
  #followLimits(): void {
    const { dashboard, renderer } = this.#store;
    const { mask, readings } = dashboard;
    const relief = this.#relief();
    if (relief !== undefined) void readings.domainOf(relief).value;
    if (!isClassMap(this.#plane.layer)) void readings.domainOf(this.#plane).value;
    void mask.version.value;
    this.#isWhole = true;
    renderer.request(this, DATA_INTERVAL_MS);
  }

  #followData(): void {
    void this.#plane.version.value;
    void this.#relief()?.version.value;
    void this.#beside()?.version.value;
    this.#store.renderer.request(this, DATA_INTERVAL_MS);
  }

  #relief(): LayerPlane | undefined {
    const { dashboard } = this.#store;
    if (!this.#hero || !isClassMap(this.#plane.layer) || !dashboard.view.relief.value) return undefined;
    return dashboard.shown.relief.value;
  }

  /** What a map of an edge needs beside its own samples: classes to their doubt, other maps to where the edge is absent. */
  #beside(): LayerPlane | undefined {
    const { kind, edge } = this.#plane.layer;
    if (edge === undefined) return undefined;
    return this.#store.dashboard.planeOf(kind === 'labels' ? 'uncertainty' : 'labels', edge);
  }

  #placement(shape: readonly [number, number]): Placement {
    const box = scanBox(shape);
    const viewport = this.#store.dashboard.view.viewport.peek() ?? fitted(box);
    return placementOf(viewport, box, this.canvas);
  }

  /** @param y where the part that is drawn begins in the canvas */
  #place(shape: readonly [number, number], y: number): void {
    const uniforms = this.#uniforms.uniforms;
    const placement = this.#placement(shape);
    const part = visiblePart(placement, scanBox(shape), this.canvas);
    this.#mesh.visible = part !== undefined;
    if (part === undefined) return;
    const high = rowHeight(shape);
    uniforms.uTarget.set([
      placement.left + part.x * placement.scale,
      placement.top + part.y * placement.scale - y,
      part.width * placement.scale,
      part.height * placement.scale,
    ]);
    uniforms.uSource.set([part.x, part.y / high, part.width, part.height / high]);
    const outline = (OUTLINE_PIXELS * globalThis.devicePixelRatio) / placement.scale;
    uniforms.uOutline.set([Math.min(outline, 0.49), Math.min(outline / high, 0.49)]);
  }

  /** Colours of the classes in the revision that is shown, or of the samples. */
  #lut(): BufferImageSource {
    const { dashboard } = this.#store;
    const { layer, revision } = this.#plane;
    const theme = dashboard.view.theme.peek();
    return isClassMap(layer)
      ? this.#store.classes(dashboard.model.classesOf(layer.edge ?? '', revision), theme)
      : this.#store.colormap(this.#store.colormapOf(layer), theme);
  }

  #colour(): void {
    const { dashboard, planes } = this.#store;
    const { view, mask } = dashboard;
    const uniforms = this.#uniforms.uniforms;
    const { resources } = this.#shader;
    const theme = view.theme.peek();
    const plane = this.#plane;
    planes.of(plane).update();
    resources['uLut'] = this.#lut();
    resources['uMask'] = this.#store.mask();
    uniforms.uDim = mask.active.peek() ? 1 : 0;
    this.#colourBeside(theme);
    const relief = this.#relief();
    uniforms.uOver = relief === undefined ? 0 : 1;
    if (isClassMap(plane.layer)) {
      uniforms.uDomain.set(inverse(CLASS_DOMAIN));
    } else {
      uniforms.uDomain.set(inverse(dashboard.readings.domainOf(plane).peek() ?? [0, 1]));
    }
    if (relief !== undefined) {
      planes.of(relief).update();
      resources['uRelief'] = planes.of(relief).source;
      uniforms.uReliefDomain.set(inverse(dashboard.readings.domainOf(relief).peek() ?? [0, 1]));
      uniforms.uReliefLow.set(unitRgb(THEMES[theme].reliefLow));
      uniforms.uReliefHigh.set(unitRgb(THEMES[theme].reliefHigh));
    }
  }

  #colourBeside(theme: ThemeName): void {
    const uniforms = this.#uniforms.uniforms;
    const beside = this.#beside();
    const isOfClasses = this.#plane.layer.kind === 'labels';
    uniforms.uAbsent.set(unitRgb(THEMES[theme].absent));
    uniforms.uDoubtful = beside !== undefined && isOfClasses ? DOUBTFUL : NEVER;
    uniforms.uOfEdge = beside !== undefined && !isOfClasses ? 1 : 0;
    if (beside === undefined) return;
    const texture = this.#store.planes.of(beside);
    texture.update();
    this.#shader.resources[isOfClasses ? 'uDoubt' : 'uLabels'] = texture.source;
  }
}
