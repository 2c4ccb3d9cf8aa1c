import type { Signal } from '@preact/signals-core';
import { effect } from '@preact/signals-core';
import type { PropertyDeclarations } from 'lit';
import { LitElement } from 'lit';
import { sinceTouch } from '../interaction/last-touch.ts';
import type { Dashboard } from '../model/dashboard.ts';
import type { PictureStore } from '../render/picture-store.ts';

/** Interval at which text and figures are updated, ms: faster than anybody reads. */
const PACE_MS = 100;

/** A repeated event that many elements wait for. */
class Beat {
  readonly #ask: (come: () => void) => void;
  #coming: Promise<void> | undefined;

  constructor(ask: (come: () => void) => void) {
    this.#ask = ask;
  }

  next(): Promise<void> {
    this.#coming ??= new Promise((resolve) =>
      this.#ask(() => {
        this.#coming = undefined;
        resolve();
      }),
    );
    return this.#coming;
  }
}

const frame = new Beat((come) => requestAnimationFrame(come));
const pace = new Beat((come) => setTimeout(come, PACE_MS - (performance.now() % PACE_MS)));

/** An element that renders again whenever a signal that its template has read changes. */
export abstract class DashboardElement extends LitElement {
  static override properties: PropertyDeclarations = {
    dashboard: { attribute: false },
    pictures: { attribute: false },
  };
  declare dashboard: Dashboard;
  /** Undefined until the renderer is ready, and without WebGL. */
  declare pictures: PictureStore | undefined;

  #stopRendering: (() => void) | undefined;
  #started = false;
  readonly #stops: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopRendering?.();
    this.#stopRendering = undefined;
    this.#started = false;
    for (const stop of this.#stops.splice(0).reverse()) stop();
  }

  /** After the first rendering all elements render in the same frame; changes by the user render at once. */
  protected override async scheduleUpdate(): Promise<void> {
    if (this.#started) {
      if (sinceTouch() > PACE_MS) await pace.next();
      await frame.next();
    }
    this.performUpdate();
  }

  protected override performUpdate(): void {
    if (!this.isUpdatePending) return;
    this.#stopRendering?.();
    let rendered = false;
    this.#stopRendering = effect(() => {
      if (rendered) this.requestUpdate();
      else {
        rendered = true;
        super.performUpdate();
      }
    });
    if (this.isConnected && !this.#started) {
      this.#started = true;
      this.started();
    }
  }

  /** Called after the first rendering each time the element is added to the page: the place for `follow` and `atEnd`. */
  protected started(): void {}

  /** Runs `run` now and whenever a signal it reads changes, until the element leaves the page. */
  protected follow(run: () => void): void {
    this.#stops.push(effect(run));
  }

  /** Keeps the element's dialog and a signal in step: either opens and closes with the other. */
  protected followOpen(isOpen: Signal<boolean>): void {
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog === null) return;
    const stop = new AbortController();
    const options = { signal: stop.signal };
    this.atEnd(() => stop.abort());
    dialog.addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        // The browser's own event comes too late: a key pressed right after would be lost.
        event.preventDefault();
        isOpen.value = false;
      },
      options,
    );
    dialog.addEventListener(
      'close',
      () => {
        if (!dialog.open) isOpen.value = false;
      },
      options,
    );
    this.follow(() => {
      if (isOpen.value && !dialog.open) dialog.showModal();
      if (!isOpen.value && dialog.open) dialog.close();
    });
  }

  /** Calls `stop` when the element leaves the page. */
  protected atEnd(stop: () => void): void {
    this.#stops.push(stop);
  }
}
