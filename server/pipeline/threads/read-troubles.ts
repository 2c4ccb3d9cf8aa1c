import { isDeepStrictEqual } from 'node:util';
import type { ReadingOptions, ReadingTrouble } from '../../formats/sample-file.ts';

export type TellTrouble = NonNullable<ReadingOptions['trouble']>;

/** What is in the way of several readers, as one: the first thing that will not pass, else the first that may. */
export class ReadTroubles {
  readonly #troubles = new Map<object, ReadingTrouble>();
  readonly #tell: TellTrouble;
  #told: ReadingTrouble | undefined;

  /** @param tell is told when it changes */
  constructor(tell: TellTrouble) {
    this.#tell = tell;
  }

  /** For one more reader, or thread of readers. */
  add(): TellTrouble {
    const reader = {};
    return (trouble) => {
      if (trouble) this.#troubles.set(reader, trouble);
      else this.#troubles.delete(reader);
      const all = [...this.#troubles.values()];
      const now = all.find(({ isFinal }) => isFinal) ?? all[0];
      if (isDeepStrictEqual(now, this.#told)) return;
      this.#told = now;
      this.#tell(now);
    };
  }
}
