import type { InputError, Scan } from '../../../protocol/index.ts';
import type { PixelRange } from '../../formats/scan-order.ts';
import type { Unpacker } from '../../formats/unpacking/unpacker.ts';
import type { SourceEvent } from '../source.ts';
import type { FollowTimes, Outcome } from './follow-times.ts';
import type { Follower } from './follower.ts';
import { RowClock } from './row-clock.ts';

/** Follows a scan whose spectra are unpacked before they can be read: all at once, or as pieces appear, in any order. */
export class UnpackFollower implements Follower {
  readonly scan: Scan;
  readonly #core: Unpacker;
  readonly #lowLoss: Unpacker | undefined;
  readonly #times: FollowTimes;
  readonly #lookMs: number;
  readonly #rows: RowClock;
  /** How many of core and low loss are there at each pixel. */
  readonly #parts: Uint8Array;
  #finished: boolean;
  #measured = 0;
  #changedAt: number;
  #behind = false;
  #ended: 'complete' | 'aborted' | undefined;
  #stalled = false;
  #alert: string | undefined;

  /**
   * @param finished whatever the files hold now is all that there will be
   * @param lookMs unpacking goes on for so long in one look
   */
  constructor(
    { core, lowLoss }: { core: Unpacker; lowLoss?: Unpacker },
    scan: Scan,
    times: FollowTimes,
    finished: boolean,
    now: number,
    lookMs: number,
  ) {
    this.scan = scan;
    this.#core = core;
    this.#lowLoss = lowLoss;
    this.#times = times;
    this.#finished = finished;
    this.#lookMs = lookMs;
    this.#rows = new RowClock(scan.shape[1], scan.dwellSeconds);
    this.#parts = new Uint8Array(scan.shape[0] * scan.shape[1]);
    this.#changedAt = now;
  }

  get live(): boolean {
    return this.#ended === undefined && !this.#stalled;
  }

  get ended(): 'complete' | 'aborted' | undefined {
    return this.#ended;
  }

  get behind(): boolean {
    return this.#behind;
  }

  /** Files that are unpacked have none beside them. */
  addScalars(): void {}

  /** The file that is unpacked is looked for under the name that it had. */
  move(): boolean {
    return false;
  }

  async *look(now: number): AsyncGenerator<SourceEvent, Outcome> {
    let fault: InputError | undefined;
    this.#behind = false;
    for (const unpacker of [this.#core, this.#lowLoss]) {
      if (!unpacker) continue;
      const pieces = unpacker.look(now, this.#finished, this.#lookMs);
      let next = await pieces.next();
      for (; !next.done; next = await pieces.next()) yield* this.#spectra(next.value, now);
      const { state, behind, fault: found } = next.value;
      if (state !== 'seen') return state;
      this.#behind ||= behind;
      fault ??= found;
    }
    yield* this.#say(fault);
    if (this.#behind) return 'goes on';
    yield* this.#end(now);
    this.#finished = false;
    return 'goes on';
  }

  *dismiss(): Generator<SourceEvent> {
    yield* this.#say(undefined);
  }

  /** What was unpacked stays as it is. */
  async isIntact(): Promise<boolean> {
    return true;
  }

  *abort(): Generator<SourceEvent> {
    if (this.#ended === undefined) yield this.#endAs('aborted');
  }

  /** Pixels count once core and low loss are there. */
  *#spectra(ranges: PixelRange[], now: number): Generator<SourceEvent> {
    const wanted = this.#lowLoss ? 2 : 1;
    for (const { first, count } of ranges)
      for (let pixel = first; pixel < first + count; pixel++) {
        const start = pixel;
        while (pixel < first + count && ++this.#parts[pixel] === wanted) pixel++;
        if (pixel === start) continue;
        this.#measured += pixel - start;
        this.#changedAt = now;
        this.#rows.advance(pixel - start, now);
        this.#stalled = false;
        // The producer goes on after all.
        this.#ended = undefined;
        yield { type: 'measured', first: start, count: pixel - start, pass: 0 };
      }
  }

  *#end(now: number): Generator<SourceEvent> {
    if (this.#ended === 'complete') return;
    if (this.#measured === this.#parts.length) {
      yield this.#endAs('complete');
      return;
    }
    if (this.#finished) return yield* this.abort();
    const { stallMs, abortMs } = this.#times;
    const quietMs = now - this.#changedAt;
    const rowMs = this.#rows.medianMs ?? 0;
    if (!this.#stalled && this.#ended === undefined && quietMs >= Math.max(stallMs, 20 * rowMs)) {
      this.#stalled = true;
      yield { type: 'stalled' };
    }
    if (quietMs >= Math.max(abortMs, 40 * rowMs)) yield* this.abort();
  }

  #endAs(status: 'complete' | 'aborted'): SourceEvent {
    this.#ended = status;
    return { type: 'end', status };
  }

  /** Says what cannot be read, once, and takes it back when it can. */
  *#say(fault: InputError | undefined): Generator<SourceEvent> {
    const id = `unpack:${this.scan.id}`;
    if (fault?.message === this.#alert) return;
    if (this.#alert !== undefined) yield { type: 'alert-cleared', id };
    this.#alert = fault?.message;
    if (fault)
      yield {
        type: 'alert',
        alert: { id, severity: 'error', message: fault.message, tip: 'Its pixels are left unmeasured' },
      };
  }
}
