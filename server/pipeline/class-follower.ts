import type { ClassEvent } from '../../protocol/index.ts';
import { SteadyCount } from '../analysis/steady-count.ts';
import { type ColouredMap, classEvents } from './class-events.ts';
import type { EdgeFit } from './edge-fit.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import type { LiveModel } from './live-model.ts';
import type { AnalysisOptions } from './options.ts';

/** Events that are kept for whoever looks. */
const MOST_EVENTS = 8;

/** Lets the classes on screen follow the scan between two models, and remembers what happened to them. */
export class ClassFollower {
  readonly count = new SteadyCount();
  readonly #events: ClassEvent[] = [];

  /** What happened last, newest last. */
  get events(): ClassEvent[] {
    return [...this.#events];
  }

  /** One class map takes the place of another. */
  tell(before: ColouredMap, after: ColouredMap): void {
    const present = after.labels.reduce((sum, label) => sum + (label >= 0 ? 1 : 0), 0);
    this.#events.push(...classEvents(before, after, present));
    this.#events.splice(0, Math.max(0, this.#events.length - MOST_EVENTS));
  }

  /**
   * Refits the classes in the maps, and decides anew how many there are.
   * @returns whether the maps have changed, and the fit to be shown instead when their number is another
   */
  refit(
    model: LiveModel,
    maps: EdgeMaps,
    { classes, seed }: Pick<AnalysisOptions, 'classes' | 'seed'>,
  ): { changed: boolean; relearned?: EdgeFit } {
    const { colours } = model;
    const before = { labels: maps.labels.slice(), colours };
    const changed = model.refitClasses(maps, seed);
    if (changed) this.tell(before, { labels: maps.labels, colours });
    if (classes !== 'auto') return { changed };
    const { shown } = this.count;
    const decision = model.decideCount(maps, seed);
    const count = decision === undefined ? shown : this.count.decide(decision);
    if (count !== shown) return { changed, relearned: model.relearned(maps, seed, count) };
    const { dying } = model;
    if (dying.length === 0) return { changed };
    this.count.show(model.classes - model.born.length - dying.length);
    return { changed, relearned: model.relearned(maps, seed) };
  }
}
