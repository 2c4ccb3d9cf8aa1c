import type { ReadonlySignal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Player, PlayerCommand, ReplaySpeed } from '../../../protocol/index.ts';
import { PacedSender } from '../live/paced-sender.ts';
import type { Clock } from '../live/spectrum-requests.ts';

/** Time that the picture of a moment takes after the answer, ms. */
const SETTLED_MS = 150;

type Move = Extract<PlayerCommand, { type: 'seek' | 'seek-row' | 'step' }>;

/**
 * Drives the player of a recorded scan. Moves are sent at a limited rate, and steps are added up, so that they do not queue up
 * with a fast user or a slow disk.
 */
export class ReplayControl {
  /** Where the pointer has dragged the playhead, ms since 1970, until the monitor shows that moment. */
  readonly scrubbedTo: ReadonlySignal<number | undefined>;
  readonly #scrubbedTo = signal<number | undefined>(undefined);
  readonly #command: (command: PlayerCommand) => Promise<string | undefined>;
  readonly #clock: Clock;
  readonly #moves: PacedSender<Move>;
  #holds = false;

  /** @param command resolves when the monitor has answered */
  constructor(command: (command: PlayerCommand) => Promise<string | undefined>, clock: Clock) {
    this.scrubbedTo = this.#scrubbedTo;
    this.#command = command;
    this.#clock = clock;
    this.#moves = new PacedSender((move) => command(move).finally(() => this.#settle()), clock);
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
    const { next } = this.#moves;
    const before = next?.type === 'step' ? next.rows : 0;
    this.#move({ type: 'step', rows: before + rows });
  }

  seekRow(row: number): void {
    this.#move({ type: 'seek-row', row });
  }

  seek(at: number): void {
    this.#scrubbedTo.value = at;
    this.#move({ type: 'seek', at });
  }

  /** While the pointer is down the playhead follows it. */
  hold(on: boolean): void {
    this.#holds = on;
    if (!on) this.#settle();
  }

  /** After a reconnection: earlier commands get no answer any more. */
  reset(): void {
    this.#moves.drop();
    this.#scrubbedTo.value = undefined;
  }

  #move(move: Move): void {
    if (move.type !== 'seek') this.#scrubbedTo.value = undefined;
    this.#moves.send(move);
  }

  /** The monitor shows the requested moment: the playhead follows the player again. */
  #settle(): void {
    const at = this.#scrubbedTo.peek();
    this.#clock.later(() => {
      if (this.#holds || !this.#moves.isIdle) return;
      if (this.#scrubbedTo.peek() === at) this.#scrubbedTo.value = undefined;
    }, SETTLED_MS);
  }
}
