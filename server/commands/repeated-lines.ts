/** What is said of one thing in a row. */
interface Spell {
  /** Lines that were printed. */
  readonly printed: Set<string>;
  /** Line that was kept back last. */
  last: string;
  held: number;
  readonly since: number;
  readonly ms: number;
}

export interface RepeatedLinesOptions {
  /** Prints a line; `times` where it stands for as many that were kept back. */
  print: (line: string, times?: number) => void;
  /** Milliseconds of a monotonic clock. */
  now?: () => number;
}

/** Different lines about one thing that are printed in a row. */
const MOST_LINES = 5;
const FIRST_MS = 10_000;
const LONGEST_MS = 640_000;
const MOST_THINGS = 256;

/**
 * Keeps a terminal or log readable when the same is said again and again: the first time it is printed at once, after that it is
 * counted, and printed with the number after 10 s, 20 s, 40 s … for as long as it goes on.
 */
export class RepeatedLines {
  readonly #print: RepeatedLinesOptions['print'];
  readonly #now: () => number;
  readonly #spells = new Map<string, Spell>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ print, now = () => performance.now() }: RepeatedLinesOptions) {
    this.#print = print;
    this.#now = now;
  }

  /** @param about what the line is about: of many lines about one thing the rest are counted, too */
  say(about: string, line: string): void {
    this.look();
    const spell = this.#spells.get(about) ?? this.#begin(about, FIRST_MS, new Set());
    if (!spell.printed.has(line) && spell.printed.size < MOST_LINES) {
      spell.printed.add(line);
      this.#print(line);
    } else {
      spell.last = line;
      spell.held++;
    }
    this.#timer ??= setInterval(() => this.look(), FIRST_MS / 4).unref();
  }

  /** Prints what is due. */
  look(): void {
    for (const [about, spell] of this.#spells) {
      if (this.#now() - spell.since < spell.ms) continue;
      this.#spells.delete(about);
      if (spell.held === 0) continue;
      this.#print(spell.last, spell.held);
      this.#begin(about, Math.min(2 * spell.ms, LONGEST_MS), spell.printed);
    }
    if (this.#spells.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Prints what was kept back, at the end. */
  end(): void {
    clearInterval(this.#timer);
    for (const { held, last } of this.#spells.values()) if (held > 0) this.#print(last, held);
    this.#spells.clear();
  }

  #begin(about: string, ms: number, printed: Set<string>): Spell {
    const spell: Spell = { printed, last: '', held: 0, since: this.#now(), ms };
    this.#spells.set(about, spell);
    // Whatever makes up so many things to speak of gets its lines, without a count.
    for (const oldest of this.#spells.keys()) {
      if (this.#spells.size <= MOST_THINGS) break;
      this.#spells.delete(oldest);
    }
    return spell;
  }
}
