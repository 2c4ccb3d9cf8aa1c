import { basename } from 'node:path';
import {
  type Alert,
  type Annotation,
  type AnnotationCommand,
  type Command,
  InputError,
  type PixelSpectrum,
  type Player as PlayerTopic,
  pixelCount,
  type ReplaySpeed,
  type ScanMessage,
  type Topic,
} from '../../protocol/index.ts';
import { withAnnotation } from '../pipeline/annotations.ts';
import type { LiveCubes, LiveLayer, LiveState, StateChange } from '../pipeline/live-state.ts';
import { readJournal } from '../sessions/journal/journal-reader.ts';
import { changeAbout, readAbout } from '../sessions/session-about.ts';
import { readDescription, type SessionDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { MeasuredTimes } from './measured-times.ts';
import { PictureReader } from './picture-reader.ts';
import { RecordedSpectra } from './recorded-spectra.ts';
import { ReplayClock } from './replay-clock.ts';
import { ShownHistory } from './shown-history.ts';
import { ShownView } from './shown-view.ts';
import { timelineOf } from './timeline.ts';

/** At the greatest speed one picture takes so long, ms. */
const BUSY_MS = 25;

export interface PlayerOptions {
  speed?: ReplaySpeed;
  /** Where it begins; default `start`. */
  from?: 'start' | 'end';
  /** ms of a monotonic clock, and since 1970. */
  clock?: { monotonic: () => number; wall: () => number };
}

/**
 * Shows a recorded scan as dashboards were shown it, at any moment and speed, from the words and maps in its session: nothing is
 * analysed. States: paused, playing, ended, closed.
 */
export class Player implements LiveState {
  readonly session: string;
  readonly #folder: string;
  readonly #description: SessionDescription;
  readonly #history: ShownHistory;
  readonly #measured: MeasuredTimes;
  readonly #reader: PictureReader;
  readonly #spectra: RecordedSpectra;
  readonly #view: ShownView;
  readonly #clock: { monotonic: () => number; wall: () => number };
  readonly #listeners = new Set<(change: StateChange) => void>();
  /** The moment on show, ms since 1970. */
  #position: number;
  #state: PlayerTopic['state'] = 'paused';
  #speed: ReplaySpeed;
  #loop = false;
  #annotations: Annotation[];
  readonly #ticks: ReplayClock;
  /** One thing is done after the other. */
  #work: Promise<void> = Promise.resolve();

  private constructor(
    folder: string,
    description: SessionDescription,
    history: ShownHistory,
    annotations: Annotation[],
    { speed = 1, clock }: PlayerOptions,
  ) {
    const { scan, passes } = description;
    this.session = basename(folder);
    this.#folder = folder;
    this.#description = description;
    this.#history = history;
    this.#measured = new MeasuredTimes(history.records, pixelCount(scan));
    this.#reader = new PictureReader(sessionFiles(folder).pictures);
    this.#spectra = new RecordedSpectra(folder, description, history, this.#measured, this.#reader);
    this.#view = new ShownView(history, scan.shape, this.#reader, (change) => this.#tell(change));
    this.#annotations = annotations;
    this.#speed = speed;
    this.#clock = clock ?? { monotonic: () => performance.now(), wall: () => Date.now() };
    const advance = (elapsedMs: number) => this.#advance(elapsedMs);
    this.#ticks = new ReplayClock({ now: this.#clock.monotonic, advance });
    this.#position = history.timeOf(history.first);
    const total = pixelCount(scan) * Math.max(passes, this.#measured.passes);
    this.#view.setOwn(timelineOf(history, this.#measured, total));
    this.#view.setOwn({ type: 'annotations', annotations });
    this.#view.setOwn(this.#topic);
  }

  /**
   * Opens a session for replay, paused.
   * @throws InputError when the folder is no session that can be read, or nothing of what was shown is in it
   */
  static async open(folder: string, options: PlayerOptions = {}): Promise<Player> {
    const description = await readDescription(folder);
    if (!description) throw new InputError(folder, 'session.json', 'expected in the folder of a session');
    const { records } = await readJournal(sessionFiles(folder).journal);
    const history = new ShownHistory(records);
    if (history.isEmpty)
      throw new InputError(
        folder,
        'journal.mcap',
        'expected what dashboards were shown, found nothing of it',
      );
    const { annotations = [] } = await readAbout(folder);
    const player = new Player(folder, description, history, annotations, options);
    await player.#seek(options.from === 'end' ? history.last : history.first);
    player.#tellState();
    return player;
  }

  get scan(): ScanMessage {
    return this.#view.message;
  }

  get cubes(): LiveCubes | undefined {
    return this.#spectra.cubes(this.#view.moment);
  }

  get layers(): readonly LiveLayer[] {
    return this.#view.layers;
  }

  get topics(): ReadonlyMap<string, Topic> {
    return this.#view.topics;
  }

  get alerts(): readonly Alert[] {
    const topic = this.topics.get('alerts');
    return topic?.type === 'alerts' ? topic.alerts : [];
  }

  now(): number {
    return this.#position;
  }

  subscribe(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async spectrum(pixel: number): Promise<PixelSpectrum> {
    return this.#spectra.view(pixel, this.scan, this.layers, this.#view.moment);
  }

  summary(): Record<string, unknown> {
    const { program, source, status, scan } = this.#description;
    return { program: program.name, version: program.version, source, status, scan, session: this.session };
  }

  /** Resolves when it is carried out and shown. */
  command(command: Command): Promise<void> {
    const done = this.#work.then(async () => {
      await this.#carryOut(command);
      this.#tellState();
    });
    this.#work = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    this.#stop('paused');
    await this.#work;
    await this.#reader.close();
    await this.#spectra.close();
  }

  async #carryOut(command: Command): Promise<void> {
    switch (command.type) {
      case 'play':
        if (this.#view.moment === this.#history.last) await this.#seek(this.#history.first);
        return this.#play();
      case 'pause':
        return this.#stop('paused');
      case 'step':
        this.#stop('paused');
        return this.#seek(this.#momentOfRow(this.#row + command.rows - 1));
      case 'seek':
        return this.#seek(this.#history.momentAt(command.at), command.at);
      case 'seek-row':
        return this.#seek(this.#momentOfRow(command.row));
      case 'speed':
        this.#speed = command.speed;
        return;
      case 'loop':
        this.#loop = command.on;
        return;
      case 'annotate':
      case 'remove-annotation':
        return this.#annotate(command);
      case 'axis':
        throw new InputError(
          'axis',
          'scan',
          'expected a live one, found a recording; replay it with --energy to have it analysed on another axis',
        );
      case 'plan':
      case 'accept-plan':
      case 'withdraw-plan':
        throw new InputError(command.type, 'scan', 'expected a live one, found a recording');
      default:
        command satisfies never;
    }
  }

  #play(): void {
    this.#state = 'playing';
    this.#ticks.start();
  }

  #stop(state: 'paused' | 'ended'): void {
    this.#ticks.stop();
    this.#state = state;
  }

  /** After what is under way. */
  #advance(elapsedMs: number): Promise<void> {
    const done = this.#work.then(() => this.#goOn(elapsedMs));
    this.#work = done.catch(() => this.#stop('paused'));
    return done;
  }

  async #goOn(elapsedMs: number): Promise<void> {
    if (this.#state !== 'playing') return;
    if (this.#speed === 'max') await this.#rush();
    else {
      this.#position += elapsedMs * this.#speed;
      const moment = this.#history.momentAt(this.#position);
      if (moment > this.#view.moment) await this.#seek(moment, this.#position);
    }
    if (this.#view.moment === this.#history.last) {
      if (this.#loop) await this.#seek(this.#history.first);
      else this.#stop('ended');
    }
    this.#tellState();
  }

  /** One record after the other for as long as a picture takes. */
  async #rush(): Promise<void> {
    const { last } = this.#history;
    const began = this.#clock.monotonic();
    while (this.#view.moment < last && this.#clock.monotonic() - began < BUSY_MS)
      await this.#seek(this.#view.moment + 1);
  }

  /** Rows that had been begun by the moment on show, by what dashboards were told then. */
  get #row(): number {
    const progress = this.topics.get('progress');
    if (progress?.type !== 'progress' || progress.spectra === 0) return 0;
    const { shape } = this.#description.scan;
    return Math.ceil((((progress.spectra - 1) % pixelCount({ shape })) + 1) / shape[1]);
  }

  /** When a row was shown: the first moment for rows before the scan, the last for those that never were whole. */
  #momentOfRow(row: number): number {
    const { first, last } = this.#history;
    if (row < 0) return first;
    const measured = this.#measured.momentOfRow(row, this.#description.scan.shape[1]);
    if (measured === undefined) return last;
    // It is on the maps a moment later: once the first layer, the counts, has it.
    return Math.max(this.#history.momentOfBand(0, row, measured) ?? measured, first);
  }

  async #seek(moment: number, position = this.#history.timeOf(moment)): Promise<void> {
    const { first, last } = this.#history;
    await this.#view.seek(moment);
    this.#position = Math.min(Math.max(position, this.#history.timeOf(first)), this.#history.timeOf(last));
    if (this.#state === 'ended' && moment < last) this.#state = 'paused';
  }

  async #annotate(command: AnnotationCommand): Promise<void> {
    const moment = { now: this.#clock.wall(), shown: this.#position };
    const annotations = withAnnotation(this.#annotations, command, this.#description.scan.shape, moment);
    await changeAbout(this.#folder, { annotations });
    this.#annotations = annotations;
    this.#view.setOwn({ type: 'annotations', annotations });
  }

  get #topic() {
    return {
      type: 'player' as const,
      session: this.session,
      state: this.#state,
      at: Math.round(this.#position),
      row: this.#row,
      speed: this.#speed,
      loop: this.#loop,
      recordedBy: this.#description.program.version,
    };
  }

  #tellState(): void {
    this.#view.setOwn(this.#topic);
  }

  #tell(change: StateChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
