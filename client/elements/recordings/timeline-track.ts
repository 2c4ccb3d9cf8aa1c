import { computed, signal } from '@preact/signals-core';
import { html, nothing, svg } from 'lit';
import type { MarkGroup, TimelineScale } from '../../geometry/timeline-scale.ts';
import { groupMarks, momentAt, positionOf, progressPath, timeTicks } from '../../geometry/timeline-scale.ts';
import type { ShownMark } from '../../model/recordings/timeline-marks.ts';
import { foremost, markLines, shownMarks, stalls } from '../../model/recordings/timeline-marks.ts';
import { clockText, elapsedText, localMidnight } from '../../model/words/time-words.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';
import { timelineStyles } from './timeline-styles.ts';

/** Height of the progress curve, and room for a label of the axis, CSS pixels. */
const CURVE_HEIGHT = 26;
const LABEL_ROOM = 84;
/** Marks closer than this are drawn as one, CSS pixels. */
const MARK_REACH = 9;
const FAR = 10;

/** Time axis of a recording: progress of the scan, events, and the moment on show. */
export class TimelineTrack extends DashboardElement {
  static override styles = [base, timelineStyles];

  readonly #width = signal(0);
  /** The mark with the focus or under the pointer, by its moment. */
  readonly #shownMark = signal<number | undefined>(undefined);
  readonly #currentMark = signal(0);
  readonly #pointedAt = signal<number | undefined>(undefined);
  #drags = false;

  readonly #scale = computed((): TimelineScale => {
    const { start = 0, end = 1 } = this.dashboard.model.timeline.value ?? {};
    return { start, end, width: this.#width.value };
  });

  readonly #groups = computed((): MarkGroup<ShownMark>[] => {
    const { model, notes } = this.dashboard;
    const marks = shownMarks(model.timeline.value?.marks ?? [], notes.all.value);
    return groupMarks(marks, this.#scale.value, MARK_REACH);
  });

  /** The moment on show; while it is dragged, where the pointer is. */
  readonly #at = computed(
    () => this.dashboard.replay.scrubbedTo.value ?? this.dashboard.model.player.value?.message.at ?? 0,
  );

  override render() {
    const timeline = this.dashboard.model.timeline.value;
    if (timeline === undefined) return nothing;
    const scale = this.#scale.value;
    const path = progressPath(timeline.progress, timeline.total, scale, CURVE_HEIGHT);
    const curve = html`<svg width=${scale.width} height=${CURVE_HEIGHT}>${svg`<path d=${path}></path>`}</svg>`;
    return html`
      <div
        class="track"
        role="slider"
        tabindex="0"
        aria-label="Moment of the recording"
        aria-valuemin="0"
        aria-valuemax=${Math.round((scale.end - scale.start) / 1000)}
        aria-valuenow=${Math.round((this.#at.value - scale.start) / 1000)}
        aria-valuetext=${this.#valueText()}
        @keydown=${this.#keys}
        @pointerdown=${this.#press}
        @pointermove=${this.#moved}
        @pointerup=${this.#release}
        @pointercancel=${this.#release}
        @pointerleave=${() => {
          this.#pointedAt.value = undefined;
        }}
      >
        <div class="curve">${curve}<div class="played">${curve}</div></div>
        ${stalls(timeline).map(({ from, to }) => this.#stall(from, to))}
        <div class="axis" aria-hidden="true">${this.#labels()}</div>
        <div class="playhead" aria-hidden="true"></div>
      </div>
      <div class="marks" role="toolbar" aria-label="What happened; arrows go from one to the next, Enter goes there" @keydown=${this.#markKeys}>
        ${this.#groups.value.map((group, index) => this.#mark(group, index))}
      </div>
      ${this.#tip()}
    `;
  }

  protected override started(): void {
    const observer = new ResizeObserver(() => {
      this.#width.value = this.clientWidth;
    });
    observer.observe(this);
    this.atEnd(() => observer.disconnect());
    // The playhead moves with every change, not at the interval of text.
    this.follow(() => {
      const x = positionOf(this.#scale.value, this.#at.value);
      this.style.setProperty('--at', `${x.toFixed(1)}px`);
    });
  }

  #stall(from: number, to: number) {
    const scale = this.#scale.value;
    const left = positionOf(scale, from);
    const width = Math.max(2, positionOf(scale, to) - left);
    return html`<div class="stall" .style=${`left:${left}px;width:${width}px`}></div>`;
  }

  #labels() {
    const scale = this.#scale.value;
    const elapsed = this.dashboard.view.timeAxis.value === 'elapsed';
    const { step, ticks } = timeTicks(scale, LABEL_ROOM, elapsed ? scale.start : localMidnight(scale.start));
    return ticks.map(({ at, x }) => {
      const edge = x < 24 ? 'first' : x > scale.width - 24 ? 'last' : '';
      return html`<span class="tick" .style=${`left:${x}px`}></span
        ><span class="label ${edge}" .style=${`left:${x}px`}>${this.#timeText(at, step)}</span>`;
    });
  }

  #timeText(at: number, step = 1000): string {
    const { start, end } = this.#scale.value;
    return this.dashboard.view.timeAxis.value === 'elapsed'
      ? elapsedText(at - start, step, end - start)
      : clockText(at, step);
  }

  #mark(group: MarkGroup<ShownMark>, index: number) {
    const { kind, severity } = foremost(group.marks);
    const current = Math.min(this.#currentMark.value, this.#groups.value.length - 1);
    const show = (at: number | undefined) => () => {
      this.#shownMark.value = at;
    };
    return html`<button
      class="mark ${kind} ${severity ?? ''}"
      tabindex=${index === current ? 0 : -1}
      .style=${`left:${group.x}px`}
      aria-label="${this.#timeText(group.at)}: ${markLines(group.marks).join('; ')}"
      @click=${() => this.dashboard.replay.seek(group.at)}
      @pointerenter=${show(group.at)}
      @pointerleave=${show(undefined)}
      @focus=${() => {
        this.#currentMark.value = index;
        this.#shownMark.value = group.at;
      }}
      @blur=${show(undefined)}
    ></button>`;
  }

  /** Tooltip: the text of the mark under the pointer, else the time. */
  #tip() {
    const group = this.#groups.value.find(({ at }) => at === this.#shownMark.value);
    const pointed = this.#pointedAt.value;
    if (group === undefined && pointed === undefined) return nothing;
    const scale = this.#scale.value;
    const at = group?.at ?? pointed ?? 0;
    const x = positionOf(scale, at);
    // Beside the middle, so that it never leaves the page.
    const side = x < scale.width / 2 ? `left:${x}px` : `right:${scale.width - x}px`;
    return html`<div class="tip" .style=${side}>
      <b>${this.#timeText(at)}</b>
      ${group === undefined ? nothing : markLines(group.marks).map((line) => html`<div>${line}</div>`)}
    </div>`;
  }

  #valueText(): string {
    const player = this.dashboard.model.player.value?.message;
    const rows = this.dashboard.model.scan.value?.scan.shape[0] ?? 0;
    return `${this.#timeText(this.#at.value)}, row ${player?.row ?? 0} of ${rows}`;
  }

  #momentUnder(event: PointerEvent): number {
    return momentAt(this.#scale.peek(), event.clientX - this.getBoundingClientRect().left);
  }

  readonly #press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#drags = true;
    this.dashboard.replay.hold(true);
    this.dashboard.replay.seek(this.#momentUnder(event));
  };

  readonly #moved = (event: PointerEvent): void => {
    this.#pointedAt.value = this.#momentUnder(event);
    if (this.#drags) this.dashboard.replay.seek(this.#momentUnder(event));
  };

  readonly #release = (): void => {
    if (!this.#drags) return;
    this.#drags = false;
    this.dashboard.replay.hold(false);
  };

  readonly #keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { replay } = this.dashboard;
    const { start, end } = this.#scale.peek();
    const rows = event.shiftKey ? FAR : 1;
    const runs: Record<string, () => void> = {
      ArrowLeft: () => replay.step(-rows),
      ArrowDown: () => replay.step(-rows),
      ArrowRight: () => replay.step(rows),
      ArrowUp: () => replay.step(rows),
      PageDown: () => replay.step(-FAR),
      PageUp: () => replay.step(FAR),
      Home: () => replay.seek(start),
      End: () => replay.seek(end),
    };
    taken(event, runs[event.key]);
  };

  readonly #markKeys = (event: KeyboardEvent): void => {
    const last = this.#groups.peek().length - 1;
    const current = Math.min(this.#currentMark.peek(), last);
    const to = {
      ArrowLeft: Math.max(0, current - 1),
      ArrowRight: Math.min(last, current + 1),
      Home: 0,
      End: last,
    }[event.key];
    taken(event, to === undefined ? undefined : () => this.#focusMark(to));
  };

  #focusMark(index: number): void {
    this.renderRoot.querySelectorAll<HTMLElement>('.mark')[index]?.focus();
  }
}

/** Keys of the timeline are not passed on to the page. */
function taken(event: KeyboardEvent, run: (() => void) | undefined): void {
  if (run === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  run();
}

customElements.define('ew-timeline-track', TimelineTrack);
