import {
  type Alert,
  type Annotations,
  counted,
  type Player,
  type ScanMessage,
  type Timeline,
  type Topic,
  topicKey,
} from '../../protocol/index.ts';
import type { LiveLayer, StateChange } from '../pipeline/live-state.ts';
import type { Band } from './dirty-rows.ts';
import type { PictureReader } from './picture-reader.ts';
import type { ShownHistory, ShownMoment } from './shown-history.ts';
import { ShownMaps } from './shown-maps.ts';

/** Records that are told one after the other on the way forward; beyond them what shows in the end is read alone. */
const MOST_STEPS = 200;

type Own = Annotations | Player | Timeline;
type Bare<One> = One extends Own ? Omit<One, 'epoch'> : never;

/** What dashboards were shown at one moment of a recorded scan, and the way from one moment to another. */
export class ShownView {
  readonly topics = new Map<string, Topic>();
  readonly #history: ShownHistory;
  readonly #shape: readonly [number, number];
  readonly #reader: PictureReader;
  readonly #tell: (change: StateChange) => void;
  /** Topics of the replay itself. */
  readonly #own = new Map<string, Bare<Own>>();
  #shown: ShownMoment;
  #maps: ShownMaps;
  #moment: number;
  #epoch = 0;

  /**
   * Shows nothing before the first `seek`.
   * @param shape rows and columns of the scan
   */
  constructor(
    history: ShownHistory,
    shape: readonly [number, number],
    reader: PictureReader,
    tell: (change: StateChange) => void,
  ) {
    this.#history = history;
    this.#shape = shape;
    this.#reader = reader;
    this.#tell = tell;
    this.#moment = history.first;
    this.#shown = history.at(history.first);
    this.#maps = new ShownMaps(shape, reader);
  }

  /** Number of the record up to which everything is shown. */
  get moment(): number {
    return this.#moment;
  }

  get message(): ScanMessage {
    return {
      ...this.#shown.message,
      epoch: this.#epoch,
      layers: this.layers.map(({ layer }) => layer),
    };
  }

  get layers(): readonly LiveLayer[] {
    return this.#maps.all;
  }

  /** Shows a topic that is not of the recording. */
  setOwn(topic: Bare<Own>): void {
    const whole = { ...topic, epoch: this.#epoch } as Own;
    const key = topicKey(whole);
    this.#own.set(key, topic);
    this.topics.set(key, whole);
    this.#tell({ type: 'topic', key });
  }

  /** Shows another moment. */
  async seek(moment: number): Promise<void> {
    const before = this.#shown;
    const shown = this.#history.at(moment);
    if (this.#epoch === 0 || isGone(before, shown)) return this.#begin(shown, moment);
    this.#addLayers(shown);
    const isNear = moment >= this.#moment && moment - this.#moment <= MOST_STEPS;
    const changed = isNear
      ? await this.#maps.paint(this.#bandsUntil(moment))
      : await this.#maps.repaint(this.#history.shownBands(moment, this.#shape[0]));
    this.#show(shown, moment);
    this.#tellDifference(before, changed);
  }

  #bandsUntil(moment: number) {
    const bands = [];
    for (let each = this.#moment + 1; each <= moment; each++) bands.push(...this.#history.bandsOf(each));
    return bands;
  }

  async #begin(shown: ShownMoment, moment: number): Promise<void> {
    const maps = new ShownMaps(this.#shape, this.#reader);
    maps.add(shown.layers);
    await maps.paint([...this.#history.shownBands(moment, this.#shape[0])].reverse());
    this.#epoch++;
    this.#maps = maps;
    this.topics.clear();
    this.#show(shown, moment);
    for (const [key, topic] of this.#own) this.topics.set(key, { ...topic, epoch: this.#epoch } as Own);
    this.#tell({ type: 'scan', message: this.message });
  }

  #addLayers({ layers }: ShownMoment): void {
    const known = new Set(this.layers.map(({ layer }) => layer.id));
    this.#maps.add(layers);
    for (const layer of layers)
      if (!known.has(layer.id))
        this.#tell({ type: 'layer', message: { type: 'layer', epoch: this.#epoch, layer } });
  }

  #show(shown: ShownMoment, moment: number): void {
    this.#shown = shown;
    this.#moment = moment;
    for (const [key, topic] of shown.topics) {
      this.topics.set(key, 'epoch' in topic ? { ...topic, epoch: this.#epoch } : topic);
      if (topic.type === 'edge') this.#maps.setRevision(topic.name, topic.revision);
      if (topic.type === 'phases') this.#maps.setPhaseRevision(topic.revision);
    }
    if (this.#maps.damaged > 0) this.topics.set('alerts', this.#damaged(shown, moment));
  }

  #damaged({ topics }: ShownMoment, moment: number): Topic {
    const recorded = topics.get('alerts');
    const alert: Alert = {
      id: 'replay/damaged',
      severity: 'warning',
      message: `${counted(this.#maps.damaged, 'piece')} of the recorded maps left out as damaged`,
      at: this.#history.timeOf(moment),
    };
    return {
      type: 'alerts',
      alerts: [...(recorded?.type === 'alerts' ? recorded.alerts : []), alert],
    };
  }

  #tellDifference(before: ShownMoment, changed: readonly Band[]): void {
    if (this.#shown.message !== before.message) this.#tell({ type: 'retuned', message: this.message });
    for (const { layer, first, end } of changed)
      this.#tell({ type: 'rows', layer, firstRow: first, rows: end - first });
    for (const [key, topic] of this.#shown.topics)
      if (before.topics.get(key) !== topic) this.#tell({ type: 'topic', key });
  }
}

/** Whether something is shown that was not there yet at another moment: it cannot be taken back on a dashboard, which begins anew. */
function isGone(before: ShownMoment, after: ShownMoment): boolean {
  return (
    after.chapter !== before.chapter ||
    after.layers.length < before.layers.length ||
    [...before.topics.keys()].some((key) => !after.topics.has(key))
  );
}
