import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Player, PlayerCommand, ReplaySpeed } from '../../protocol/index.ts';
import type { Clock } from './spectrum-requests.ts';

/** Least time between two seeks, ms: what the eye follows, and far below what the monitor takes. */
const PACE_MS = 100;
/** The picture of a moment comes this soon after the answer, ms. */
const SETTLED_MS = 150;

type Move = Extract<PlayerCommand, { type: 'seek' | 'seek-row' | 'step' }>;

/**
 * Drives the player of a recorded scan. Moves go out one at a time, at most ten a second: what comes between is left out,
 * and rows to step are added up, so that neither a fast hand nor a slow disk lets them pile up.
 */
export class ReplayControl {
  /** Where the pointer has dragged the playhead, ms since 1970, until the monitor shows that moment. */
  readonly scrubbedTo: ReadonlySignal<number | undefined>;
  readonly #scrubbedTo = signal<number | undefined>(undefined);
  readonly #command: (command: PlayerCommand) => Promise<string | undefined>;
  readonly #clock: Clock;
  #next: Move | undefined;
  #isOpen = false;
  #isWaiting = false;
  #movedAt = Number.NEGATIVE_INFINITY;
  #holds = false;

  /** @param command resolves when the monitor has answered */
  constructor(command: (command: PlayerCommand) => Promise<string | undefined>, clock: Clock) {
    this.scrubbedTo = this.#scrubbedTo;
    this.#command = command;
    this.#clock = clock;
  }

  toggle(player: Player | undefined): void {
    if (player !== undefined) void this.#command({ type: player.state === 'playing' ? 'pause' : 'play' });
  }

  setSpeed(speed: ReplaySpeed): void {
    void this.#command({ type: 'speed', speed });
  }

  setLoop(on: boolean): void {
    void this.#command({ type: 'loop', on });
  }

  step(rows: number): void {
    const before = this.#next?.type === 'step' ? this.#next.rows : 0;
    this.#move({ type: 'step', rows: before + rows });
  }

  seekRow(row: number): void {
    this.#move({ type: 'seek-row', row });
  }

  seek(at: number): void {
    this.#scrubbedTo.value = at;
    this.#move({ type: 'seek', at });
  }

  /** While the pointer is down the playhead stays under it. */
  hold(on: boolean): void {
    this.#holds = on;
    if (!on) this.#settle();
  }

  /** A new connection answers nothing of the old one. */
  reset(): void {
    this.#next = undefined;
    this.#scrubbedTo.value = undefined;
  }

  #move(move: Move): void {
    if (move.type !== 'seek') this.#scrubbedTo.value = undefined;
    this.#next = move;
    this.#proceed();
  }

  #proceed(): void {
    if (this.#next === undefined || this.#isOpen) return;
    const wait = this.#movedAt + PACE_MS - this.#clock.now();
    if (wait > 0) {
      if (this.#isWaiting) return;
      this.#isWaiting = true;
      this.#clock.later(() => {
        this.#isWaiting = false;
        this.#proceed();
      }, wait);
      return;
    }
    const move = this.#next;
    this.#next = undefined;
    this.#movedAt = this.#clock.now();
    this.#isOpen = true;
    void this.#command(move).finally(() => {
      this.#isOpen = false;
      this.#proceed();
      this.#settle();
    });
  }

  /** The monitor is where it was asked to be: from now on the playhead is its own. */
  #settle(): void {
    const at = this.#scrubbedTo.peek();
    this.#clock.later(() => {
      if (this.#holds || this.#isOpen || this.#next !== undefined) return;
      if (this.#scrubbedTo.peek() === at) this.#scrubbedTo.value = undefined;
    }, SETTLED_MS);
  }
}
