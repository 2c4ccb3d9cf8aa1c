import { computed, signal } from '@preact/signals-core';
import { html, nothing } from 'lit';
import type { SideSpectra } from '../../model/comparison/comparison-figure.ts';
import { comparisonFigure } from '../../model/comparison/comparison-figure.ts';
import { base } from '../../styles/base.ts';
import { chart } from '../../styles/chart.ts';
import { THEMES } from '../../styles/theme.ts';
import { SpectrumChart } from '../spectrum/spectrum-chart.ts';
import { CompareElement, edgeOfSide } from './compare-element.ts';

/** Mean net spectra of the classes of A, and dashed of B. */
export class CompareSpectra extends CompareElement {
  static override styles = [base, chart];

  readonly #cursor = signal<number | undefined>(undefined);
  #chart: SpectrumChart | undefined;

  readonly #figure = computed(() => {
    const edge = this.comparison.edge.value?.edge;
    if (edge === undefined) return undefined;
    return comparisonFigure(this.#side(edge, 'A'), this.#side(edge, 'B'));
  });

  #side(edge: string, side: 'A' | 'B'): SideSpectra | undefined {
    const { model } = this.dashboard;
    const name = edgeOfSide(edge, side);
    const spectra = model.classSpectra.value.get(name);
    return spectra && { spectra, state: model.edges.value.get(name) };
  }

  override render() {
    const energy = this.#cursor.value;
    const edge = this.comparison.edge.value?.edge;
    return html`
      <div class="heading">
        <h2>${edge} class means</h2>
        <span class="context">A drawn through, B dashed${energy === undefined ? nothing : ` · ${energy.toFixed(1)} eV`}</span>
      </div>
      <div class="chart" role="img" aria-label="Mean net spectra of the classes of ${edge}, of A and of B"></div>
    `;
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
    this.follow(() => this.#draw());
  }

  #draw(): void {
    const figure = this.#figure.value;
    const { model, view, selection } = this.dashboard;
    if (figure === undefined) {
      this.#chart?.destroy();
      return;
    }
    const edge = this.comparison.edge.value?.edge ?? '';
    const sides = [edgeOfSide(edge, 'A'), edgeOfSide(edge, 'B')];
    const windows = model.scan.value?.edges.find(({ name }) => name === sides[0]);
    this.#chart?.show(figure, {
      theme: THEMES[view.theme.value],
      units: 'net counts',
      log: false,
      edges: windows ? [{ ...windows, name: edge }] : [],
      emphasis: selection.focus.value.find((id) => sides.includes(id.edge))?.identity,
    });
  }
}

customElements.define('ew-compare-spectra', CompareSpectra);
