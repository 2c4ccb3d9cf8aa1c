/** Points drawn at once: at first, at least, and how long that may take before there are more or fewer of them, ms. */
const FIRST_POINTS = 32_768;
const LEAST_POINTS = 16_384;
const QUICK_MS = 20;
const SLOW_MS = 50;
/** Between two drawings of everything for the data's sake, times as long as the last one took. */
const PAUSE_RATIO = 1;

/** Rows [from, to) to be drawn over what is there, or `anew` on clean ground. */
export interface Part {
  from: number;
  to: number;
  anew: boolean;
}

/**
 * What is to be drawn next of a picture whose rows lie over each other: rows that come are added to it, and only where
 * others gave way is it drawn anew. That happens in parts as large as the device draws in the blink of an eye, so that
 * other pictures need not wait, and not more often than the device can hold. Times in ms of one monotonic clock.
 */
export class DrawnInParts {
  readonly #rows: number;
  readonly #columns: number;
  #from = 0;
  #to = 0;
  #restart = false;
  #isUrgent = false;
  #replaced = false;
  #points = FIRST_POINTS;
  #part: Part = { from: 0, to: 0, anew: false };
  #partBegun = 0;
  /** When a drawing of everything began that is not finished. */
  #begun: number | undefined;
  #pausedUntil = 0;

  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
  }

  /** Nothing of what is drawn holds any more: it is looked at otherwise. */
  restart(): void {
    this.#restart = true;
    this.#isUrgent = true;
  }

  /** Whether somebody waits for the parts that are left. */
  get isUrgent(): boolean {
    return this.#isUrgent;
  }

  /** Points that are drawn already have another place or colour. */
  replace(): void {
    this.#replaced = true;
  }

  add(from: number, to: number): void {
    if (to <= from) return;
    const isWhole = this.#from >= this.#to;
    this.#from = isWhole ? from : Math.min(this.#from, from);
    this.#to = isWhole ? to : Math.max(this.#to, to);
  }

  /** How long until points that were replaced may be drawn anew; undefined when none were. */
  remainingPause(now: number): number | undefined {
    return this.#replaced ? Math.max(0, this.#pausedUntil - now) : undefined;
  }

  /** Whether there is a part to be drawn now; what was replaced is waited for by what came since. */
  isDue(now: number): boolean {
    if (this.#restart || this.#isDueAnew(now)) return true;
    return this.#from < this.#to && !(this.#replaced && this.#begun === undefined);
  }

  /** The part that is drawn now; one is due. */
  next(now: number, inOne = false): Part {
    const anew = this.#restart || this.#isDueAnew(now);
    if (anew) {
      this.#restart = false;
      this.#replaced = false;
      this.#from = 0;
      this.#to = this.#rows;
      this.#begun = now;
    }
    const rows = inOne ? this.#rows : Math.max(1, Math.floor(this.#points / this.#columns));
    const part = { from: this.#from, to: Math.min(this.#to, this.#from + rows), anew };
    this.#from = part.to;
    this.#part = part;
    this.#partBegun = now;
    return part;
  }

  #isDueAnew(now: number): boolean {
    return this.#replaced && this.#begun === undefined && now >= this.#pausedUntil;
  }

  /** The part has been drawn; true when nothing is left of it to be drawn. */
  done(now: number): boolean {
    const took = now - this.#partBegun;
    const points = (this.#part.to - this.#part.from) * this.#columns;
    if (took > SLOW_MS) this.#points = Math.max(LEAST_POINTS, this.#points / 2);
    else if (took <= QUICK_MS && 2 * points > this.#points)
      this.#points = Math.min(2 * this.#points, 2 * this.#rows * this.#columns);
    const isWhole = this.#from >= this.#to;
    if (isWhole && this.#begun !== undefined) {
      this.#pausedUntil = now + PAUSE_RATIO * (now - this.#begun);
      this.#begun = undefined;
    }
    if (isWhole && !this.#restart) this.#isUrgent = false;
    return isWhole;
  }
}
