import { type Alert, InputError, pixelCount, type Scan } from '../../../protocol/index.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { ScanFile } from '../../formats/format.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { pixelRangesOfRecords, recordCount } from '../../formats/scan-order.ts';
import { checkByteOrder } from '../../formats/text/byte-order.ts';
import type { Rewritten, SourceEvent } from '../source.ts';
import { CubeGrowth } from './cube-growth.ts';
import type { FollowTimes, Outcome } from './follow-times.ts';
import type { Follower } from './follower.ts';
import type { Sighting } from './growing-file.ts';
import { RowClock } from './row-clock.ts';

interface Scalar {
  name: string;
  cube: CubeLayout;
  growth: CubeGrowth;
  sent: number[];
}

/** Values of a scalar channel in one event. */
const MOST_VALUES = 65_536;

/** Follows one scan from its opening to its end and reports what becomes complete. */
export class ScanFollower implements Follower {
  readonly scan: Scan;
  /** All that the files hold is reported at once. */
  readonly behind = false;
  #core: CubeLayout;
  readonly #times: FollowTimes;
  #finished: boolean;
  readonly #growth: CubeGrowth;
  readonly #lowLoss: CubeGrowth | undefined;
  #lowLossPath: string | undefined;
  readonly #scalars: Scalar[] = [];
  readonly #sent: number[];
  readonly #rows: RowClock;
  readonly #alerts = new Set<string>();
  #changedAt: number;
  #lowLossGoneAt: number | undefined;
  #completeAt: number | undefined;
  #ended: 'complete' | 'aborted' | undefined;
  #stalled = false;
  #isOrderJudged: boolean;

  /** @param finished whatever the files hold now is all that there will be */
  constructor(file: ScanFile, scan: Scan, times: FollowTimes, finished: boolean, now: number) {
    this.scan = scan;
    this.#core = file.core;
    this.#times = times;
    this.#finished = finished;
    this.#growth = this.#growthOf(file.core, file);
    this.#lowLoss = file.lowLoss && this.#growthOf(file.lowLoss, file);
    this.#lowLossPath = file.lowLoss?.paths[0];
    this.#sent = file.core.paths.map(() => 0);
    this.#rows = new RowClock(file.core.shape[1] + file.core.flybackColumns, scan.dwellSeconds);
    this.#changedAt = now;
    this.#isOrderJudged = !file.growing.includes(file.core.paths[0]);
    this.addScalars(file);
  }

  /** Neither ended nor stalled: spectra are expected at any moment. */
  get live(): boolean {
    return this.#ended === undefined && !this.#stalled;
  }

  get ended(): 'complete' | 'aborted' | undefined {
    return this.#ended;
  }

  /** Takes up scalar channels whose files appeared after the scan had begun. */
  addScalars(file: ScanFile): void {
    for (const { name, cube } of file.scalars)
      if (!this.#scalars.some((known) => known.name === name))
        this.#scalars.push({
          name,
          cube,
          growth: this.#growthOf(cube, file),
          sent: cube.paths.map(() => 0),
        });
  }

  move({ core, lowLoss, scalars }: ScanFile): boolean {
    this.#core = core;
    this.#growth.moveTo(core.paths);
    if (lowLoss) this.#lowLoss?.moveTo(lowLoss.paths);
    this.#lowLossPath = lowLoss?.paths[0];
    for (const known of this.#scalars) {
      const { cube } = scalars.find(({ name }) => name === known.name) ?? {};
      if (!cube) continue;
      known.cube = cube;
      known.growth.moveTo(cube.paths);
    }
    return true;
  }

  #growthOf(cube: CubeLayout, file: ScanFile): CubeGrowth {
    return new CubeGrowth(cube, file.growing.includes(cube.paths[0]), this.#finished, this.#times);
  }

  /** Reports what is new at `now` (monotonic ms). */
  async *look(now: number): AsyncGenerator<SourceEvent, Outcome> {
    // The companions first: a spectrum counts once all that belongs to it is there.
    const partner = await this.#lowLoss?.look(now);
    const core = await this.#growth.look(now);
    if (partner === 'rewritten' || core === 'rewritten') return 'rewritten';
    if (core === 'absent') return 'absent';
    if (this.#advances(core, partner)) this.#changedAt = now;
    yield* this.#lowLossNotice(partner, now);
    yield* this.#notices();
    yield* this.#spectra(now);
    yield* this.#byteOrder();
    for (const scalar of this.#scalars) yield* this.#readable(scalar, now);
    yield* this.#end(now);
    this.#finished = false;
    return 'goes on';
  }

  /** Takes back what was said of this scan, as another one begins. */
  *dismiss(): Generator<SourceEvent> {
    for (const id of this.#alerts) yield { type: 'alert-cleared', id };
    this.#alerts.clear();
  }

  async isIntact(): Promise<boolean> {
    for (const growth of [this.#growth, this.#lowLoss])
      if (growth && !(await growth.isIntact())) return false;
    return true;
  }

  /** Ends the scan from outside: another one begins, or its file is gone. */
  *abort(rewritten?: Rewritten): Generator<SourceEvent> {
    // One that was complete keeps its end; what still reads its file has to hear of it.
    if (rewritten) yield { type: 'end', status: this.#ended ?? 'aborted', rewritten };
    else if (this.#ended === undefined) yield this.#endAs('aborted');
    if (rewritten) this.#ended ??= 'aborted';
  }

  /** Whether the file that the other one waits for has grown: the one ahead may grow in vain. */
  #advances(core: Sighting, partner: Sighting | undefined): boolean {
    const lowLoss = this.#lowLoss;
    const lead = lowLoss
      ? this.#sent.reduce((sum, _, pass) => sum + this.#growth.records(pass) - lowLoss.records(pass), 0)
      : 0;
    return (lead <= 0 && core === 'changed') || (lead >= 0 && partner === 'changed');
  }

  *#spectra(now: number): Generator<SourceEvent> {
    for (const [pass, sent] of this.#sent.entries()) {
      const records = Math.min(
        this.#growth.records(pass),
        this.#lowLoss?.records(pass) ?? Number.POSITIVE_INFINITY,
      );
      if (records <= sent) continue;
      this.#changedAt = now;
      this.#rows.advance(records - sent, now);
      this.#sent[pass] = records;
      this.#stalled = false;
      // The producer goes on after all.
      this.#ended = undefined;
      for (const { first, count } of pixelRangesOfRecords(this.#core, sent, records))
        yield { type: 'measured', first, count, pass };
    }
  }

  /** Of a scan that was opened without samples the byte order can be judged once its first row is there. */
  async *#byteOrder(): AsyncGenerator<SourceEvent> {
    if (this.#isOrderJudged || this.#sent[0] < this.#core.shape[1]) return;
    this.#isOrderJudged = true;
    try {
      await checkByteOrder(this.#core);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // A file that cannot be read now says nothing about its byte order: that is tried again.
      if (error.field === 'byte-order')
        yield* this.#once(`byte-order:${this.scan.id}`, 'error', error.message);
      else this.#isOrderJudged = false;
    }
  }

  /** A scalar channel that cannot be read holds up neither the scan nor the others; it is tried again at the next look. */
  async *#readable(scalar: Scalar, now: number): AsyncGenerator<SourceEvent> {
    const id = `scalar:${scalar.name}:${this.scan.id}`;
    try {
      yield* this.#values(scalar, now);
      yield* this.#clear(id);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      yield* this.#once(id, 'warning', error.message);
    }
  }

  /** Values are means over the passes that a pixel has, so that the picture stays even while a pass runs. */
  async *#values(scalar: Scalar, now: number): AsyncGenerator<SourceEvent> {
    const sighting = await scalar.growth.look(now);
    if (sighting === 'rewritten' || sighting === 'absent') return;
    for (const [pass, sent] of scalar.sent.entries()) {
      const records = scalar.growth.records(pass);
      if (records <= sent) continue;
      // The loop goes on meanwhile: the next look is the next try.
      const cube = await openCube(scalar.cube, { patienceMs: 0 });
      const passes = new Uint8Array(pixelCount(scalar.cube)).fill(pass + 1);
      try {
        for (const { first, count } of pixelRangesOfRecords(scalar.cube, sent, records))
          for (let skip = 0; skip < count; skip += MOST_VALUES) {
            const values = new Float32Array(Math.min(MOST_VALUES, count - skip));
            await cube.read(first + skip, values.length, 0, 1, values, passes);
            for (let i = 0; i < values.length; i++) values[i] /= pass + 1;
            yield { type: 'channel', name: scalar.name, first: first + skip, values };
          }
      } finally {
        await cube.close();
      }
      scalar.sent[pass] = records;
    }
  }

  *#end(now: number): Generator<SourceEvent> {
    if (this.#ended === 'complete') return;
    const { stallMs, abortMs, settleMs } = this.#times;
    if (this.#sent.every((records) => this.#hasEveryPixel(records))) {
      this.#completeAt ??= now;
      const scalarsDone = this.#scalars.every(({ sent }) =>
        sent.every((records) => this.#hasEveryPixel(records)),
      );
      if (scalarsDone || this.#finished || now - this.#completeAt >= settleMs) yield this.#endAs('complete');
      return;
    }
    if (this.#finished) return yield* this.abort();
    const quietMs = now - this.#changedAt;
    const rowMs = this.#rows.medianMs ?? 0;
    if (!this.#stalled && this.#ended === undefined && quietMs >= Math.max(stallMs, 20 * rowMs)) {
      this.#stalled = true;
      yield { type: 'stalled' };
    }
    if (quietMs >= Math.max(abortMs, 40 * rowMs)) yield* this.abort();
  }

  /** The last row's fly-back need not be there. */
  #hasEveryPixel(records: number): boolean {
    return records >= recordCount(this.#core) - this.#core.flybackColumns;
  }

  #endAs(status: 'complete' | 'aborted'): SourceEvent {
    this.#ended = status;
    return { type: 'end', status };
  }

  *#notices(): Generator<SourceEvent> {
    if (this.#growth.inferred || this.#lowLoss?.inferred)
      yield* this.#once(
        `inferred:${this.scan.id}`,
        'info',
        `${this.scan.name}: progress is inferred: the file had its full size from the start`,
        'Rows count as measured once the next row has begun',
      );
    const overfull = this.#growth.overfull;
    if (overfull)
      yield* this.#once(
        `overfull:${this.scan.id}`,
        'error',
        `${overfull.path}: size: expected the end of the scan, found ${overfull.bytes} bytes more`,
      );
  }

  /** Without its low loss a scan gets no further; for a moment it is away while another is renamed over it. */
  *#lowLossNotice(partner: Sighting | undefined, now: number): Generator<SourceEvent> {
    const id = `low-loss:${this.scan.id}`;
    if (partner !== 'absent') {
      this.#lowLossGoneAt = undefined;
      yield* this.#clear(id);
      return;
    }
    this.#lowLossGoneAt ??= now;
    if (now - this.#lowLossGoneAt < this.#times.settleMs) return;
    const over = this.#ended === 'complete';
    yield* this.#once(
      id,
      over ? 'warning' : 'error',
      `${this.#lowLossPath}: low loss: it is gone, and its spectra can no longer be read; the scan goes on once it is back`,
      over
        ? undefined
        : 'Spectra without their low loss are not counted; the scan goes on when the file is back',
    );
  }

  *#clear(id: string): Generator<SourceEvent> {
    if (this.#alerts.delete(id)) yield { type: 'alert-cleared', id };
  }

  *#once(id: string, severity: Alert['severity'], message: string, tip?: string): Generator<SourceEvent> {
    if (this.#alerts.has(id)) return;
    this.#alerts.add(id);
    yield { type: 'alert', alert: { id, severity, message, ...(tip !== undefined && { tip }) } };
  }
}
