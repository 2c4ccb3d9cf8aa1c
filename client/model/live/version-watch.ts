import type { ReadonlySignal } from '@preact/signals-core';
import { effect, signal } from '@preact/signals-core';
import { LIVE_SUBPROTOCOL } from '../../../protocol/index.ts';
import { monitorUrl } from '../../transport/monitor-url.ts';
import type { LiveModel } from './live-model.ts';

/**
 * Detects that the monitor's version differs from the page's: by `hello`, or, where it refuses the page's protocol, by asking
 * `/api/status`, since browsers do not say why a WebSocket was refused.
 */
export class VersionWatch {
  readonly outdated: ReadonlySignal<boolean>;
  readonly #outdated = signal(false);
  readonly #protocol: () => Promise<string | undefined>;
  readonly #dispose: () => void;

  /** @param protocol which protocol the monitor speaks; undefined where it does not answer */
  constructor(model: LiveModel, protocol: () => Promise<string | undefined>) {
    this.outdated = this.#outdated;
    this.#protocol = protocol;
    let known: string | undefined;
    this.#dispose = effect(() => {
      const version = model.hello.value?.version;
      const { phase, retryAt } = model.connection.value;
      known ??= version;
      if (version !== known) this.#outdated.value = true;
      if (phase === 'reconnecting' && retryAt !== undefined) void this.#ask();
    });
  }

  dispose(): void {
    this.#dispose();
  }

  async #ask(): Promise<void> {
    const spoken = await this.#protocol();
    if (spoken !== undefined && spoken !== LIVE_SUBPROTOCOL) this.#outdated.value = true;
  }
}

/** Asks the monitor behind a `/live` address which protocol it speaks. */
export async function protocolBehind(liveUrl: string): Promise<string | undefined> {
  try {
    const response = await fetch(monitorUrl(liveUrl, 'api/status'));
    const answer = (await response.json()) as { protocol?: unknown };
    return typeof answer.protocol === 'string' ? answer.protocol : undefined;
  } catch {
    // No monitor answers: `LiveSocket` goes on trying to connect.
    return undefined;
  }
}
