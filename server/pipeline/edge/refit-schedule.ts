import type { EdgeMaps } from './edge-protocol.ts';

/** Pixels with the edge that the first model waits for, or a sixth of a small scan. */
const FIRST_MODEL_PIXELS = 300;
/** A refit is due when this many times as many pixels show the edge as at the last one. */
const REFIT_GROWTH = 1.5;
/** Novel pixels make it due earlier: this share of the last rows, if the scan has grown by a little at least. */
const NOVEL_SHARE = 0.05;
const NOVEL_ROWS = 3;
const NOVEL_GROWTH = 1.1;
/** Fewest novel pixels for an earlier refit. */
const FEWEST_NOVEL = 6;
/** A short full refit of the classes is due after this many rows, or this share of the pixels placed. */
const CLASS_REFIT_ROWS = 4;
const CLASS_REFIT_SHARE = 0.02;
const FEWEST_PLACED = 128;

/** Decides when the models of an edge are refitted while the scan runs; counts pixels, uses no clock. */
export class RefitSchedule {
  readonly #columns: number;
  readonly #first: number;
  /** Placed pixels since the model was exchanged: how many show the edge, how many of these are novel. */
  #recent: { pixels: number; present: number; novel: number }[] = [];
  #sinceClasses = 0;
  #fittedAt = 0;
  #next: number;

  /** @param shape rows and columns of the scan */
  constructor([rows, columns]: [number, number]) {
    this.#columns = columns;
    this.#first = Math.max(40, Math.min(FIRST_MODEL_PIXELS, Math.floor((rows * columns) / 6)));
    this.#next = this.#first;
  }

  /** Number of pixels with the edge at which the next model is due in any case. */
  get next(): number {
    return this.#next;
  }

  /** Pixels [first, first + count) have been placed in the maps. */
  placed(maps: EdgeMaps, first: number, count: number): void {
    this.#sinceClasses += count;
    const tile = { pixels: count, present: 0, novel: 0 };
    for (let pixel = first; pixel < first + count; pixel++) {
      if (maps.labels[pixel] >= 0) tile.present++;
      if (maps.novelty[pixel] > 1) tile.novel++;
    }
    this.#recent.push(tile);
    let pixels = this.#recent.reduce((sum, each) => sum + each.pixels, 0);
    while (pixels - this.#recent[0].pixels >= NOVEL_ROWS * this.#columns)
      pixels -= this.#recent.shift()?.pixels ?? 0;
  }

  /** Whether a new model is due when `present` pixels show the edge. */
  fitDue(present: number): boolean {
    if (present >= this.#next) return true;
    if (this.#fittedAt === 0 || present < NOVEL_GROWTH * this.#fittedAt) return false;
    let [seen, novel] = [0, 0];
    for (const tile of this.#recent) {
      seen += tile.present;
      novel += tile.novel;
    }
    return novel >= FEWEST_NOVEL && novel > NOVEL_SHARE * seen;
  }

  /** Pixels that were seen before are others now: the next model is due at once. */
  renew(): void {
    this.#next = 0;
  }

  /** A model of this many pixels is being fitted, or is shown: the next one waits for more in any case. */
  fitted(present: number): void {
    this.#fittedAt = present;
    this.#recent = [];
    this.#next = Math.max(this.#first, Math.ceil(present * REFIT_GROWTH));
  }

  /** Whether the classes are due for a refit; `true` resets the count. */
  classesDue(present: number): boolean {
    if (
      this.#sinceClasses <
      Math.max(CLASS_REFIT_ROWS * this.#columns, CLASS_REFIT_SHARE * present, FEWEST_PLACED)
    )
      return false;
    this.#sinceClasses = 0;
    return true;
  }
}
