import type { ClassEvent, Edge, EdgeState } from '../../../protocol/index.ts';
import { type ClassSums, classSpectra } from '../fit/class-spectra.ts';
import type { EdgeMaps, EdgeReport } from './edge-protocol.ts';
import { edgeState } from './edge-state.ts';
import type { Tuning } from './edge-tuning.ts';
import { centroids, type ModelData } from './model-data.ts';

/** Interval of state messages while pixels arrive. */
const STATE_INTERVAL_MS = 200;
/** Most events kept. */
const MOST_EVENTS = 8;

/** Reports an edge's model and the changes of its classes to the main thread. */
export class EdgeReports {
  readonly #input: { edge: Edge; maps: EdgeMaps; report: (report: EdgeReport) => void };
  #events: ClassEvent[] = [];
  #reportedAt = Number.NEGATIVE_INFINITY;
  #reportedModel = 0;

  constructor(input: { edge: Edge; maps: EdgeMaps; report: (report: EdgeReport) => void }) {
    this.#input = input;
  }

  /** Whether the last state is old enough to be followed by another. */
  get isDue(): boolean {
    return performance.now() - this.#reportedAt >= STATE_INTERVAL_MS;
  }

  /** Queues events for the next state message. */
  tell(events: ClassEvent[]): void {
    this.#events = [...this.#events, ...events].slice(-MOST_EVENTS);
  }

  state(
    model: ModelData | undefined,
    { window }: Tuning,
    now: Pick<EdgeState, 'status' | 'revision' | 'present' | 'absent' | 'nextRefitAt'>,
  ): void {
    this.#reportedAt = performance.now();
    const { edge, maps, report } = this.#input;
    const state = edgeState(edge.name, model, maps, { ...now, events: this.#events });
    const isNews = this.#reportedModel !== now.revision;
    this.#reportedModel = now.revision;
    const { calibration, basis } = model?.fit.signal ?? {};
    const shown = isNews && calibration && { window, calibration, ...(basis && { basis }) };
    report({ type: 'state', state, ...(shown && { model: shown }) });
  }

  /** @param sums of the classes of the model */
  classes(model: ModelData, { energy, window }: Tuning, revision: number, sums: ClassSums): void {
    const { edge, maps, report } = this.#input;
    const spectra = classSpectra(edge.name, revision, energy, window, sums);
    report({ type: 'class-spectra', spectra, raw: sums.raw, centres: centroids(model, maps) });
  }
}
