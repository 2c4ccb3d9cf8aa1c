import { effect } from '@preact/signals-core';
import type { BufferImageSource } from 'pixi.js';
import type { ClassState, Layer } from '../../protocol/index.ts';
import { classTable } from '../color/class-colours.ts';
import type { ColormapName } from '../color/colormaps.ts';
import { colormapTable } from '../color/colormaps.ts';
import type { Dashboard } from '../model/dashboard.ts';
import { defaultColormap } from '../model/map-list.ts';
import type { ThemeName } from '../model/view-state.ts';
import { rgbOf, THEMES } from '../styles/theme.ts';
import type { SharedRenderer } from './shared-renderer.ts';
import { lutSource, maskSource, PlaneTextures } from './textures.ts';

/** What several pictures share on the graphics card: samples, colour tables and the mask of the selection. */
export class PictureStore {
  readonly renderer: SharedRenderer;
  readonly dashboard: Dashboard;
  readonly planes = new PlaneTextures();
  readonly #tables = new Map<string, BufferImageSource>();
  #mask: BufferImageSource;
  #maskData: Uint8Array;
  #maskVersion = -1;

  constructor(renderer: SharedRenderer, dashboard: Dashboard) {
    this.renderer = renderer;
    this.dashboard = dashboard;
    this.#maskData = new Uint8Array([255]);
    this.#mask = maskSource(this.#maskData, 1, 1);
    effect(() => renderer.setGround(THEMES[dashboard.view.theme.value].ground));
    effect(() => this.planes.keepOnly(dashboard.model.planes.value.values()));
  }

  colormapOf(layer: Layer): ColormapName {
    return this.dashboard.view.colormaps.value[layer.kind] ?? defaultColormap(layer);
  }

  colormap(name: ColormapName, theme: ThemeName): BufferImageSource {
    return this.#table(`map/${name}/${theme}`, () => colormapTable(name, theme === 'light'));
  }

  /** Colour table of an edge's labels; one per assignment of colours to numbers. */
  classes(classes: readonly ClassState[], theme: ThemeName): BufferImageSource {
    const key = classes.map((state) => `${state.label}:${state.colour}`).join();
    return this.#table(`class/${key}/${theme}`, () => classTable(classes, rgbOf(THEMES[theme].absent)));
  }

  /** The mask's texture, brought up to date. */
  mask(): BufferImageSource {
    const { mask, model } = this.dashboard;
    const [rows, columns] = model.scan.peek()?.scan.shape ?? [1, 1];
    if (mask.data !== this.#maskData && mask.data.length === rows * columns) {
      this.#mask.destroy();
      this.#maskData = mask.data;
      this.#mask = maskSource(mask.data, columns, rows);
    } else if (this.#maskVersion !== mask.version.peek()) this.#mask.update();
    this.#maskVersion = mask.version.peek();
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
