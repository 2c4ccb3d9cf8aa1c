import type { Edge, EnergyAxis, Scan } from '../../protocol/index.ts';
import type { AdaptedEdge } from '../analysis/windows/adapted-windows.ts';
import type { StandingEdge } from '../analysis/windows/standing-edges.ts';
import { readEdges } from './edge/read-edges.ts';
import type { AnalysisOptions } from './options.ts';
import type { ScanWarnings } from './scan-warnings.ts';
import type { Reading } from './survey/reading-survey.ts';

/** How the edges of a scan are read: on which axis, in which windows, and which of them cannot be. */
export class ScanReading {
  readonly #scan: Scan;
  readonly #options: Pick<AnalysisOptions, 'edges' | 'background'>;
  readonly #warnings: ScanWarnings;
  #reading: Reading;
  #edges: AdaptedEdge[];

  /** Begins with the axis as filed, before anything is known of the spectra. */
  constructor(scan: Scan, options: Pick<AnalysisOptions, 'edges' | 'background'>, warnings: ScanWarnings) {
    this.#scan = scan;
    this.#options = options;
    this.#warnings = warnings;
    this.#reading = { energy: scan.energy, standing: [] };
    this.#edges = this.#read();
    this.#warn();
  }

  /** The scan with the axis in force. */
  get scan(): Scan {
    return { ...this.#scan, energy: this.energy };
  }

  get energy(): EnergyAxis {
    return this.#reading.energy;
  }

  /** All that were requested, in their order, in the windows they are read in. */
  get edges(): Edge[] {
    return this.#edges.map(({ edge }) => edge);
  }

  get usable(): Edge[] {
    return this.#edges.flatMap(({ edge, refused }) => (refused === undefined ? [edge] : []));
  }

  get refused(): { edge: Edge; note: string }[] {
    return this.#edges.flatMap(({ edge, refused }) =>
      refused === undefined ? [] : [{ edge, note: refused }],
    );
  }

  /** Edges that were not requested and that stand out in the sum spectrum. */
  get standing(): readonly StandingEdge[] {
    return this.#reading.standing;
  }

  /** Whether an axis covers any of the edges. */
  isCovered(energy: EnergyAxis): boolean {
    return this.#read({ energy, standing: [] }).some(({ refused }) => refused === undefined);
  }

  /** @returns the names of the edges that are read otherwise from now on */
  take(reading: Reading): string[] {
    const [before, energy] = [this.#edges, this.energy];
    this.#reading = reading;
    this.#edges = this.#read();
    const isMoved = !same(energy, reading.energy);
    const changed = this.#edges
      .filter((edge, e) => isMoved || !same(edge, before[e]))
      .map(({ edge }) => edge.name);
    if (changed.length > 0) this.#warn();
    return changed;
  }

  #read({ energy, standing } = this.#reading): AdaptedEdge[] {
    const { edges: asked, background } = this.#options;
    return readEdges({ asked, energy, channels: this.#scan.channels, background, standing });
  }

  #warn(): void {
    for (const { edge, refused, warnings } of this.#edges) {
      this.#warnings.withdrawAll(`edge/${edge.name}/window/`);
      this.#warnings.withdraw(`edge/${edge.name}/refused`);
      if (refused !== undefined) this.#warnings.warn(`edge/${edge.name}/refused`, 'warning', refused);
      for (const [n, text] of warnings.entries())
        this.#warnings.warnOfEdge(edge.name, 'warning', text, `window/${n}`);
    }
  }
}

/** Equality of plain data with the same field order. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
