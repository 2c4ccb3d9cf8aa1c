import { css, html, nothing } from 'lit';
import type { Player, ReplaySpeed } from '../../../protocol/index.ts';
import { compact } from '../../model/words/format.ts';
import { dateAndTime } from '../../model/words/session-words.ts';
import { clockText, elapsedText } from '../../model/words/time-words.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';
import './timeline-track.ts';

const SPEEDS: readonly ReplaySpeed[] = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 'max'];

/** Plays a recorded scan: play and pause, the moment on show, the timeline, speed and loop. */
export class TimelineBar extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr) max-content;
        align-items: center;
        gap: 18px;
        height: 74px;
        padding: 6px 14px 2px;
        border-top: 1px solid var(--hairline);
      }
      .now {
        display: grid;
        grid-template-columns: auto auto;
        align-items: center;
        gap: 0 10px;
      }
      .play {
        grid-row: span 2;
        display: grid;
        place-items: center;
        width: 34px;
        height: 34px;
        border: 1px solid var(--muted);
        border-radius: 50%;
        color: var(--strong);
      }
      .play:hover {
        border-color: var(--strong);
      }
      .play svg {
        width: 14px;
        height: 14px;
        fill: currentcolor;
      }
      .time {
        min-width: 92px;
        color: var(--strong);
        font-size: calc(14px * var(--text-size, 1));
        line-height: 1.2;
      }
      .options {
        display: grid;
        grid-template-columns: max-content max-content;
        gap: 5px 6px;
        font-size: calc(11px * var(--text-size, 1));
      }
      .options .quiet-button {
        padding: 2px 7px;
        text-align: center;
      }
      .wide {
        grid-column: span 2;
      }
      .quiet-button[aria-pressed='true'] {
        border-color: var(--accent);
        color: var(--accent);
      }
      select {
        padding: 2px 3px;
        border: 1px solid var(--hairline);
        border-radius: 4px;
        background: var(--ground);
        color: var(--text);
        font: inherit;
      }
    `,
  ];

  override render() {
    const { model, replay, view } = this.dashboard;
    const player = model.player.value?.message;
    if (player === undefined || model.timeline.value === undefined) return nothing;
    const plays = player.state === 'playing';
    const elapsed = view.timeAxis.value === 'elapsed';
    const rows = model.scan.value?.scan.shape[0] ?? 0;
    return html`
      <div class="now">
        <button
          class="play"
          aria-label=${plays ? 'Pause' : 'Play'}
          title="${plays ? 'Pause' : 'Play'} (Space)"
          @click=${() => replay.toggle(player)}
        >${plays ? PAUSE : PLAY}</button>
        <span class="time" title=${dateAndTime(player.at)}>${this.#moment(player)}</span>
        <span class="muted">row ${player.row} / ${rows}${player.state === 'ended' ? ' · end' : ''}</span>
      </div>
      <ew-timeline-track .dashboard=${this.dashboard}></ew-timeline-track>
      <div class="options">
        <select aria-label="Speed" title="Times the pace of the recording" @change=${this.#choose}>
          ${speeds(player.speed).map(
            (speed) =>
              html`<option value=${speed} ?selected=${speed === player.speed}>${speedText(speed)}</option>`,
          )}
        </select>
        <button
          class="quiet-button"
          aria-pressed=${player.loop}
          title="Begin again at the end"
          @click=${() => replay.setLoop(!player.loop)}
        >loop</button>
        <button
          class="quiet-button wide"
          title="Time of day on this machine's clock, or since the recording began"
          @click=${() => {
            view.timeAxis.value = elapsed ? 'clock' : 'elapsed';
          }}
        >${elapsed ? 'elapsed time' : 'local time'}</button>
      </div>
    `;
  }

  /** To the tenth of a second, wherever the playhead was dragged. */
  #moment(player: Player): string {
    const { model, replay, view } = this.dashboard;
    const at = replay.scrubbedTo.value ?? player.at;
    const { start, end } = model.timeline.value ?? { start: at, end: at };
    return view.timeAxis.value === 'elapsed' ? elapsedText(at - start, 100, end - start) : clockText(at, 100);
  }

  readonly #choose = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    this.dashboard.replay.setSpeed(value === 'max' ? 'max' : Number(value));
  };
}

const PLAY = html`<svg viewBox="0 0 14 14"><path d="M3 1l10 6-10 6z" /></svg>`;
const PAUSE = html`<svg viewBox="0 0 14 14"><path d="M2 1h3.5v12H2zM8.5 1H12v12H8.5z" /></svg>`;

/** The usual speeds, and the current one. */
const speeds = (current: ReplaySpeed): readonly ReplaySpeed[] =>
  SPEEDS.includes(current) ? SPEEDS : [current, ...SPEEDS];

const speedText = (speed: ReplaySpeed): string => (speed === 'max' ? 'max' : `${compact(speed)}×`);

customElements.define('ew-timeline-bar', TimelineBar);
