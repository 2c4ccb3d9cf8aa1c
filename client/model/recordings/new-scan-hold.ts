import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { ServerMessage } from '../../../protocol/index.ts';

/** After input within this time, ms, the user counts as working with the page. */
export const ENGAGED_MS = 60_000;

/** A scan that has begun and is not shown yet. */
export interface WaitingScan {
  epoch: number;
  name: string;
  /** How much of it is measured, 0–1. */
  share: number;
}

export interface HoldSituation {
  /** Of the scan on show. */
  epoch: number | undefined;
  hasPictures: boolean;
  /** The user is working with it: see `isEngaged`. */
  engaged: boolean;
}

/** Whether the user is working with the scan: a pin, a selection, a zoom, or recent input. */
export const isEngaged = (chosen: boolean, sinceTouchMs: number): boolean =>
  chosen || sinceTouchMs < ENGAGED_MS;

/**
 * Keeps a new scan from replacing the one that the user is working with: it is announced, and shown on request. The model ignores
 * messages about a scan that is not on show, so holding back its `scan` message is enough; to show it the page reconnects.
 */
export class NewScanHold {
  readonly waiting: ReadonlySignal<WaitingScan | undefined>;
  readonly #waiting = signal<WaitingScan | undefined>(undefined);
  #follows = false;

  constructor() {
    this.waiting = this.#waiting;
  }

  /** True for a message that must not be shown. */
  keepsBack(message: ServerMessage, situation: HoldSituation): boolean {
    const waiting = this.#waiting.peek();
    if (message.type === 'progress' && message.epoch === waiting?.epoch)
      this.#waiting.value = { ...waiting, share: message.spectra / Math.max(1, message.total) };
    if (message.type !== 'scan') return false;
    const { epoch, hasPictures, engaged } = situation;
    const isOther = epoch !== undefined && epoch !== message.epoch;
    const isKept = isOther && !this.#follows && (waiting !== undefined || (hasPictures && engaged));
    this.#follows = false;
    if (!isKept) this.#waiting.value = undefined;
    else if (waiting?.epoch !== message.epoch)
      this.#waiting.value = { epoch: message.epoch, name: message.scan.name, share: 0 };
    return isKept;
  }

  /** The next scan that is announced is shown. */
  follow(): void {
    this.#follows = true;
  }

  /** Called when the page shows another scan. */
  reset(): void {
    this.#follows = false;
    this.#waiting.value = undefined;
  }
}
