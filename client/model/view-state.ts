import { effect, signal } from '@preact/signals-core';
import type { ColormapName } from '../../protocol/colormaps.ts';
import type { Viewport } from '../geometry/viewport.ts';
import { steadyNow } from '../steady-now.ts';
import { HeldLimits } from './maps/held-limits.ts';
import type { TimeAxis } from './words/time-words.ts';

export type SpectrumMode = 'raw' | 'net' | 'pca' | 'classes' | 'low-loss';
/** What a pair of classes adds to the information of their edges, or the log ratio to chance that the map shows. */
export type MatrixTerm = 'share' | 'log ratio';
export type ThemeName = 'dark' | 'light';

/** Storage key with the version of its format; other versions are not read. */
const STORAGE_KEY = 'eelwatch.view.1';

/** Sizes of text, times that of the design. */
export const TEXT_SIZES = [1, 1.15, 1.3] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

interface Kept {
  textSize: TextSize;
  theme: ThemeName;
  logScale: boolean;
  relief: boolean;
  outlines: boolean;
  timeAxis: TimeAxis;
  colormaps: Record<string, ColormapName>;
}

/** Settings of the view; they are local to the page. */
export class ViewState {
  readonly theme = signal<ThemeName>('dark');
  readonly textSize = signal<TextSize>(1);
  readonly logScale = signal(true);
  /** Class maps in the hero place over the grey relief. */
  readonly relief = signal(true);
  /** The strongest pairs of classes outlined in the hero place. */
  readonly outlines = signal(true);
  /** Colormaps chosen for a kind of layer. */
  readonly colormaps = signal<Readonly<Record<string, ColormapName>>>({});
  readonly limits = new HeldLimits();
  readonly spectrumMode = signal<SpectrumMode>('raw');
  /** Id of the layer in the hero place. */
  readonly heroLayer = signal<number | undefined>(undefined);
  /** Edge shown in embedding, legend and class spectra. */
  readonly edge = signal<string | undefined>(undefined);
  /** What a cell of the matrix shows. */
  readonly matrixTerm = signal<MatrixTerm>('share');
  /** Pair shown in the matrix, `a~b`. */
  readonly pair = signal<string | undefined>(undefined);
  readonly viewport = signal<Viewport | undefined>(undefined);
  readonly embeddingViewport = signal<Viewport | undefined>(undefined);
  readonly helpOpen = signal(false);
  /** The list of recorded scans. */
  readonly sessionsOpen = signal(false);
  /** A note is being written. */
  readonly noteOpen = signal(false);
  readonly timeAxis = signal<TimeAxis>('clock');
  /** This machine's clock, ms; ticks for everything that shows an age. */
  readonly now = signal(steadyNow());

  /** Restores the settings from storage, and saves changes from then on. Returns a function that stops it. */
  keepIn(storage: Storage): () => void {
    const kept = readKept(storage);
    this.theme.value = kept.theme ?? this.theme.value;
    this.textSize.value = TEXT_SIZES.find((size) => size === kept.textSize) ?? 1;
    this.logScale.value = kept.logScale ?? this.logScale.value;
    this.relief.value = kept.relief ?? this.relief.value;
    this.outlines.value = kept.outlines ?? this.outlines.value;
    this.timeAxis.value = kept.timeAxis ?? this.timeAxis.value;
    this.colormaps.value = kept.colormaps ?? {};
    return effect(() => {
      const now: Kept = {
        theme: this.theme.value,
        textSize: this.textSize.value,
        logScale: this.logScale.value,
        relief: this.relief.value,
        outlines: this.outlines.value,
        timeAxis: this.timeAxis.value,
        colormaps: this.colormaps.value,
      };
      try {
        storage.setItem(STORAGE_KEY, JSON.stringify(now));
      } catch {
        // Storage is full or forbidden: the setting is not saved.
      }
    });
  }
}

function readKept(storage: Storage): Partial<Kept> {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Partial<Kept>) : {};
  } catch {
    return {};
  }
}
