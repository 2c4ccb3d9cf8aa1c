import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { ServerMessage } from '../../../protocol/index.ts';

/** Somebody who has touched the page within this time is looking at it, ms. */
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
  /** Somebody is looking at it: see `isEngaged`. */
  engaged: boolean;
}

/** Whether somebody is looking: a pin, a selection, a zoom, or a hand on mouse or keyboard lately. */
export const isEngaged = (chosen: boolean, sinceTouchMs: number): boolean =>
  chosen || sinceTouchMs < ENGAGED_MS;

/**
 * Keeps a new scan from taking the place of one that somebody looks at: it is announced, and waits until it is asked for.
 * Messages about a scan that is not on show are ignored by the model, so keeping back its `scan` is enough; to follow it
 * the page joins anew.
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

  /** The page has turned to something else. */
  reset(): void {
    this.#follows = false;
    this.#waiting.value = undefined;
  }
}
