import type { Alert } from '../../../protocol/index.ts';
import type { SourceEvent } from '../source.ts';

/** The alerts of a source that are shown, by id: each message is reported once, and taken back when it no longer holds. */
export class ShownAlerts {
  readonly #messages = new Map<string, string>();

  get ids(): string[] {
    return [...this.#messages.keys()];
  }

  *raise(id: string, severity: Alert['severity'], message: string): Generator<SourceEvent> {
    if (this.#messages.get(id) === message) return;
    this.#messages.set(id, message);
    yield { type: 'alert', alert: { id, severity, message } };
  }

  *clear(id: string): Generator<SourceEvent> {
    if (this.#messages.delete(id)) yield { type: 'alert-cleared', id };
  }
}
