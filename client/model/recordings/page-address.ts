import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';

/** Which scan the page's address asks for: `/` the live one, `?session=<id>` a recorded one. */
export class PageAddress {
  /** Name of a session's folder; undefined in the live view. */
  readonly session: ReadonlySignal<string | undefined>;
  readonly #session = signal<string | undefined>(undefined);

  constructor() {
    this.session = this.#session;
  }

  /** Reads the address, and follows the browser's own back and forward. */
  follow(window: Window): void {
    const read = (): void => {
      this.#session.value = new URL(window.location.href).searchParams.get('session') ?? undefined;
    };
    read();
    window.addEventListener('popstate', read);
    this.#push = (session) => {
      const query = session === undefined ? '' : `?session=${encodeURIComponent(session)}`;
      window.history.pushState(undefined, '', `${window.location.pathname}${query}`);
    };
  }

  #push: (session: string | undefined) => void = () => {};

  /** Shows another scan. */
  open(session: string | undefined): void {
    if (session === this.#session.peek()) return;
    this.#push(session);
    this.#session.value = session;
  }
}
