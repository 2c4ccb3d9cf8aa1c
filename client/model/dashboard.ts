import type { ReadonlySignal } from '@preact/signals-core';
import { computed, effect, signal } from '@preact/signals-core';
import type { Command, CommandRequest, Layer, ServerMessage } from '../../protocol/index.ts';
import {
  ABSENT,
  decodeBundle,
  InputError,
  LIVE_BUNDLES_SUBPROTOCOL,
  LIVE_SUBPROTOCOL,
} from '../../protocol/index.ts';
import { identityOf, labelOf } from '../color/class-colours.ts';
import { movedPixel, rowHeight, scanBox } from '../geometry/scan-box.ts';
import type { Size } from '../geometry/viewport.ts';
import { fitted, zoomedAt } from '../geometry/viewport.ts';
import { checkedMessage, parseMessages } from '../transport/decode.ts';
import type { Received } from '../transport/inbox.ts';
import { Inbox } from '../transport/inbox.ts';
import { LiveSocket } from '../transport/live-socket.ts';
import { Choices } from './choices.ts';
import { EdgeLooks } from './edge-looks.ts';
import type { LayerPlane } from './layer-plane.ts';
import { LiveModel } from './live-model.ts';
import { MapReadings } from './map-readings.ts';
import type { OutlineRequest } from './outline-follower.ts';
import { OutlineFollower } from './outline-follower.ts';
import type { PairOutline } from './pair-outlines.ts';
import { Selection } from './selection.ts';
import type { MaskWish } from './selection-mask.ts';
import { SelectionMask } from './selection-mask.ts';
import { throttled } from './signals.ts';
import { SpectrumRequests } from './spectrum-requests.ts';
import { protocolBehind, VersionWatch } from './version-watch.ts';
import { ViewState } from './view-state.ts';

/** The monitor repeats its progress every 2 s: after this silence, ms, the connection is taken for dead. */
const SILENCE_MS = 12_000;
/** Outlines and gaps follow the data at this pace, ms. */
const CALM_MS = 500;
const OUTLINE_MS = 1000;

/** Everything the elements read and do, in one place: the model, the selection, the view and the connection. */
export class Dashboard {
  readonly model = new LiveModel();
  readonly selection = new Selection();
  readonly view = new ViewState();
  readonly requests: SpectrumRequests;

  readonly shown = new Choices(this.model, this.view);
  readonly readings = new MapReadings(this.view.limits);
  readonly looks = new EdgeLooks(this.model);
  /** Strongest pairs of classes of the pair of edges in the hero place, or of its edge with others, or of all. */
  readonly outlines: ReadonlySignal<readonly PairOutline[]>;
  readonly mask: SelectionMask;
  /** Pixels left out between measured ones. */
  readonly missing: ReadonlySignal<number>;
  /** The monitor has another version than this page. */
  readonly outdated: ReadonlySignal<boolean>;
  /** Why nothing can be drawn at all. */
  readonly rendererProblem = signal<string | undefined>(undefined);

  readonly #socket: LiveSocket;
  #commands = 0;
  readonly #disposers: (() => void)[] = [];

  constructor(url: string) {
    this.#socket = new LiveSocket({
      url,
      protocols: [LIVE_BUNDLES_SUBPROTOCOL, LIVE_SUBPROTOCOL],
      random: Math.random,
      onState: (state) => {
        if (state.phase !== 'live') this.requests.reset();
        this.model.connection.value = state;
      },
      onMessage: (item) => this.#inbox.push(item),
    });
    this.requests = new SpectrumRequests((message) => this.#socket.send(JSON.stringify(message)), {
      now: () => performance.now(),
      later: (run, ms) => setTimeout(run, ms),
    });
    const versions = new VersionWatch(this.model, () => protocolBehind(url));
    this.outdated = versions.outdated;
    this.#disposers.push(() => versions.dispose());
    this.mask = new SelectionMask(() => this.#maskWish());
    const missing = throttled(() => this.#countMissing(), CALM_MS);
    this.missing = missing.value;
    const changes = throttled(
      () => ({
        maps: this.shown.edgeNames.value.map((edge) => this.planeOf('labels', edge)?.version.value),
        information: this.model.information.value,
      }),
      OUTLINE_MS,
    );
    const follower = new OutlineFollower(() => {
      void changes.value.value;
      return this.#outlineRequest();
    });
    this.outlines = follower.outlines;
    this.#disposers.push(missing.dispose, changes.dispose);
    this.#disposers.push(
      () => follower.dispose(),
      () => this.mask.dispose(),
    );
    this.#disposers.push(this.#followScan(), this.#followSpectrum());
  }

  connect(): void {
    this.#socket.open();
  }

  /** Called at a calm pace: a connection that has died without a word is opened anew. */
  watchConnection(now: number): void {
    const { connection, progress, lastReceivedAt } = this.model;
    const silent = now - (lastReceivedAt.peek() ?? now);
    if (connection.peek().phase === 'live' && progress.peek() !== undefined && silent > SILENCE_MS)
      this.#socket.reopen();
  }

  close(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#socket.close();
  }

  planeOf(kind: Layer['kind'], edge?: string): LayerPlane | undefined {
    for (const plane of this.model.planes.value.values())
      if (plane.layer.kind === kind && plane.layer.edge === edge) return plane;
    return undefined;
  }

  /** Label of a pixel in the class map of an edge. */
  labelAt(edge: string, pixel: number): number | undefined {
    return this.planeOf('labels', edge)?.data[pixel];
  }

  /** The same for an element that follows it. */
  shownLabel(edge: string, pixel: number): number | undefined {
    const plane = this.planeOf('labels', edge);
    void plane?.version.value;
    return plane?.data[pixel];
  }

  /** Isolates the classes that a pixel has in the given edges. */
  selectClassesAt(pixel: number, edges: readonly string[]): void {
    const focus = edges.flatMap((edge) => {
      const label = this.labelAt(edge, pixel);
      const classes = this.model.edges.peek().get(edge)?.classes ?? [];
      return label === undefined || label < ABSENT ? [] : [{ edge, identity: identityOf(classes, label) }];
    });
    if (focus.length > 0) this.selection.select(focus);
  }

  setHero(layer: number): void {
    this.view.heroLayer.value = layer;
    const { edge, pair } = this.model.planes.peek().get(layer)?.layer ?? {};
    if (edge !== undefined) this.view.edge.value = edge;
    if (pair !== undefined) this.view.pair.value = pair.join('~');
  }

  /** Holds the limits of a map's colours as they are, or lets them follow the data again. */
  toggleLimits(layer: Layer | undefined): void {
    const plane = layer && this.model.planes.peek().get(layer.id);
    const limits = plane && plane.layer.kind !== 'labels' ? this.readings.domainOf(plane).peek() : undefined;
    if (plane !== undefined && limits !== undefined) this.view.limits.toggle(plane.layer.name, limits);
  }

  /** Has the edges read on another energy axis. */
  chooseAxis({ offset, dispersion }: { offset: number; dispersion: number }): void {
    const { epoch } = this.model;
    if (epoch === undefined) return;
    this.command({ type: 'axis', epoch, offset, dispersion });
  }

  /** Asks the monitor to do something; a refusal is shown as an alert. */
  command(command: Command): void {
    const message: CommandRequest = { type: 'command', request: ++this.#commands, command };
    this.#socket.send(JSON.stringify(message));
  }

  /** Moves the pinned pixel, or pins the one under the pointer or in the middle first. */
  movePin(dx: number, dy: number): void {
    const shape = this.model.scan.peek()?.scan.shape;
    if (shape === undefined) return;
    const { pinnedPixel, hoverPixel } = this.selection;
    const from = pinnedPixel.peek() ?? hoverPixel.peek();
    const middle = Math.floor(shape[0] / 2) * shape[1] + Math.floor(shape[1] / 2);
    pinnedPixel.value = from === undefined ? middle : movedPixel(from, shape, dx, dy);
  }

  /** Zooms all maps; about the pinned pixel, which the eye is on, where there is one. */
  zoom(factor: number): void {
    const shape = this.model.scan.peek()?.scan.shape;
    if (shape === undefined) return;
    const box = scanBox(shape);
    const view: Size = { width: box.width, height: box.height };
    const before = this.view.viewport.peek() ?? fitted(box);
    const pinned = this.selection.pinnedPixel.peek();
    const centre =
      pinned === undefined
        ? before
        : {
            ...before,
            centreX: (pinned % shape[1]) + 0.5,
            centreY: (Math.floor(pinned / shape[1]) + 0.5) * rowHeight(shape),
          };
    this.view.viewport.value = zoomedAt(centre, box, view, factor);
  }

  #outlineRequest(): OutlineRequest | undefined {
    const hero = this.shown.hero.value;
    const shape = this.model.scan.value?.scan.shape;
    if (!this.view.outlines.value || hero === undefined || shape === undefined || shape[0] === 1)
      return undefined;
    // Classes have outlines of their own.
    if (hero.kind === 'labels') return undefined;
    const information = [...this.model.information.peek()].flatMap(([name, pair]) => {
      const shown = hero.pair
        ? hero.pair.join('~') === name
        : [pair.a, pair.b, undefined].includes(hero.edge);
      return shown ? [pair] : [];
    });
    const edges = this.shown.edgeNames.value;
    const maps = new Map(
      edges.flatMap((edge) => {
        const plane = this.planeOf('labels', edge);
        return plane === undefined ? [] : [[edge, { data: plane.data, revision: plane.revision }] as const];
      }),
    );
    return { information, maps, shape, edges };
  }

  #countMissing(): number {
    // Other layers may begin late, as HAADF does that is sent from some row on.
    const plane = this.planeOf('counts');
    if (plane === undefined) return 0;
    void plane.version.value;
    return plane.missing(
      ['complete', 'finalising'].includes(this.model.progress.value?.message.status ?? ''),
    );
  }

  #receive(item: Received): void {
    if (typeof item === 'string')
      for (const value of parseMessages(item)) this.#refusing(() => this.#hear(checkedMessage(value)));
    else
      for (const frame of decodeBundle(item))
        this.#refusing(() => this.model.receiveFrame(frame, Date.now()));
  }

  #hear(message: ServerMessage | undefined): void {
    if (message === undefined) return;
    this.model.receive(message, Date.now());
    if (message.type === 'spectrum') this.requests.answered(message);
    if (message.type === 'fault' && message.request !== undefined)
      this.requests.answered({ request: message.request });
  }

  readonly #inbox = new Inbox((item) => this.#refusing(() => this.#receive(item)));

  /** Bad messages and frames are told to the user, and the next one is taken. */
  #refusing(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.model.refused.value = { message: error.message, at: Date.now() };
    }
  }

  /** Nothing while one of the classes is not there in the revision that is shown. */
  #maskWish(): MaskWish | undefined {
    const focus = this.selection.focus.value;
    const shape = this.model.scan.value?.scan.shape;
    const parts = focus.flatMap((id) => {
      const plane = this.planeOf('labels', id.edge);
      if (plane === undefined) return [];
      void plane.version.value;
      void this.looks.paletteOf(id.edge).value;
      const label = labelOf(this.model.classesOf(id.edge, plane.revision), id.identity);
      return label === undefined ? [] : [{ plane, label }];
    });
    return shape !== undefined && parts.length > 0 && parts.length === focus.length
      ? { parts, shape }
      : undefined;
  }

  #followScan(): () => void {
    let epoch: number | undefined;
    return effect(() => {
      const scan = this.model.scan.value;
      if (scan?.epoch === epoch) return;
      epoch = scan?.epoch;
      this.selection.clear();
      this.view.heroLayer.value = undefined;
      this.view.viewport.value = undefined;
      this.model.pixelSpectrum.value = undefined;
    });
  }

  /** Asks for the spectrum of the pixel that is looked at, again when its edges get a new model. */
  #followSpectrum(): () => void {
    const revisions = computed(() =>
      [...this.model.edges.value.values()].map((state) => state.revision).join(),
    );
    return effect(() => {
      void revisions.value;
      const connected = this.model.connection.value.phase === 'live';
      // A comparison holds maps alone.
      const hasSpectra = !this.model.hello.value?.capabilities.includes('comparison');
      const pixel = this.selection.spectrumPixel.value;
      if (connected && hasSpectra && pixel !== undefined && this.model.scan.value !== undefined)
        this.requests.ask(pixel);
    });
  }
}
