import { isDeepStrictEqual } from 'node:util';
import type { ReadingOptions, ReadingTrouble } from '../../formats/reading/sample-file.ts';

export type ReportTrouble = NonNullable<ReadingOptions['trouble']>;

/** Combines the read faults of several readers: the first permanent one, else the first temporary one. */
export class ReadTroubles {
  readonly #troubles = new Map<object, ReadingTrouble>();
  readonly #report: ReportTrouble;
  #reported: ReadingTrouble | undefined;

  /** @param report called when the combined fault changes */
  constructor(report: ReportTrouble) {
    this.#report = report;
  }

  /** Adds a reader, or a thread of readers; returns its callback. */
  add(): ReportTrouble {
    const reader = {};
    return (trouble) => {
      if (trouble) this.#troubles.set(reader, trouble);
      else this.#troubles.delete(reader);
      const all = [...this.#troubles.values()];
      const now = all.find(({ isFinal }) => isFinal) ?? all[0];
      if (isDeepStrictEqual(now, this.#reported)) return;
      this.#reported = now;
      this.#report(now);
    };
  }
}
