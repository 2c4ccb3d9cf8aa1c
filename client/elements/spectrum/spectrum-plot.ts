import { computed, signal } from '@preact/signals-core';
import { css, html, nothing } from 'lit';
import type { PixelSpectrum } from '../../../protocol/index.ts';
import { ABSENT } from '../../../protocol/index.ts';
import { labelCss } from '../../color/class-colours.ts';
import { rowAndColumn } from '../../geometry/scan-box.ts';
import type { SpectrumFigure } from '../../model/spectrum-series.ts';
import { classFigure, lowLossFigure, pixelFigure, sumFigure, valueAt } from '../../model/spectrum-series.ts';
import type { SpectrumMode } from '../../model/view-state.ts';
import { shortName } from '../../model/words/edge-names.ts';
import { compact, plural } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { chart } from '../../styles/chart.ts';
import { THEMES } from '../../styles/theme.ts';
import { DashboardElement } from '../dashboard-element.ts';
import { SpectrumChart } from './spectrum-chart.ts';

const MODES: readonly (readonly [SpectrumMode, string, string])[] = [
  ['raw', 'raw', 'Counts as recorded, with the fitted backgrounds'],
  ['net', 'net', 'Background subtracted'],
  ['pca', 'PCA', 'Background subtracted, with the reconstruction by PCA'],
  ['classes', 'classes', 'Mean net spectra of the classes'],
  ['low-loss', 'low loss', 'Low loss, with the zero-loss peak'],
];
/** How long the spectrum of the last pixel stays after the pointer left, ms: the pointer may be on its way to another map. */
const LINGER_MS = 1500;

/** The spectrum of the hovered or pinned pixel, of the whole scan, or the classes' means. */
export class SpectrumPlot extends DashboardElement {
  static override styles = [
    base,
    chart,
    css`
      .empty {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        color: var(--muted);
        pointer-events: none;
      }
      i {
        display: inline-block;
        width: 7px;
        height: 7px;
        margin: 0 3px 0 2px;
        border-radius: 1px;
      }
      .small-tabs {
        flex: none;
      }
    `,
  ];

  readonly #lingering = signal<number | undefined>(undefined);
  readonly #cursor = signal<number | undefined>(undefined);
  #chart: SpectrumChart | undefined;

  readonly #figure = computed((): SpectrumFigure | undefined => {
    const { model, view } = this.dashboard;
    const edges = model.scan.value?.edges ?? [];
    const mode = view.spectrumMode.value;
    if (mode === 'classes') {
      const spectra = model.classSpectra.value.get(this.dashboard.shown.edge.value ?? '');
      return spectra && classFigure(spectra, this.dashboard.shown.edgeState.value, edges);
    }
    const pixel = this.#lingering.value === undefined ? undefined : model.pixelSpectrum.value;
    if (mode === 'low-loss') {
      if (pixel?.lowLoss) return lowLossFigure(pixel.lowLoss, 'low loss');
      const lowLoss = model.sumSpectrum.value?.lowLoss;
      return lowLoss && lowLossFigure(lowLoss, 'low loss, sum of all spectra');
    }
    if (pixel?.measured) return pixelFigure(pixel, mode, edges, this.dashboard.shown.edge.value);
    const sum = model.sumSpectrum.value;
    // The sum would stand under the name of the pixel.
    if (pixel !== undefined) return undefined;
    return sum && sumFigure(sum);
  });

  override render() {
    const { view } = this.dashboard;
    const mode = view.spectrumMode.value;
    const choose = (chosen: SpectrumMode) => {
      view.spectrumMode.value = chosen;
    };
    const scale = view.logScale.value ? 'log' : 'linear';
    return html`
      <div class="head">
        <div class="heading" aria-live="off">${this.#title()}</div>
        <div class="small-tabs" role="group" aria-label="Spectrum">
          ${this.#modes().map(
            ([key, name, title]) =>
              html`<button aria-pressed=${key === mode} title=${title} @click=${() => choose(key)}>${name}</button>`,
          )}
          <button
            title="Logarithmic or linear counts (Y)"
            @click=${() => {
              view.logScale.value = !view.logScale.value;
            }}
          >${scale}</button>
        </div>
      </div>
      <div class="chart" role="img" aria-label=${this.#sentence()}>
        ${this.#figure.value === undefined ? html`<div class="empty">${this.#empty(mode)}</div>` : nothing}
      </div>
    `;
  }

  /** The low loss can be chosen where it was measured. */
  #modes() {
    const lowLoss = this.dashboard.model.sumSpectrum.value?.lowLoss !== undefined;
    return lowLoss ? MODES : MODES.filter(([mode]) => mode !== 'low-loss');
  }

  protected override started(): void {
    const host = this.renderRoot.querySelector<HTMLElement>('.chart');
    if (host === null) return;
    this.#chart = new SpectrumChart(host, (energy) => {
      this.#cursor.value = energy;
    });
    const observer = new ResizeObserver(() => this.#chart?.resize());
    observer.observe(host);
    this.atEnd(() => observer.disconnect());
    this.atEnd(() => this.#chart?.destroy());
    this.follow(() => this.#linger());
    this.follow(() => this.#draw());
  }

  #timer: ReturnType<typeof setTimeout> | undefined;

  #linger(): void {
    const pixel = this.dashboard.selection.spectrumPixel.value;
    clearTimeout(this.#timer);
    if (pixel !== undefined) this.#lingering.value = pixel;
    else
      this.#timer = setTimeout(() => {
        this.#lingering.value = undefined;
      }, LINGER_MS);
  }

  #draw(): void {
    const figure = this.#figure.value;
    const { model, view, selection } = this.dashboard;
    if (figure === undefined) {
      this.#chart?.destroy();
      return;
    }
    const mode = view.spectrumMode.value;
    const edge = this.dashboard.shown.edge.value;
    const showsAll = mode === 'raw' || mode === 'low-loss' || figure.lines[0]?.name.startsWith('sum');
    const edges = model.scan.value?.edges ?? [];
    this.#chart?.show(figure, {
      theme: THEMES[view.theme.value],
      units: showsAll ? 'counts' : 'net counts',
      log: view.logScale.value && showsAll,
      edges: mode === 'low-loss' ? [] : showsAll ? edges : edges.filter((one) => one.name === edge),
      emphasis:
        mode === 'classes' ? selection.focus.value.find((id) => id.edge === edge)?.identity : undefined,
    });
  }

  #title() {
    const { model, view, selection } = this.dashboard;
    const edge = this.dashboard.shown.edge.value ?? '';
    const cursor = this.#cursorText();
    const after = cursor ? ` · ${cursor}` : '';
    if (view.spectrumMode.value === 'classes') {
      const revision = model.classSpectra.value.get(edge)?.revision;
      return html`<h2>${edge} class means</h2>
        <span class="context">${revision === undefined ? '' : `revision ${revision}`}${after}</span>`;
    }
    const spectrum = model.pixelSpectrum.value;
    const shape = model.scan.value?.scan.shape;
    if (this.#lingering.value === undefined || spectrum === undefined || shape === undefined) {
      const count = model.sumSpectrum.value?.spectra;
      return html`<h2>Sum spectrum</h2>
        <span class="context">${count === undefined ? '' : plural(count, 'spectrum', 'spectra')}${after}</span>`;
    }
    const [row, column] = rowAndColumn(spectrum.pixel, shape);
    if (!spectrum.measured)
      return html`<h2>Pixel (${row}, ${column})</h2><span class="context">not measured yet</span>`;
    const parts = [
      ...(selection.pinnedPixel.value === spectrum.pixel ? ['pinned'] : []),
      ...(cursor ? [cursor] : []),
      ...spectrum.edges.map((one) => this.#edgeWords(one)),
      ...this.#fitWords(spectrum),
    ];
    return html`<h2>Pixel (${row}, ${column})</h2>
      <span class="context">${parts.map((part, i) => html`${i > 0 ? ' · ' : ''}${part}`)}</span>`;
  }

  #edgeWords(one: { name: string; label: number; snr: number; exponent: number }) {
    const classes = this.dashboard.model.edges.value.get(one.name)?.classes ?? [];
    const theme = THEMES[this.dashboard.view.theme.value];
    const label = one.label === ABSENT ? 'abs' : one.label < ABSENT ? '–' : String(one.label);
    const colour = labelCss(classes, one.label, theme.hairline);
    const details = `${one.name}: signal/noise ${compact(one.snr)}, exponent of the background ${compact(one.exponent)}`;
    const chip = one.label >= 0 ? html`<i .style=${`background:${colour}`}></i>` : nothing;
    return html`<span title=${details}>${shortName(one.name, this.dashboard.shown.edgeNames.value)} ${chip}${label}</span>`;
  }

  /** Exponent and signal of the edge that is looked at. */
  #fitWords(spectrum: PixelSpectrum): string[] {
    const shown = spectrum.edges.find((one) => one.name === this.dashboard.shown.edge.value);
    if (shown === undefined) return [];
    return [`exponent ${compact(shown.exponent)}`, `S/N ${compact(shown.snr)}`];
  }

  #cursorText(): string {
    const energy = this.#cursor.value;
    const figure = this.#figure.value;
    if (energy === undefined || figure === undefined) return '';
    const value = figure.lines[0] && valueAt(figure, figure.lines[0], energy);
    return `${energy.toFixed(1)} eV${value === undefined ? '' : `: ${compact(value)}`}`;
  }

  #empty(mode: SpectrumMode): string {
    if (mode === 'classes') return 'class means come with the first model';
    if (mode === 'low-loss') return 'no low loss was measured';
    return this.#lingering.value === undefined
      ? 'waiting for the first spectrum'
      : 'nothing is measured here yet';
  }

  #sentence(): string {
    const figure = this.#figure.value;
    if (figure === undefined) return 'No spectrum yet.';
    const [from, to] = figure.range.map(Math.round);
    return `${figure.lines.map((line) => line.name).join(', ')}, ${from} to ${to} eV.`;
  }
}

customElements.define('ew-spectrum-plot', SpectrumPlot);
