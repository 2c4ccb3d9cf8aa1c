import { batch, computed, signal } from '@preact/signals-core';
import type {
  Alert,
  Annotation,
  Calibration,
  ClassSpectra,
  EdgeState,
  Hello,
  Layer,
  LayerFrame,
  PairInformation,
  Phases,
  PixelSpectrum,
  Plan,
  Player,
  Progress,
  ScanMessage,
  ServerMessage,
  SumSpectrum,
  Timeline,
  Topic,
} from '../../../protocol/index.ts';
import { topicKey } from '../../../protocol/index.ts';
import { phasesAsShown, type ShownClass, type ShownEdge, withPlaces } from '../../color/class-colours.ts';
import type { ConnectionState } from '../../transport/live-socket.ts';
import { LayerPlane } from '../maps/layer-plane.ts';
import type { Refusal } from './own-alerts.ts';

/** A message with the time at which it arrived, ms on this machine's clock. */
export interface Received<T> {
  message: T;
  at: number;
}

/** Topics about the scan that is shown. */
type ShownTopic = EdgeState | ClassSpectra | SumSpectrum | Calibration | PairInformation | Phases | Plan;

/** Edge name used for the classes of the phase map, which belongs to no edge. */
export const PHASES = '';

/** Class lists kept per edge: rows of earlier revisions may still be on the screen. */
const KEPT_REVISIONS = 4;

/**
 * The newest state received from the monitor, as signals; samples are changed in place. While the picture is paused, only the
 * newest of each topic and layer is kept for later, so memory does not grow.
 */
export class LiveModel {
  readonly connection = signal<ConnectionState>({ phase: 'connecting', attempt: 0 });
  readonly hello = signal<Hello | undefined>(undefined);
  readonly scan = signal<ScanMessage | undefined>(undefined);
  readonly planes = signal<ReadonlyMap<number, LayerPlane>>(new Map());
  /** Progress of the picture: does not change while it is paused. */
  readonly progress = signal<Received<Progress> | undefined>(undefined);
  /** Progress of the scan, also while the picture is paused. */
  readonly newestProgress = signal<Received<Progress> | undefined>(undefined);
  readonly edges = signal<ReadonlyMap<string, ShownEdge>>(new Map());
  readonly classSpectra = signal<ReadonlyMap<string, ClassSpectra>>(new Map());
  readonly sumSpectrum = signal<SumSpectrum | undefined>(undefined);
  readonly calibration = signal<Calibration | undefined>(undefined);
  readonly information = signal<ReadonlyMap<string, PairInformation>>(new Map());
  /** The table of the phase map. */
  readonly phases = signal<Phases | undefined>(undefined);
  /** Its phases in the form of classes. */
  readonly phaseClasses = computed(() =>
    phasesAsShown([...this.edges.value.values()], this.phases.value?.phases ?? []),
  );
  /** Where to scan again. */
  readonly plan = signal<Plan | undefined>(undefined);
  readonly alerts = signal<readonly Alert[]>([]);
  readonly annotations = signal<readonly Annotation[]>([]);
  /** Of a recorded scan alone. */
  readonly player = signal<Received<Player> | undefined>(undefined);
  readonly timeline = signal<Timeline | undefined>(undefined);
  readonly skipped = signal(0);
  readonly pixelSpectrum = signal<PixelSpectrum | undefined>(undefined);
  readonly paused = signal(false);
  /** When the newest picture or topic came, ms on this machine's clock. */
  readonly lastReceivedAt = signal<number | undefined>(undefined);
  /** The message that was refused last: shown as an alert. */
  readonly refused = signal<Refusal | undefined>(undefined);

  readonly #classTables = new Map<string, Map<number, readonly ShownClass[]>>();
  readonly #heldTopics = new Map<string, Topic>();
  readonly #heldPlanes = new Map<number, LayerPlane>();

  get epoch(): number | undefined {
    return this.scan.peek()?.epoch;
  }

  /** Whether a recorded scan is on show. */
  get isReplay(): boolean {
    return this.hello.peek()?.capabilities?.includes('replay') ?? false;
  }

  get #isComparison(): boolean {
    return this.hello.peek()?.capabilities?.includes('comparison') ?? false;
  }

  /** Removes the scan, before another is shown. */
  clear(): void {
    batch(() => {
      this.#forget();
      this.alerts.value = [];
      this.lastReceivedAt.value = undefined;
    });
  }

  /** @param at this machine's clock, ms */
  receive(message: ServerMessage, at: number): void {
    batch(() => {
      this.lastReceivedAt.value = at;
      this.#apply(message, at);
    });
  }

  /** Frames of another scan are ignored: they were sent before the new one began. */
  receiveFrame(frame: LayerFrame, at: number): void {
    const plane = frame.epoch === this.epoch ? this.planes.peek().get(frame.layer) : undefined;
    if (plane === undefined) return;
    batch(() => {
      this.lastReceivedAt.value = at;
      (this.paused.peek() ? this.#heldPlane(plane) : plane).write(frame);
    });
  }

  /** Classes of an edge in the revision that a picture shows, else the newest. Not tracked: `Dashboard.paletteOf` is. */
  classesOf(edge: string, revision?: number): readonly ShownClass[] {
    const newest = edge === PHASES ? this.phaseClasses.peek() : (this.edges.peek().get(edge)?.classes ?? []);
    if (revision === undefined) return newest;
    return this.#classTables.get(edge)?.get(revision) ?? newest;
  }

  setPaused(paused: boolean): void {
    batch(() => {
      this.paused.value = paused;
      if (!paused) this.#release();
    });
  }

  #apply(message: ServerMessage, at: number): void {
    switch (message.type) {
      case 'hello':
        // The monitor was restarted: its state is not what is on the screen.
        if (this.hello.peek()?.sessionId !== message.sessionId) {
          this.#forget();
          this.alerts.value = [];
        }
        this.hello.value = message;
        return;
      case 'scan':
        this.#beginScan(message);
        return;
      case 'layer':
        if (message.epoch === this.epoch) this.#addLayers([message.layer]);
        return;
      case 'spectrum':
        if (message.epoch === this.epoch) this.pixelSpectrum.value = message;
        return;
      case 'answer':
        if (message.fault !== undefined) this.refused.value = { message: message.fault, at };
        return;
      case 'fault':
        this.refused.value = { message: message.message, at };
        return;
      case 'progress':
        if (message.epoch !== this.epoch) return;
        this.newestProgress.value = { message, at };
        if (!this.paused.peek() || this.progress.peek() === undefined) this.progress.value = { message, at };
        return;
      case 'alerts':
        this.alerts.value = message.alerts;
        return;
      case 'annotations':
        if (message.epoch === this.epoch) this.annotations.value = message.annotations;
        return;
      case 'player':
        if (message.epoch === this.epoch) this.player.value = { message, at };
        return;
      case 'timeline':
        if (message.epoch === this.epoch) this.timeline.value = message;
        return;
      case 'delivery':
        this.skipped.value = message.skipped;
        return;
      default:
        if (message.epoch !== this.epoch) return;
        if (this.paused.peek() && !this.#answersTheUser(message))
          this.#heldTopics.set(topicKey(message), message);
        else this.#show(message);
    }
  }

  #show(topic: ShownTopic): void {
    switch (topic.type) {
      case 'edge': {
        const edges = new Map<string, EdgeState>(this.edges.peek()).set(topic.name, topic);
        const shown = withPlaces([...edges.values()], this.#isComparison);
        this.edges.value = new Map(shown.map((edge) => [edge.name, edge]));
        for (const edge of shown) this.#remember(edge.name, edge.revision, edge.classes);
        return;
      }
      case 'class-spectra':
        this.classSpectra.value = new Map(this.classSpectra.peek()).set(topic.edge, topic);
        return;
      case 'sum-spectrum':
        this.sumSpectrum.value = topic;
        return;
      case 'calibration':
        this.calibration.value = topic;
        return;
      case 'information':
        this.information.value = new Map(this.information.peek()).set(`${topic.a}~${topic.b}`, topic);
        return;
      case 'phases':
        this.phases.value = topic;
        this.#remember(PHASES, topic.revision, this.phaseClasses.peek());
        return;
      case 'plan':
        this.#heldTopics.delete(topicKey(topic));
        this.plan.value = topic;
    }
  }

  /** The answer to the user's own change of the plan is shown even while the picture is paused. */
  #answersTheUser(topic: ShownTopic): boolean {
    if (topic.type !== 'plan') return false;
    const shown = this.plan.peek();
    return topic.status !== shown?.status || JSON.stringify(topic.request) !== JSON.stringify(shown.request);
  }

  #remember(edge: string, revision: number, classes: readonly ShownClass[]): void {
    const tables = this.#classTables.get(edge) ?? new Map<number, readonly ShownClass[]>();
    tables.set(revision, classes);
    for (const older of tables.keys()) if (older <= revision - KEPT_REVISIONS) tables.delete(older);
    this.#classTables.set(edge, tables);
  }

  /** After a reconnection the same scan is announced again: its pictures stay until they are overwritten. */
  #beginScan(message: ScanMessage): void {
    if (message.epoch === this.epoch) {
      this.scan.value = message;
      this.#addLayers(message.layers);
      return;
    }
    const isSame = this.isReplay && message.scan.id === this.scan.peek()?.scan.id;
    const kept = [this.player.peek(), this.timeline.peek(), this.annotations.peek()] as const;
    this.#forget();
    this.scan.value = message;
    this.#addLayers(message.layers);
    // Seeking within a recording: player, timeline and notes stay until newer ones arrive.
    if (isSame) [this.player.value, this.timeline.value, this.annotations.value] = kept;
  }

  #addLayers(layers: readonly Layer[]): void {
    const scan = this.scan.peek();
    const known = this.planes.peek();
    const fresh = layers.filter((layer) => !known.has(layer.id));
    if (scan === undefined || fresh.length === 0) return;
    const planes = new Map(known);
    for (const layer of fresh) planes.set(layer.id, new LayerPlane(layer, scan.scan.shape));
    this.planes.value = planes;
  }

  #forget(): void {
    this.scan.value = undefined;
    this.planes.value = new Map();
    this.progress.value = undefined;
    this.newestProgress.value = undefined;
    this.edges.value = new Map();
    this.classSpectra.value = new Map();
    this.sumSpectrum.value = undefined;
    this.calibration.value = undefined;
    this.information.value = new Map();
    this.phases.value = undefined;
    this.plan.value = undefined;
    this.pixelSpectrum.value = undefined;
    this.annotations.value = [];
    this.player.value = undefined;
    this.timeline.value = undefined;
    this.refused.value = undefined;
    this.paused.value = false;
    this.#classTables.clear();
    this.#heldTopics.clear();
    this.#heldPlanes.clear();
  }

  #heldPlane(plane: LayerPlane): LayerPlane {
    let held = this.#heldPlanes.get(plane.layer.id);
    if (held === undefined) {
      held = new LayerPlane(plane.layer, [plane.rows, plane.columns]);
      held.write(wholeFrame(plane, 0));
      this.#heldPlanes.set(plane.layer.id, held);
    }
    return held;
  }

  #release(): void {
    for (const [id, held] of this.#heldPlanes) this.planes.peek().get(id)?.write(wholeFrame(held, 0));
    for (const topic of this.#heldTopics.values()) this.#show(topic as ShownTopic);
    this.progress.value = this.newestProgress.peek();
    this.#heldPlanes.clear();
    this.#heldTopics.clear();
  }
}

const wholeFrame = (plane: LayerPlane, epoch: number): LayerFrame => ({
  epoch,
  layer: plane.layer.id,
  revision: plane.revision,
  firstRow: 0,
  rows: plane.rows,
  columns: plane.columns,
  components: plane.layer.components,
  data: plane.data,
});
