import type { SourceEvent } from './source.ts';

/** How far back an event is joined to an earlier one. */
const REACH = 16;

type Measured = Extract<SourceEvent, { type: 'measured' }>;
/** Values are joined when they are taken: joining them one by one would copy them over and over. */
interface Values {
  type: 'values';
  name: string;
  first: number;
  count: number;
  parts: Float32Array[];
}

/**
 * Events of a source that wait to be taken. Neighbouring pixels become one event while they wait, so that a consumer that
 * falls behind finds few large events instead of many small ones, and nobody has to wait for it.
 */
export class EventQueue {
  #items: (SourceEvent | Values)[] = [];
  #wake: (() => void) | undefined;

  push(event: SourceEvent): void {
    if (event.type === 'channel') this.#pushValues(event);
    else if (event.type !== 'measured' || !this.#joins(event)) this.#items.push({ ...event });
    this.#wake?.();
  }

  /** Takes events until the signal aborts; a single consumer. */
  async *take(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    const wake = () => this.#wake?.();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        const item = this.#items.shift();
        if (item) yield item.type === 'values' ? joined(item) : item;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** The newest items, back to the last that belongs to another scan or pass. */
  *#recent(): Generator<SourceEvent | Values> {
    for (let at = this.#items.length - 1; at >= Math.max(0, this.#items.length - REACH); at--) {
      const item = this.#items[at];
      if (item.type === 'scan' || item.type === 'pass' || item.type === 'end') return;
      yield item;
    }
  }

  #joins({ first, count, pass }: Measured): boolean {
    for (const item of this.#recent()) {
      if (item.type !== 'measured' || item.pass !== pass) continue;
      if (item.first + item.count !== first && first + count !== item.first) continue;
      item.first = Math.min(item.first, first);
      item.count += count;
      return true;
    }
    return false;
  }

  #pushValues({ name, first, values }: Extract<SourceEvent, { type: 'channel' }>): void {
    for (const item of this.#recent()) {
      if (item.type !== 'values' || item.name !== name) continue;
      // Newer values of the same pixels (the mean with another pass) must not come before the older ones.
      if (item.first < first + values.length && first < item.first + item.count) break;
      const follows = item.first + item.count === first;
      if (!follows && first + values.length !== item.first) continue;
      if (follows) item.parts.push(values);
      else item.parts.unshift(values);
      item.first = Math.min(item.first, first);
      item.count += values.length;
      return;
    }
    this.#items.push({ type: 'values', name, first, count: values.length, parts: [values] });
  }
}

function joined({ name, first, count, parts }: Values): SourceEvent {
  const values = new Float32Array(count);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { type: 'channel', name, first, values };
}
