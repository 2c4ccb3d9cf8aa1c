import type { Source, SourceEvent } from '../../server/sources/source.ts';

/** Takes every event of a source and lets tests wait for one. */
export class SourceLog {
  readonly events: SourceEvent[] = [];
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #wake: () => void = () => {};

  constructor(source: Source) {
    this.#done = this.#take(source);
  }

  of<Type extends SourceEvent['type']>(type: Type): Extract<SourceEvent, { type: Type }>[] {
    return this.events.filter((event) => event.type === type) as Extract<SourceEvent, { type: Type }>[];
  }

  /** Pixels reported as measured, with how often. */
  measured(pass = 0): Map<number, number> {
    const times = new Map<number, number>();
    for (const event of this.of('measured'))
      if (event.pass === pass)
        for (let pixel = event.first; pixel < event.first + event.count; pixel++)
          times.set(pixel, (times.get(pixel) ?? 0) + 1);
    return times;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #take(source: Source): Promise<void> {
    for await (const event of source.events(this.#abort.signal)) {
      this.events.push(event);
      this.#wake();
    }
  }
}
