import type { ReadonlySignal } from '@preact/signals-core';
import { computed, effect, signal } from '@preact/signals-core';
import type { EdgeState, Layer, PairInformation } from '../../protocol/index.ts';
import { ABSENT, decodeFrame, InputError, LIVE_SUBPROTOCOL } from '../../protocol/index.ts';
import { identityOf, labelOf } from '../color/class-colours.ts';
import type { Domain } from '../color/domain.ts';
import { centredDomain, percentileDomain, steadyDomain } from '../color/domain.ts';
import type { ClassAnchor } from '../geometry/class-anchors.ts';
import { classAnchors } from '../geometry/class-anchors.ts';
import { movedPixel, rowHeight, scanBox } from '../geometry/scan-box.ts';
import type { Size } from '../geometry/viewport.ts';
import { fitted, zoomedAt } from '../geometry/viewport.ts';
import { decodeMessage } from '../transport/decode.ts';
import { LiveSocket } from '../transport/live-socket.ts';
import type { LayerPlane } from './layer-plane.ts';
import { LiveModel } from './live-model.ts';
import { MAX_TILES, mapLayers, reliefLayer } from './map-list.ts';
import { type PairOutline, pairOutlines } from './pair-outlines.ts';
import { fillMask, Selection } from './selection.ts';
import { throttled } from './signals.ts';
import { SpectrumRequests } from './spectrum-requests.ts';
import { ViewState } from './view-state.ts';

/** Limits follow the data at this pace, ms. */
const DOMAIN_INTERVAL_MS = 400;
/** From no flag to all of them. */
const ALL_FLAGS: Domain = [0, 7];
/** The monitor repeats its progress every 2 s: after this silence, ms, the connection is taken for dead. */
const SILENCE_MS = 12_000;
const MISSING_INTERVAL_MS = 500;
const OUTLINE_INTERVAL_MS = 400;

/** Which pixels are looked at: 255 kept, 0 dimmed; `active` false keeps all. */
export interface Mask {
  data: Uint8Array;
  readonly version: ReadonlySignal<number>;
  readonly active: ReadonlySignal<boolean>;
}

/** Everything the elements read and do, in one place: the model, the selection, the view and the connection. */
export class Dashboard {
  readonly model = new LiveModel();
  readonly selection = new Selection();
  readonly view = new ViewState();
  readonly requests: SpectrumRequests;

  /** The layers that are maps, in display order. */
  readonly maps: ReadonlySignal<readonly Layer[]> = computed(() =>
    mapLayers([...this.model.planes.value.values()].map((plane) => plane.layer)),
  );
  readonly tiles: ReadonlySignal<readonly Layer[]> = computed(() => this.maps.value.slice(0, MAX_TILES));
  readonly hero: ReadonlySignal<Layer | undefined> = computed(
    () => this.maps.value.find((layer) => layer.id === this.view.heroLayer.value) ?? this.maps.value[0],
  );
  readonly relief: ReadonlySignal<LayerPlane | undefined> = computed(() => {
    const layer = reliefLayer(this.maps.value);
    return layer && this.model.planes.value.get(layer.id);
  });
  readonly edgeNames: ReadonlySignal<readonly string[]> = computed(
    () => this.model.scan.value?.edges.map((edge) => edge.name) ?? [],
  );
  /** Edge shown in embedding, legend and class spectra. */
  readonly edge: ReadonlySignal<string | undefined> = computed(() => {
    const names = this.edgeNames.value;
    const chosen = this.view.edge.value;
    if (chosen !== undefined && names.includes(chosen)) return chosen;
    // An edge that cannot be analysed should not take the first look.
    return names.find((name) => this.model.edges.value.get(name)?.status !== 'unavailable') ?? names[0];
  });
  readonly edgeState: ReadonlySignal<EdgeState | undefined> = computed(() =>
    this.edge.value === undefined ? undefined : this.model.edges.value.get(this.edge.value),
  );
  /** Pairs of edges, as `a~b`, in the order of the layers. */
  readonly pairs: ReadonlySignal<readonly string[]> = computed(() => {
    const named = this.maps.value.flatMap((layer) => (layer.pair ? [layer.pair.join('~')] : []));
    return [...new Set([...named, ...this.model.information.value.keys()])];
  });
  readonly pair: ReadonlySignal<string | undefined> = computed(() => {
    const pairs = this.pairs.value;
    return pairs.find((pair) => pair === this.view.pair.value) ?? pairs[0];
  });
  readonly information: ReadonlySignal<PairInformation | undefined> = computed(() =>
    this.pair.value === undefined ? undefined : this.model.information.value.get(this.pair.value),
  );
  /** Strongest pairs of classes of the pair of edges in the hero place, or of its edge with others, or of all. */
  readonly outlines: ReadonlySignal<readonly PairOutline[]>;
  readonly mask: Mask;
  /** Pixels left out between measured ones. */
  readonly missing: ReadonlySignal<number>;
  /** Why nothing can be drawn at all. */
  readonly rendererProblem = signal<string | undefined>(undefined);

  readonly #socket: LiveSocket;
  readonly #domains = new WeakMap<LayerPlane, ReadonlySignal<Domain | undefined>>();
  readonly #layouts = new Map<string, ReadonlySignal<string>>();
  readonly #palettes = new Map<string, ReadonlySignal<string>>();
  readonly #anchors = new WeakMap<LayerPlane, ReadonlySignal<readonly ClassAnchor[]>>();
  readonly #disposers: (() => void)[] = [];

  constructor(url: string) {
    this.#socket = new LiveSocket({
      url,
      protocol: LIVE_SUBPROTOCOL,
      random: Math.random,
      onState: (state) => {
        if (state.phase !== 'live') this.requests.reset();
        this.model.connection.value = state;
      },
      onText: (text) => this.#received(() => this.#receive(text)),
      onBinary: (buffer) => this.#received(() => this.model.receiveFrame(decodeFrame(buffer), Date.now())),
    });
    this.requests = new SpectrumRequests((message) => this.#socket.send(JSON.stringify(message)), {
      now: () => performance.now(),
      later: (run, ms) => setTimeout(run, ms),
    });
    this.mask = this.#keepMask();
    const missing = throttled(() => this.#countMissing(), MISSING_INTERVAL_MS);
    this.missing = missing.value;
    const changes = throttled(
      () => this.edgeNames.value.map((edge) => this.planeOf('labels', edge)?.version.value).join(),
      OUTLINE_INTERVAL_MS,
    );
    this.outlines = computed(() => {
      void changes.value.value;
      return this.#outlines();
    });
    this.#disposers.push(changes.dispose);
    this.#disposers.push(missing.dispose);
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

  planeOf(kind: Layer['kind'], edge: string): LayerPlane | undefined {
    for (const plane of this.model.planes.value.values())
      if (plane.layer.kind === kind && plane.layer.edge === edge) return plane;
    return undefined;
  }

  /** Label of a pixel in the class map of an edge. */
  labelAt(edge: string, pixel: number): number | undefined {
    return this.planeOf('labels', edge)?.data[pixel];
  }

  /** What the colours and names of an edge's classes depend on; unlike its state it does not change with every spectrum. */
  paletteOf(edge: string): ReadonlySignal<string> {
    let palette = this.#palettes.get(edge);
    if (palette === undefined) {
      palette = computed(() =>
        JSON.stringify(
          this.model.edges.value.get(edge)?.classes.map(({ label, colour, name }) => [label, colour, name]),
        ),
      );
      this.#palettes.set(edge, palette);
    }
    return palette;
  }

  /** What the picture of an edge's embedding depends on besides its points. */
  layoutOf(edge: string): ReadonlySignal<string> {
    let layout = this.#layouts.get(edge);
    if (layout === undefined) {
      layout = computed(() => {
        const state = this.model.edges.value.get(edge);
        const centroids = state?.classes.map(({ label, colour, centroid }) => [label, colour, ...centroid]);
        return JSON.stringify([state?.orientation, centroids]);
      });
      this.#layouts.set(edge, layout);
    }
    return layout;
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

  /** Limits of a continuous map: robust, steady, and centred for information. */
  domainOf(plane: LayerPlane): ReadonlySignal<Domain | undefined> {
    const known = this.#domains.get(plane);
    if (known !== undefined) return known;
    const pace = throttled(() => plane.version.value, DOMAIN_INTERVAL_MS);
    let previous: Domain | undefined;
    const domain = computed(() => {
      void pace.value.value;
      // A sum of bits keeps its scale, whatever is set.
      if (plane.layer.kind === 'flags') return ALL_FLAGS;
      const next = percentileDomain(plane.data);
      const wanted = next && plane.layer.kind === 'information' ? centredDomain(next) : next;
      previous = steadyDomain(previous, wanted);
      return previous;
    });
    this.#domains.set(plane, domain);
    return domain;
  }

  /** Where the numbers of a class map are written; follows the map at a calm pace. */
  anchorsOf(plane: LayerPlane): ReadonlySignal<readonly ClassAnchor[]> {
    const known = this.#anchors.get(plane);
    if (known !== undefined) return known;
    const pace = throttled(() => plane.version.value, DOMAIN_INTERVAL_MS);
    const anchors = computed(() => {
      void pace.value.value;
      return classAnchors(plane.data, [plane.rows, plane.columns]);
    });
    this.#anchors.set(plane, anchors);
    return anchors;
  }

  setHero(layer: number): void {
    this.view.heroLayer.value = layer;
    const { edge, pair } = this.model.planes.peek().get(layer)?.layer ?? {};
    if (edge !== undefined) this.view.edge.value = edge;
    if (pair !== undefined) this.view.pair.value = pair.join('~');
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

  #outlines(): readonly PairOutline[] {
    const hero = this.hero.value;
    const shape = this.model.scan.value?.scan.shape;
    if (!this.view.outlines.value || hero === undefined || shape === undefined || shape[0] === 1) return [];
    // Classes have outlines of their own.
    if (hero.kind === 'labels') return [];
    const wanted = [...this.model.information.value].flatMap(([name, pair]) => {
      const shown = hero.pair
        ? hero.pair.join('~') === name
        : [pair.a, pair.b, undefined].includes(hero.edge);
      return shown ? [pair] : [];
    });
    return pairOutlines(wanted, (edge) => this.planeOf('labels', edge), shape, this.edgeNames.value);
  }

  /** Rows after the newest measured pixel's are not scanned, and its own may still be filling. */
  #countMissing(): number {
    const plane = this.relief.value;
    if (plane === undefined) return 0;
    void plane.version.value;
    const over = ['complete', 'finalising'].includes(this.model.progress.value?.message.status ?? '');
    let newest = plane.rows * plane.columns - 1;
    while (newest >= 0 && !plane.isMeasured(newest)) newest--;
    const end = over ? plane.rows * plane.columns : Math.floor(newest / plane.columns) * plane.columns;
    let missing = 0;
    for (let pixel = 0; pixel < end; pixel++) if (!plane.isMeasured(pixel)) missing++;
    return missing;
  }

  #receive(text: string): void {
    const message = decodeMessage(text);
    if (message === undefined) return;
    this.model.receive(message, Date.now());
    if (message.type === 'spectrum') this.requests.answered(message);
    if (message.type === 'fault' && message.request !== undefined)
      this.requests.answered({ request: message.request });
  }

  /** Bad messages are told to the user, and the next one is taken. */
  #received(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.model.refused.value = error.message;
    }
  }

  #keepMask(): Mask {
    const version = signal(0);
    const active = signal(false);
    const mask: Mask = { data: new Uint8Array(0), version, active };
    const dispose = effect(() => {
      const { focus } = this.selection;
      const parts = focus.value.flatMap((id) => {
        const plane = this.planeOf('labels', id.edge);
        if (plane === undefined) return [];
        void plane.version.value;
        void this.paletteOf(id.edge).value;
        const label = labelOf(this.model.classesOf(id.edge, plane.revision), id.identity);
        return label === undefined ? [] : [{ labels: plane.data, label }];
      });
      const shape = this.model.scan.value?.scan.shape ?? [0, 0];
      if (mask.data.length !== shape[0] * shape[1]) mask.data = new Uint8Array(shape[0] * shape[1]).fill(255);
      const kept = parts.length === focus.value.length && parts.length > 0;
      if (kept) fillMask(parts, mask.data);
      active.value = kept;
      version.value = version.peek() + 1;
    });
    this.#disposers.push(dispose);
    return mask;
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
      const pixel = this.selection.spectrumPixel.value;
      if (connected && pixel !== undefined && this.model.scan.value !== undefined) this.requests.ask(pixel);
    });
  }
}
