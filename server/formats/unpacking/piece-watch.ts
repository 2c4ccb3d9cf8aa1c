import type { InputError } from '../../../protocol/index.ts';
import type { StoredArray } from '../signals/stored-signal.ts';
import type { PieceGrid } from './piece-grid.ts';

/** A piece is read once it has been the same for so long: not every writer puts it in place whole. */
const REST_MS = 200;
/** A piece that cannot be read is spoken of after so long without a change. */
const TORN_MS = 1000;
/** Pieces that are waited for, and those that were taken, of which so many are looked at each time, in turn. */
const WAITING_LOOKS = 512;
const DONE_LOOKS = 64;

/** Which pieces of an array that is still being written have appeared, or changed, since they were read. */
export class PieceWatch {
  readonly #source: StoredArray;
  readonly #grid: PieceGrid;
  #done: Uint8Array | undefined;
  readonly #seen = new Map<number, { stamp: string; at: number }>();
  /** Stamps as of the last reading, whatever came of it. */
  readonly #read = new Map<number, string>();
  readonly #torn = new Map<number, { error: InputError; at: number }>();
  #waitingAt = 0;
  #doneAt = 0;

  constructor(source: StoredArray, grid: PieceGrid) {
    this.#source = source;
    this.#grid = grid;
  }

  /** Made when the first piece is looked at: a header may announce any number of them. */
  get #doneMap(): Uint8Array {
    this.#done ??= new Uint8Array(this.#grid.size);
    return this.#done;
  }

  isDone(piece: number): boolean {
    return this.#doneMap[piece] === 1;
  }

  /** Notes that all of the piece was taken. */
  done(piece: number): void {
    this.#doneMap[piece] = 1;
  }

  /** Takes the piece as it is now for read. */
  async noteRead(piece: number): Promise<void> {
    const stamp = await this.#stampOf(piece);
    if (stamp !== undefined) this.#read.set(piece, stamp);
  }

  /** Notes that the piece could not be read at `now`. */
  torn(piece: number, error: InputError, now: number): void {
    this.#torn.set(piece, { error, at: now });
  }

  /** What is wrong with a piece that has not changed since it could not be read. */
  fault(now: number): InputError | undefined {
    for (const { error, at } of this.#torn.values()) if (now - at >= TORN_MS) return error;
    return undefined;
  }

  /** Pieces that rest, and are others than were read. */
  async *changed(now: number): AsyncGenerator<number> {
    for (const piece of this.#due()) {
      const stamp = await this.#stampOf(piece);
      if (stamp === undefined || stamp === this.#read.get(piece)) continue;
      const seen = this.#seen.get(piece);
      if (seen?.stamp !== stamp) this.#seen.set(piece, { stamp, at: now });
      else if (now - seen.at >= REST_MS) {
        this.#seen.delete(piece);
        this.#read.set(piece, stamp);
        this.#torn.delete(piece);
        yield piece;
      }
    }
  }

  #stampOf(piece: number): Promise<string | undefined> | undefined {
    return this.#source.pieceStamp?.(this.#grid.indexOf(piece));
  }

  #due(): number[] {
    const due: number[] = [];
    const { size } = this.#grid;
    const map = this.#doneMap;
    const collect = (from: number, done: number, most: number): number => {
      let found = 0;
      let step = 0;
      for (; step < size && found < most; step++) {
        const piece = (from + step) % size;
        if (map[piece] !== done) continue;
        due.push(piece);
        found++;
      }
      return (from + step) % size;
    };
    this.#waitingAt = collect(this.#waitingAt, 0, WAITING_LOOKS);
    this.#doneAt = collect(this.#doneAt, 1, DONE_LOOKS);
    return due;
  }
}
