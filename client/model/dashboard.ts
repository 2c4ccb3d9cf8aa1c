import type { ReadonlySignal } from '@preact/signals-core';
import { computed, effect, signal } from '@preact/signals-core';
import type { Annotation, AnnotationPlace, Command, Layer } from '../../protocol/index.ts';
import { ABSENT } from '../../protocol/index.ts';
import { identityOf, labelOf } from '../color/class-colours.ts';
import { movedPixel, regionInView, rowAndColumn, rowHeight, scanBox } from '../geometry/scan-box.ts';
import type { Size } from '../geometry/viewport.ts';
import { fitted, zoomedAt } from '../geometry/viewport.ts';
import { MonitorApi } from '../transport/monitor-api.ts';
import { Choices } from './choices.ts';
import { EdgeAppearance } from './live/edge-appearance.ts';
import { LiveModel } from './live/live-model.ts';
import { MonitorLink } from './live/monitor-link.ts';
import type { Clock } from './live/spectrum-requests.ts';
import { protocolBehind, VersionWatch } from './live/version-watch.ts';
import type { LayerPlane } from './maps/layer-plane.ts';
import { isClassMap } from './maps/map-list.ts';
import { MapReadings } from './maps/map-readings.ts';
import type { OutlineRequest } from './maps/outline-follower.ts';
import { OutlineFollower } from './maps/outline-follower.ts';
import { outlineRequest } from './maps/outline-request.ts';
import type { PairOutline } from './maps/pair-outlines.ts';
import type { MaskRequest } from './maps/selection-mask.ts';
import { SelectionMask } from './maps/selection-mask.ts';
import { PlanControl } from './plan/plan-control.ts';
import { PlanFigures } from './plan/plan-figures.ts';
import { BackgroundScan } from './recordings/background-scan.ts';
import type { NewScanHold } from './recordings/new-scan-hold.ts';
import { isEngaged } from './recordings/new-scan-hold.ts';
import { Notes } from './recordings/notes.ts';
import { PageAddress } from './recordings/page-address.ts';
import { ReplayControl } from './recordings/replay-control.ts';
import { SessionList } from './recordings/session-list.ts';
import { SessionView } from './recordings/session-view.ts';
import { Selection } from './selection.ts';
import { throttled } from './signals.ts';
import { ViewState } from './view-state.ts';
import { strongestPair, whyNotOutlined } from './words/outline-words.ts';
import { classWord, pairName } from './words/pair-names.ts';

/** Interval at which outlines and gaps are updated, ms. */
const UPDATE_MS = 500;
const OUTLINE_MS = 1000;

const CLOCK: Clock = {
  now: () => performance.now(),
  later: (run, ms) => setTimeout(run, ms),
};

export interface DashboardOptions {
  /** Which scan the page shows; the live one by default. */
  address?: PageAddress;
  /** Time since the last input by mouse, touch or keyboard, ms. */
  sinceTouch?: () => number;
}

/** Joins the model, the selection, the view and the connection; elements read and change them through this class. */
export class Dashboard {
  readonly model = new LiveModel();
  readonly selection = new Selection();
  readonly view = new ViewState();
  readonly address: PageAddress;
  /** The recorded scans of the monitor, and the one of them that is on show. */
  readonly sessions: SessionList;
  readonly opened: SessionView;
  /** The player of a recorded scan. */
  readonly replay: ReplayControl;
  readonly notes: Notes;
  /** Where to scan again, and what it costs and gains. */
  readonly plan: PlanControl;
  readonly planFigures: PlanFigures;
  /** Holds back a new scan while the user works on the one on show. */
  readonly newScan: NewScanHold;
  /** The live scan while a recorded one is on show. */
  readonly background: BackgroundScan;

  readonly shown = new Choices(this.model, this.view);
  readonly readings = new MapReadings(this.view.limits, (kind, edge) => this.planeOf(kind, edge));
  readonly appearance = new EdgeAppearance(this.model);
  /** Strongest pairs of classes of the pair of edges in the hero place, or of its edge with others, or of all. */
  readonly outlines: ReadonlySignal<readonly PairOutline[]>;
  readonly mask: SelectionMask;
  /** Pixels left out between measured ones. */
  readonly missing: ReadonlySignal<number>;
  /** The monitor has another version than this page. */
  readonly outdated: ReadonlySignal<boolean>;
  /** Why nothing can be drawn at all. */
  readonly rendererProblem = signal<string | undefined>(undefined);

  readonly #link: MonitorLink;
  readonly #disposers: (() => void)[] = [];

  /** @param url `/live` of the monitor */
  constructor(
    url: string,
    { address = new PageAddress(), sinceTouch = () => Number.POSITIVE_INFINITY }: DashboardOptions = {},
  ) {
    this.address = address;
    const api = new MonitorApi(url);
    this.sessions = new SessionList(api);
    this.opened = new SessionView(api, address.session, (id) =>
      this.sessions.listed.value?.map(({ entry }) => entry).find((entry) => entry.id === id),
    );
    this.background = new BackgroundScan(api, () => address.session.value !== undefined);
    this.#disposers.push(this.opened.dispose, () => this.background.dispose());
    this.#link = new MonitorLink(this.model, {
      liveUrl: url,
      api,
      clock: CLOCK,
      session: () => address.session.peek(),
      isEngaged: () => this.#isEngaged(sinceTouch()),
      lost: () => {
        this.replay.reset();
        this.plan.requests.reset();
      },
    });
    this.newScan = this.#link.newScan;
    this.replay = new ReplayControl((command) => this.command(command), CLOCK);
    this.notes = new Notes(this.model.annotations, (command) => this.#link.annotate(command));
    const shape = computed(() => this.model.scan.value?.scan.shape);
    this.plan = new PlanControl({
      plan: this.model.plan,
      shape,
      hoverPixel: this.selection.hoverPixel,
      isReadOnly: computed(() => this.#showsThePast()),
      clock: CLOCK,
      command: (command) => this.command(command),
    });
    const value = computed(() => this.planeOf('plan-value'));
    const exposure = computed(() => this.planeOf('exposure'));
    this.planFigures = new PlanFigures(this.model.plan, this.plan.edits.regions, shape, value, exposure);
    const versions = new VersionWatch(this.model, () => protocolBehind(url));
    this.outdated = versions.outdated;
    this.#disposers.push(() => versions.dispose());
    this.mask = new SelectionMask(() => this.#maskRequest());
    const missing = throttled(() => this.#countMissing(), UPDATE_MS);
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
    this.#disposers.push(this.#followScan(), this.#followSpectrum(), this.#followAddress());
    this.#disposers.push(effect(() => this.plan.follow()));
  }

  connect(): void {
    this.#link.open();
  }

  /** Reopens the connection if nothing has arrived for too long; called about once a second. */
  watchConnection(now: number): void {
    this.#link.watch(now);
  }

  close(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#link.close();
  }

  /** Shows the newest scan instead of a recorded one or of an earlier one that was kept on show. */
  goToLive(): void {
    if (this.address.session.peek() !== undefined) this.address.open(undefined);
    else this.#link.followNewScan();
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

  /** Tracked version of `labelAt`. */
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

  /** Fixes the limits of a map's colours, or releases them to follow the data again. */
  toggleLimits(layer: Layer | undefined): void {
    const plane = layer && this.model.planes.peek().get(layer.id);
    const limits = plane && !isClassMap(plane.layer) ? this.readings.domainOf(plane).peek() : undefined;
    if (plane !== undefined && limits !== undefined) this.view.limits.toggle(plane.layer.name, limits);
  }

  /** Asks the monitor to use another energy axis for the edges. */
  chooseAxis({ offset, dispersion }: { offset: number; dispersion: number }): void {
    const { epoch } = this.model;
    if (epoch === undefined) return;
    void this.command({ type: 'axis', epoch, offset, dispersion });
  }

  /**
   * Sends a command. Resolves to undefined once it is carried out, or to the reason for a refusal, which is shown as an alert,
   * too.
   */
  command(command: Command): Promise<string | undefined> {
    return this.#link.command(command);
  }

  /** Moves the pinned pixel; without one, pins the pixel under the pointer or in the middle. */
  movePin(dx: number, dy: number): void {
    const shape = this.model.scan.peek()?.scan.shape;
    if (shape === undefined) return;
    const { pinnedPixel, hoverPixel } = this.selection;
    const from = pinnedPixel.peek() ?? hoverPixel.peek();
    const middle = Math.floor(shape[0] / 2) * shape[1] + Math.floor(shape[1] / 2);
    pinnedPixel.value = from === undefined ? middle : movedPixel(from, shape, dx, dy);
  }

  /** Places that a note can refer to: the pinned pixel, and the visible part of the scan when zoomed in. */
  placesInView(): AnnotationPlace[] {
    const shape = this.model.scan.peek()?.scan.shape;
    if (shape === undefined) return [];
    const pinned = this.selection.pinnedPixel.peek();
    const region = regionInView(this.view.viewport.peek(), shape);
    const [y, x] = pinned === undefined ? [] : rowAndColumn(pinned, shape);
    return [
      ...(x !== undefined && y !== undefined ? [{ kind: 'point' as const, y, x }] : []),
      ...(region ? [{ kind: 'region' as const, ...region }] : []),
    ];
  }

  /** Pins the pixel of a note, and in a recording goes to its moment. */
  showNote({ place, at }: Annotation): void {
    const shape = this.model.scan.peek()?.scan.shape;
    if (place?.kind === 'point' && shape !== undefined)
      this.selection.pinnedPixel.value = place.y * shape[1] + place.x;
    if (this.model.player.peek() !== undefined) this.replay.seek(at);
  }

  /** Zooms all maps about the pinned pixel, or about the middle. */
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
    if (!this.view.outlines.value) return undefined;
    return outlineRequest({
      hero: this.shown.hero.value,
      shape: this.model.scan.value?.scan.shape,
      classes: new Map(this.shown.edgeNames.value.map((edge) => [edge, this.#namedClasses(edge)])),
      information: this.model.information.peek(),
      classMap: (edge) => this.planeOf('labels', edge),
    });
  }

  /** Tracks the names of the classes only: their counts change with every spectrum. */
  #namedClasses(edge: string) {
    void this.appearance.paletteOf(edge).value;
    return this.model.edges.peek().get(edge)?.classes ?? [];
  }

  /** Says which pair of classes is the strongest and why it is not outlined; undefined if it is. */
  outlineNote(): string | undefined {
    const request = this.#outlineRequest();
    const strongest = request && strongestPair(request.information);
    const why = strongest && whyNotOutlined(strongest);
    if (strongest === undefined || why === undefined) return undefined;
    const { pair, a, b } = strongest;
    const words = [
      classWord(this.#namedClasses(pair.a), a),
      classWord(this.#namedClasses(pair.b), b),
    ] as const;
    return `not outlined: ${pairName([pair.a, pair.b], words)}, ${why}`;
  }

  /** Whether a recording, or an earlier scan, is on show. */
  #showsThePast(): boolean {
    const replays = this.model.hello.value?.capabilities.includes('replay') ?? false;
    return replays || this.address.session.value !== undefined || this.newScan.waiting.value !== undefined;
  }

  #isEngaged(sinceTouchMs: number): boolean {
    const { pinnedPixel, selectedFocus } = this.selection;
    const chosen =
      pinnedPixel.peek() !== undefined ||
      selectedFocus.peek().length > 0 ||
      this.view.viewport.peek() !== undefined;
    return isEngaged(chosen, sinceTouchMs);
  }

  #countMissing(): number {
    // Counts, since other layers may begin at a later row.
    const plane = this.planeOf('counts');
    if (plane === undefined) return 0;
    void plane.version.value;
    return plane.missing(
      ['complete', 'finalising'].includes(this.model.progress.value?.message.status ?? ''),
    );
  }

  /** Shows the scan that the page's address names. */
  #followAddress(): () => void {
    let shown = this.address.session.peek();
    return effect(() => {
      const session = this.address.session.value;
      if (session === shown) return;
      shown = session;
      this.notes.reset();
      this.#link.switchScan();
    });
  }

  /** Undefined while the shown revision lacks one of the classes. */
  #maskRequest(): MaskRequest | undefined {
    const focus = this.selection.focus.value;
    const shape = this.model.scan.value?.scan.shape;
    const parts = focus.flatMap((id) => {
      const plane = this.planeOf('labels', id.edge);
      if (plane === undefined) return [];
      void plane.version.value;
      void this.appearance.paletteOf(id.edge).value;
      const label = labelOf(this.model.classesOf(id.edge, plane.revision), id.identity);
      return label === undefined ? [] : [{ plane, label }];
    });
    return shape !== undefined && parts.length > 0 && parts.length === focus.length
      ? { parts, shape }
      : undefined;
  }

  #followScan(): () => void {
    let shown: { epoch: number; id: string } | undefined;
    return effect(() => {
      const scan = this.model.scan.value;
      const before = shown;
      if (scan?.epoch === before?.epoch) return;
      shown = scan && { epoch: scan.epoch, id: scan.scan.id };
      // Seeking within a recording keeps pin and selection.
      if (this.model.isReplay && shown?.id === before?.id) return;
      this.notes.reset();
      this.plan.reset();
      this.selection.clear();
      this.view.heroLayer.value = undefined;
      this.view.viewport.value = undefined;
      this.model.pixelSpectrum.value = undefined;
    });
  }

  /** Requests the spectrum of the selected pixel, again when an edge gets a new model. */
  #followSpectrum(): () => void {
    const revisions = computed(() =>
      [...this.model.edges.value.values()].map((state) => state.revision).join(),
    );
    return effect(() => {
      void revisions.value;
      // In a recording, seeking changes whether the pixel is measured.
      void this.model.player.value?.message.row;
      const connected = this.model.connection.value.phase === 'live';
      // A comparison has no spectra of pixels.
      const hasSpectra = !this.model.hello.value?.capabilities.includes('comparison');
      const pixel = this.selection.spectrumPixel.value;
      if (connected && hasSpectra && pixel !== undefined && this.model.scan.value !== undefined)
        this.#link.requests.ask(pixel);
    });
  }
}
