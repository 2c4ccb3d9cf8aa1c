import uPlot from 'uplot';
import type { Edge } from '../../../protocol/index.ts';
import type { SpectrumFigure, SpectrumLine } from '../../model/spectrum-series.ts';
import { positiveOnly } from '../../model/spectrum-series.ts';
import { compact } from '../../model/words/format.ts';
import type { Theme } from '../../styles/theme.ts';

export interface ChartLook {
  theme: Theme;
  log: boolean;
  /** What the y axis counts. */
  units: string;
  edges: readonly Edge[];
  /** Identity of the class to bring forward; undefined shows all alike. */
  emphasis: number | undefined;
}

const FONT = "10.5px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";
/** The y range follows the data down only when less than this share of it is used. */
const USED_SHARE = 0.55;

function strokeOf(
  line: SpectrumLine,
  { theme, emphasis }: ChartLook,
): { stroke: string; width: number; dash?: number[] } {
  switch (line.role) {
    case 'spectrum':
      return { stroke: theme.spectrum, width: 1 };
    case 'faint':
      return { stroke: theme.muted, width: 1 };
    case 'background':
      return { stroke: theme.background, width: 1.4, dash: [5, 4] };
    case 'reconstruction':
      return { stroke: theme.reconstruction, width: 1.8 };
    case 'class': {
      const dimmed = emphasis !== undefined && line.identity !== emphasis;
      return {
        stroke: `${line.colour ?? theme.text}${dimmed ? '40' : ''}`,
        width: dimmed || emphasis === undefined ? 1.3 : 2.2,
        ...(line.dashed && { dash: [5, 4] }),
      };
    }
  }
}

/** A linear range that does not jump with every spectrum the pointer passes. */
function steadyRange(kept: [number, number] | undefined, low: number, high: number): [number, number] {
  const bottom = Math.min(0, low);
  const top = Math.max(high, bottom + 1e-9);
  const pad = 0.06 * (top - bottom);
  const next: [number, number] = [bottom < 0 ? bottom - pad : 0, top + pad];
  if (kept === undefined) return next;
  const fits = next[0] >= kept[0] - 1e-9 && next[1] <= kept[1] + 1e-9;
  return fits && next[1] - next[0] > USED_SHARE * (kept[1] - kept[0]) ? kept : next;
}

/**
 * uPlot with the windows of the edges behind the lines. Created again when lines, look or scale change; else only the data are
 * replaced.
 */
export class SpectrumChart {
  readonly #host: HTMLElement;
  readonly #onCursor: (energyEv: number | undefined) => void;
  #plot: uPlot | undefined;
  #key = '';
  #look: ChartLook | undefined;
  #figure: SpectrumFigure | undefined;
  #rangeY: [number, number] | undefined;
  #zoom: [number, number] | undefined;

  constructor(host: HTMLElement, onCursor: (energyEv: number | undefined) => void) {
    this.#host = host;
    this.#onCursor = onCursor;
  }

  show(figure: SpectrumFigure, look: ChartLook): void {
    const key = JSON.stringify([
      look.log,
      look.theme.ground,
      look.emphasis,
      look.edges,
      figure.lines.map((line) => [line.name, line.role, line.colour]),
      figure.range,
      figure.energies.length,
      figure.energies[0],
    ]);
    this.#look = look;
    this.#figure = figure;
    const data: uPlot.AlignedData = [
      figure.energies,
      ...figure.lines.map((line) => (look.log ? positiveOnly(line.values) : line.values)),
    ];
    if (this.#plot !== undefined && key === this.#key) {
      this.#plot.setData(data, false);
      // Without resetting the scales a zoom made by the user stays; the y range is found again all the same.
      this.#plot.setScale('x', this.#rangeX());
      return;
    }
    if (key !== this.#key) this.#rangeY = undefined;
    this.#key = key;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(figure, look), data, this.#host);
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#key = '';
  }

  #rangeX(): { min: number; max: number } {
    const [min, max] = this.#zoom ?? this.#figure?.range ?? [0, 1];
    return { min, max };
  }

  #options(figure: SpectrumFigure, look: ChartLook): uPlot.Options {
    const { theme, log } = look;
    this.#zoom = undefined;
    const axis = {
      stroke: theme.muted,
      font: FONT,
      grid: { stroke: theme.grid, width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(this.#host.clientWidth, 50),
      height: Math.max(this.#host.clientHeight, 50),
      pxAlign: 0,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false, uni: 8 }, points: { show: false }, y: false },
      scales: {
        x: { time: false, range: () => [this.#rangeX().min, this.#rangeX().max] },
        y: log
          ? { distr: 3, range: (_, low, high) => (low > 0 ? uPlot.rangeLog(low, high, 10, false) : [1, 10]) }
          : { range: (_, low, high) => this.#steady(low ?? 0, high ?? 1) },
      },
      axes: [
        {
          ...axis,
          size: 22,
          gap: 4,
          space: 46,
          values: (_, splits) =>
            splits.map((value, i) => (i === splits.length - 1 ? `${value} eV` : String(value))),
        },
        {
          ...axis,
          size: 44,
          gap: 4,
          space: 26,
          values: (_, splits) =>
            splits.map((value) => (value === null ? '' : log ? powerOfTen(value) : compact(value))),
        },
      ],
      series: [
        {},
        ...figure.lines.map((line) => ({
          ...strokeOf(line, look),
          spanGaps: false,
          points: { show: false },
        })),
      ],
      hooks: {
        drawClear: [(plot) => this.#drawWindows(plot)],
        setCursor: [(plot) => this.#onCursor(cursorEnergy(plot))],
        setSelect: [(plot) => this.#zoomTo(plot)],
        ready: [
          (plot) =>
            plot.over.addEventListener('dblclick', () => {
              this.#zoom = undefined;
              plot.setScale('x', this.#rangeX());
            }),
        ],
      },
    };
  }

  #steady(low: number, high: number): [number, number] {
    this.#rangeY = steadyRange(this.#rangeY, low, high);
    return this.#rangeY;
  }

  #zoomTo(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 8) return;
    this.#zoom = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    plot.setScale('x', this.#rangeX());
  }

  /** Fit and signal windows as tinted bands, the edge's name at its onset. */
  #drawWindows(plot: uPlot): void {
    const look = this.#look;
    if (look === undefined) return;
    const { ctx, bbox } = plot;
    const ratio = globalThis.devicePixelRatio;
    const position = (energyEv: number) =>
      Math.min(Math.max(plot.valToPos(energyEv, 'x', true), bbox.left), bbox.left + bbox.width);
    const band = ([from, to]: readonly [number, number], colour: string) => {
      ctx.fillStyle = colour;
      ctx.fillRect(position(from), bbox.top, position(to) - position(from), bbox.height);
    };
    ctx.save();
    for (const edge of look.edges) {
      band(edge.fitWindow, look.theme.fitBand);
      band(edge.signalWindow, look.theme.signalBand);
      const x = plot.valToPos(edge.onsetEv, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.fillStyle = look.theme.edgeName;
      ctx.globalAlpha = 0.55;
      ctx.fillRect(x, bbox.top, ratio, bbox.height);
      ctx.globalAlpha = 1;
      ctx.font = FONT.replace('10.5px', `${10.5 * ratio}px`);
      ctx.textBaseline = 'top';
      ctx.textAlign = 'left';
      ctx.fillText(edge.name, x + 4 * ratio, bbox.top + 3 * ratio);
    }
    ctx.fillStyle = look.theme.muted;
    ctx.font = FONT.replace('10.5px', `${10.5 * ratio}px`);
    ctx.textAlign = 'left';
    // Where the line does not run: counts fall from the top left, net signals rise from the bottom left.
    const falling = look.units === 'counts';
    ctx.textBaseline = falling ? 'bottom' : 'top';
    ctx.fillText(
      look.units,
      bbox.left + 5 * ratio,
      bbox.top + (falling ? bbox.height - 4 * ratio : 3 * ratio),
    );
    ctx.restore();
  }
}

/** `10³`; only whole powers are named on a log axis. */
function powerOfTen(value: number): string {
  const exponent = Math.log10(value);
  if (Math.abs(exponent - Math.round(exponent)) > 1e-6) return '';
  return `10${[...String(Math.round(exponent))].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'['0123456789'.indexOf(digit)] ?? '⁻').join('')}`;
}

const cursorEnergy = (plot: uPlot): number | undefined => {
  const { left } = plot.cursor;
  return left === undefined || left < 0 ? undefined : plot.posToVal(left, 'x');
};
