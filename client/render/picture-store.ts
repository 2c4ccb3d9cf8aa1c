import { effect } from '@preact/signals-core';
import type { BufferImageSource } from 'pixi.js';
import type { ColormapName } from '../../protocol/colormaps.ts';
import { colormapTable } from '../../protocol/colormaps.ts';
import { type Layer, mapKind } from '../../protocol/index.ts';
import { classTable, type ShownClass } from '../color/class-colours.ts';
import type { Dashboard } from '../model/dashboard.ts';
import type { ThemeName } from '../model/view-state.ts';
import { rgbOf, THEMES } from '../styles/theme.ts';
import type { SharedRenderer } from './shared-renderer.ts';
import { floatSource, lutSource, PlaneTextures, retire } from './textures.ts';

/** Textures that several pictures share: samples, colour tables and the mask of the selection. */
export class PictureStore {
  readonly renderer: SharedRenderer;
  readonly dashboard: Dashboard;
  readonly planes = new PlaneTextures();
  readonly #tables = new Map<string, BufferImageSource>();
  #mask: BufferImageSource;
  /** As floats: rows of bytes would have to be padded to four. */
  #maskSamples = new Float32Array([1]);
  #maskVersion = -1;

  constructor(renderer: SharedRenderer, dashboard: Dashboard) {
    this.renderer = renderer;
    this.dashboard = dashboard;
    this.#mask = floatSource(this.#maskSamples, 1, 1, 'r32float');
    effect(() => renderer.setGround(THEMES[dashboard.view.theme.value].ground));
    effect(() => this.planes.keepOnly(dashboard.model.planes.value.values()));
  }

  colormapOf(layer: Layer): ColormapName {
    return this.dashboard.view.colormaps.value[layer.kind] ?? mapKind(layer.kind).colours;
  }

  colormap(name: ColormapName, theme: ThemeName): BufferImageSource {
    return this.#table(`map/${name}/${theme}`, () => colormapTable(name, theme === 'light'));
  }

  /** Colour table of an edge's labels; one per assignment of colours to numbers. */
  classes(classes: readonly ShownClass[], theme: ThemeName): BufferImageSource {
    const key = classes.map((state) => `${state.label}:${state.place}`).join();
    return this.#table(`class/${key}/${theme}`, () => classTable(classes, rgbOf(THEMES[theme].absent)));
  }

  /** The mask's texture, brought up to date. */
  mask(): BufferImageSource {
    const { mask, model } = this.dashboard;
    const version = mask.version.peek();
    if (version === this.#maskVersion) return this.#mask;
    this.#maskVersion = version;
    const [rows, columns] = model.scan.peek()?.scan.shape ?? [1, 1];
    const { data } = mask;
    let [from, to] = mask.takeChanged();
    if (data.length !== rows * columns) return this.#mask;
    const resized = this.#maskSamples.length !== data.length || this.#mask.width !== columns;
    if (resized) {
      this.#maskSamples = new Float32Array(data.length);
      [from, to] = [0, rows];
    }
    for (let i = from * columns; i < to * columns; i++) this.#maskSamples[i] = data[i] / 255;
    if (resized) {
      retire(this.#mask);
      this.#mask = floatSource(this.#maskSamples, columns, rows, 'r32float');
    } else if (to > from) this.#mask.update(from * columns, to * columns);
    return this.#mask;
  }

  #table(key: string, make: () => Uint8Array): BufferImageSource {
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = lutSource(make());
      this.#tables.set(key, table);
    }
    return table;
  }
}
