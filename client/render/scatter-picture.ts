import { effect } from '@preact/signals-core';
import type { BufferImageSource, Rectangle } from 'pixi.js';
import { Container, Geometry, GlProgram, Mesh, Shader, UniformGroup } from 'pixi.js';
import { identityOf } from '../color/class-colours.ts';
import type { Affine } from '../geometry/picking.ts';
import { IDENTITY } from '../geometry/picking.ts';
import type { Box, Placement } from '../geometry/viewport.ts';
import { worldFromView } from '../geometry/viewport.ts';
import type { LayerPlane } from '../model/maps/layer-plane.ts';
import { THEMES, unitRgb } from '../styles/theme.ts';
import type { Part } from './drawn-in-parts.ts';
import { DrawnInParts } from './drawn-in-parts.ts';
import { unitQuad } from './map-picture.ts';
import type { PictureStore } from './picture-store.ts';
import { CELL_FRAGMENT, MAP_VERTEX, POINT_FRAGMENT, POINT_VERTEX } from './shaders.ts';
import type { Picture } from './shared-renderer.ts';
import { DATA_INTERVAL_MS } from './shared-renderer.ts';
import { floatSource } from './textures.ts';

const MAX_CELLS = 256;
const TINT = { dark: 0.2, light: 0.16 };

/** Diameter in CSS pixels: many points are drawn small, so that dense regions keep their shape. */
const pointSize = (points: number): number =>
  points < 3000 ? 3.4 : points < 20_000 ? 2.4 : points < 80_000 ? 1.7 : 1.2;

const cellUniforms = () =>
  new UniformGroup({
    uTarget: { value: new Float32Array(4), type: 'vec4<f32>' },
    uSource: { value: new Float32Array(4), type: 'vec4<f32>' },
    uCanvas: { value: new Float32Array(2), type: 'vec2<f32>' },
    uCount: { value: 0, type: 'f32' },
    uTint: { value: 0, type: 'f32' },
    uGround: { value: new Float32Array(3), type: 'vec3<f32>' },
  });

const pointUniforms = () =>
  new UniformGroup({
    uRowX: { value: new Float32Array(3), type: 'vec3<f32>' },
    uRowY: { value: new Float32Array(3), type: 'vec3<f32>' },
    uPlacement: { value: new Float32Array(3), type: 'vec3<f32>' },
    uCanvas: { value: new Float32Array(2), type: 'vec2<f32>' },
    uSize: { value: 1, type: 'f32' },
    uFirstRow: { value: 0, type: 'f32' },
    uPass: { value: 0, type: 'f32' },
    uGround: { value: new Float32Array(3), type: 'vec3<f32>' },
  });

/** The embedding of one edge: a point per pixel over the tinted cells of its classes. */
export class ScatterPicture implements Picture {
  readonly canvas: HTMLCanvasElement;
  readonly scene = new Container();
  readonly #store: PictureStore;
  readonly #points: LayerPlane;
  readonly #labels: LayerPlane;
  readonly #placement: () => Placement;
  readonly #viewed: () => void;
  readonly #cells = new Float32Array(4 * MAX_CELLS);
  readonly #cellSource: BufferImageSource;
  readonly #cellUniforms = cellUniforms();
  readonly #pointUniforms: ReturnType<typeof pointUniforms>[] = [];
  readonly #shaders: Shader[] = [];
  readonly #layers: Mesh<Geometry, Shader>[] = [];
  readonly #pointGeometry: Geometry;
  readonly #cellGeometry = unitQuad();
  readonly #cellLayer: Mesh<Geometry, Shader>;
  readonly #parts: DrawnInParts;
  /** Canvas in which the parts of a picture are collected until it is complete. */
  readonly #grown = document.createElement('canvas').getContext('2d', { alpha: false });
  /** Appearance of the points that are drawn already. */
  #drawn: { size: number; lut: BufferImageSource | undefined; replaced: number } = {
    size: 0,
    lut: undefined,
    replaced: 0,
  };
  #wasWhole = false;
  readonly #stops: (() => void)[];

  /**
   * @param placement where the embedding lies in the canvas; reads signals, which the picture follows
   * @param viewed reads those of them that the user changes
   */
  constructor(
    store: PictureStore,
    points: LayerPlane,
    labels: LayerPlane,
    canvas: HTMLCanvasElement,
    placement: () => Placement,
    viewed: () => void,
  ) {
    this.#store = store;
    this.#points = points;
    this.#labels = labels;
    this.canvas = canvas;
    this.#placement = placement;
    this.#viewed = viewed;
    this.#cellSource = floatSource(this.#cells, MAX_CELLS, 1, 'rgba32float');
    const cells = new Shader({
      glProgram: GlProgram.from({ vertex: MAP_VERTEX, fragment: CELL_FRAGMENT, name: 'class-cells' }),
      resources: { cellUniforms: this.#cellUniforms, uCentroids: this.#cellSource, uLut: this.#lut() },
    });
    this.#shaders.push(cells);
    this.#cellLayer = new Mesh({ geometry: this.#cellGeometry, shader: cells });
    this.scene.addChild(this.#cellLayer);
    const columns = Float32Array.from({ length: points.columns }, (_, i) => i);
    this.#pointGeometry = new Geometry({
      attributes: { aColumn: { buffer: columns, format: 'float32' } },
      topology: 'point-list',
    });
    this.#parts = new DrawnInParts(points.rows, points.columns);
    // Two passes, so that selected points lie above dimmed ones.
    for (let pass = 0; pass < 2; pass++) this.#addPoints();
    const add = (first: number, rows: number) => this.#parts.add(first, first + rows);
    this.#stops = [
      points.onRows(add),
      labels.onRows(add),
      effect(() => this.#followView()),
      effect(() => this.#followAppearance()),
      effect(() => this.#followData()),
    ];
  }

  part(): Box | undefined {
    const now = performance.now();
    this.#compare();
    if (this.#parts.isDue(now)) return { x: 0, y: 0, width: this.canvas.width, height: this.canvas.height };
    this.#wait(now);
    return undefined;
  }

  prepare(): void {
    const { dashboard } = this.#store;
    // Drawn in parts, dimmed points would cover selected ones.
    const part = this.#parts.next(performance.now(), dashboard.mask.active.peek());
    const ground = unitRgb(THEMES[dashboard.view.theme.peek()].ground);
    const placement = this.#placement();
    this.#cellLayer.visible = part.anew;
    if (part.anew) this.#prepareCells(ground, placement);
    this.#preparePoints(part, ground, placement);
  }

  take(sheet: HTMLCanvasElement, { x, y, width, height }: Rectangle): void {
    const now = performance.now();
    const whole = this.canvas.getContext('2d', { alpha: false });
    if (this.#grown === null || whole === null) return;
    const { canvas } = this.#grown;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    this.#grown.drawImage(sheet, x, y, width, height, 0, 0, width, height);
    const isWhole = this.#parts.done(now);
    // Before the first complete picture the parts are shown as they are drawn.
    if (isWhole || !this.#wasWhole) whole.drawImage(canvas, 0, 0);
    if (isWhole) {
      this.#wasWhole = true;
      this.#wait(now);
    } else this.#store.renderer.request(this, this.#parts.isUrgent ? 0 : DATA_INTERVAL_MS);
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    this.#store.renderer.forget(this);
    this.scene.destroy({ children: true });
    for (const shader of this.#shaders) shader.destroy();
    this.#pointGeometry.destroy();
    this.#cellGeometry.destroy();
    this.#cellSource.destroy();
  }

  #addPoints(): void {
    const uniforms = pointUniforms();
    const shader = new Shader({
      glProgram: GlProgram.from({ vertex: POINT_VERTEX, fragment: POINT_FRAGMENT, name: 'embedding-points' }),
      resources: {
        pointUniforms: uniforms,
        uPoints: this.#store.planes.of(this.#points).source,
        uLabels: this.#store.planes.of(this.#labels).source,
        uMask: this.#store.mask(),
        uLut: this.#lut(),
      },
    });
    const mesh = new Mesh({ geometry: this.#pointGeometry, shader });
    this.#pointUniforms.push(uniforms);
    this.#shaders.push(shader);
    this.#layers.push(mesh);
    this.scene.addChild(mesh);
  }

  /** Follows signals that the user changes: viewport, selection, theme. */
  #followView(): void {
    const { dashboard, renderer } = this.#store;
    void dashboard.selection.focus.value;
    void dashboard.view.theme.value;
    void renderer.contextLostAt.value;
    this.#viewed();
    this.#parts.restart();
    renderer.request(this);
  }

  /** Follows signals that change points drawn already. */
  #followAppearance(): void {
    const { dashboard, renderer } = this.#store;
    void dashboard.appearance.layoutOf(this.#labels.layer.edge ?? '').value;
    void dashboard.mask.version.value;
    this.#placement();
    this.#parts.replace();
    renderer.request(this, DATA_INTERVAL_MS);
  }

  #followData(): void {
    void this.#points.version.value;
    void this.#labels.version.value;
    this.#store.renderer.request(this, DATA_INTERVAL_MS);
  }

  /** Checks whether points drawn already would look different now. */
  #compare(): void {
    const { planes } = this.#store;
    const [points, labels] = [planes.of(this.#points), planes.of(this.#labels)];
    points.update();
    labels.update();
    const now = {
      size: pointSize(this.#points.measured) * globalThis.devicePixelRatio,
      lut: this.#lut(),
      replaced: points.replaced + labels.replaced,
    };
    const { size, lut, replaced } = this.#drawn;
    if (size !== now.size || lut !== now.lut || replaced !== now.replaced) this.#parts.replace();
    this.#drawn = now;
  }

  /** Requests a drawing for the time at which replaced points may be drawn again. */
  #wait(now: number): void {
    const pause = this.#parts.remainingPause(now);
    if (pause !== undefined) this.#store.renderer.postpone(this, pause);
  }

  #classes() {
    return this.#store.dashboard.model.classesOf(this.#labels.layer.edge ?? '', this.#labels.revision);
  }

  #lut(): BufferImageSource {
    return this.#store.classes(this.#classes(), this.#store.dashboard.view.theme.peek());
  }

  #prepareCells(ground: number[], placement: Placement): void {
    const { dashboard } = this.#store;
    const { width, height } = this.canvas;
    const classes = this.#classes().slice(0, MAX_CELLS);
    const focus = dashboard.selection.focus.peek();
    const edge = this.#labels.layer.edge;
    classes.forEach((state, i) => {
      const identity = identityOf(classes, state.label);
      const inFocus = focus.every((id) => id.edge !== edge || id.identity === identity);
      this.#cells.set([state.centroid[0], -state.centroid[1], state.label + 2, inFocus ? 1 : 0], 4 * i);
    });
    this.#cellSource.update();
    const uniforms = this.#cellUniforms.uniforms;
    const [x0, y0] = worldFromView(placement, 0, 0);
    const [x1, y1] = worldFromView(placement, width, height);
    uniforms.uTarget.set([0, 0, width, height]);
    uniforms.uSource.set([x0, y0, x1 - x0, y1 - y0]);
    uniforms.uCanvas.set([width, height]);
    uniforms.uCount = classes.length;
    uniforms.uTint = TINT[dashboard.view.theme.peek()];
    uniforms.uGround.set(ground);
    this.#shaders[0].resources['uLut'] = this.#lut();
    this.#cellUniforms.update();
  }

  #preparePoints(part: Part, ground: number[], placement: Placement): void {
    const { dashboard } = this.#store;
    const state = dashboard.model.edges.peek().get(this.#labels.layer.edge ?? '');
    const affine: Affine = state?.orientation ?? IDENTITY;
    const masked = dashboard.mask.active.peek();
    this.#pointGeometry.instanceCount = part.to - part.from;
    this.#pointUniforms.forEach((group, pass) => {
      const { uniforms } = group;
      uniforms.uRowX.set(affine.slice(0, 3));
      uniforms.uRowY.set(affine.slice(3, 6));
      uniforms.uPlacement.set([placement.scale, placement.left, placement.top]);
      uniforms.uCanvas.set([this.canvas.width, this.canvas.height]);
      uniforms.uSize = this.#drawn.size;
      uniforms.uFirstRow = part.from;
      uniforms.uPass = masked ? pass + 1 : 0;
      uniforms.uGround.set(ground);
      this.#layers[pass].visible = masked || pass === 0;
      const { resources } = this.#shaders[pass + 1];
      resources['uMask'] = this.#store.mask();
      resources['uLut'] = this.#lut();
      group.update();
    });
  }
}
