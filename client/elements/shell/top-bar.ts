import { css, html, nothing } from 'lit';
import type { Progress } from '../../../protocol/index.ts';
import { dataAgeSeconds, freshness } from '../../model/live/ages.ts';
import { stopWords } from '../../model/plan/plan-words.ts';
import { completeWords } from '../../model/words/complete-words.ts';
import { age, compact, duration, grouped, percent, plural } from '../../model/words/format.ts';
import { pausedWords } from '../../model/words/paused-words.ts';
import { dateAndTime } from '../../model/words/session-words.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';
import './export-menu.ts';
import './live-chip.ts';

type Tone = 'good' | 'warn' | 'bad' | 'calm';

/** Bar with the scan's name, progress, times, rate, and state of the connection. */
export class TopBar extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 18px;
        padding: 0 14px;
        border-bottom: 1px solid var(--hairline);
        white-space: nowrap;
      }
      @media (max-width: 1180px) {
        :host {
          flex-wrap: wrap;
          gap: 6px 12px;
          padding-block: 6px;
        }
      }
      .product {
        color: var(--strong);
        font-size: calc(13.5px * var(--text-size, 1));
        font-weight: 650;
      }
      .scan {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .scan b {
        color: var(--strong);
        font-weight: 500;
      }
      .bar {
        flex: 0 1 240px;
        min-width: 60px;
        height: 4px;
        border-radius: 2px;
        background: var(--hairline);
        overflow: hidden;
      }
      .bar div {
        height: 100%;
        background: var(--accent);
      }
      .spring {
        flex: 1;
      }
      .chip {
        padding: 3px 9px;
        border-radius: 9px;
        font-weight: 500;
      }
      .chip.good {
        background: var(--good-ground);
        color: var(--good);
      }
      .chip.warn {
        background: var(--warn-ground);
        color: var(--warn);
      }
      .chip.bad {
        background: var(--bad-ground);
        color: var(--bad);
      }
      .chip.calm {
        background: var(--raised);
        color: var(--text);
      }
      .unseen {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
      }
      .quiet-button[aria-pressed='true'] {
        border-color: var(--warn);
        color: var(--warn);
      }
      .quiet-button kbd {
        border: 0;
        padding: 0 0 0 3px;
      }
    `,
  ];

  override render() {
    const { model, view } = this.dashboard;
    const { address, newScan, sessions } = this.dashboard;
    const message = model.scan.value;
    const progress = model.progress.value?.message;
    const paused = model.paused.value;
    const replays = address.session.value !== undefined || model.player.value !== undefined;
    // Of a scan that is held on the page after another one began the monitor exports nothing.
    const canExport = newScan.waiting.value === undefined;
    const isNow = !replays && newScan.waiting.value === undefined;
    return html`
      <span class="product">eelwatch</span>
      <span class="scan">${message === undefined ? html`<span class="muted">no scan yet</span>` : this.#scan()}</span>
      ${progress === undefined ? nothing : this.#progress(progress, isNow)}
      <span class="spring"></span>
      ${isNow ? this.#stopChip() : nothing} ${this.#chip()}
      <ew-live-chip .dashboard=${this.dashboard}></ew-live-chip>
      ${canExport ? html`<ew-export-menu .dashboard=${this.dashboard}></ew-export-menu>` : nothing}
      ${isNow ? this.#pause(paused) : nothing}
      ${
        sessions.listed.value === undefined
          ? nothing
          : html`<button
              class="quiet-button"
              title="Recorded scans"
              @click=${() => {
                view.sessionsOpen.value = true;
              }}
            >
              Recordings<kbd>O</kbd>
            </button>`
      }
      <button
        class="quiet-button"
        aria-label=${view.theme.value === 'dark' ? 'Light theme' : 'Dark theme'}
        title="Light or dark (T)"
        @click=${() => {
          view.theme.value = view.theme.value === 'dark' ? 'light' : 'dark';
        }}
      >
        ${view.theme.value === 'dark' ? 'Light' : 'Dark'}
      </button>
    `;
  }

  #pause(paused: boolean) {
    const { model } = this.dashboard;
    return html`<button
      class="quiet-button"
      aria-pressed=${paused}
      title=${paused ? 'Shows the newest picture again' : 'Holds the picture; data are still recorded and analysed'}
      @click=${() => model.setPaused(!paused)}
    >
      ${paused ? 'Jump to live' : 'Pause'}<kbd>Space</kbd>
    </button>`;
  }

  #scan() {
    const message = this.dashboard.model.scan.value;
    if (message === undefined) return nothing;
    const { scan, source } = message;
    const name = this.dashboard.opened.entry.value?.name ?? scan.name;
    const parts = [
      ...(scan.simulated ? ['simulated'] : []),
      `${scan.shape[0]} × ${scan.shape[1]}`,
      ...(scan.pixelSizeNm === undefined ? [] : [`${compact(scan.pixelSizeNm)} nm`]),
    ];
    return html`<span title=${source}><b>${name}</b> <span class="muted">· ${parts.join(' · ')}</span></span>`;
  }

  /** @param isNow time is left for a scan that runs, not for a recorded one or one that is over */
  #progress(progress: Progress, isNow: boolean) {
    const [rows, columns] = this.dashboard.model.scan.value?.scan.shape ?? [1, 1];
    const share = progress.total > 0 ? Math.min(1, progress.spectra / progress.total) : 0;
    const passes = Math.max(1, Math.round(progress.total / (rows * columns)));
    const pass = Math.min(passes, Math.floor(progress.spectra / (rows * columns)) + 1);
    const done = progress.spectra - (pass - 1) * rows * columns;
    const place =
      rows === 1
        ? `pixel ${grouped(done)} / ${grouped(columns)}`
        : `row ${Math.min(rows, Math.floor(done / columns))} / ${rows}`;
    const words = [
      ...(passes > 1 ? [`pass ${pass} / ${passes}`] : []),
      ...(isNow && this.#isFollowed() ? timeWords(progress) : [percent(share)]),
    ];
    return html`
      <div
        class="bar"
        role="progressbar"
        aria-label="Scan"
        aria-valuenow=${Math.round(100 * share)}
        aria-valuemin="0"
        aria-valuemax="100"
      >
        <div .style=${`width:${(100 * share).toFixed(2)}%`}></div>
      </div>
      <span>${place} <span class="muted">· ${words.join(' · ')}</span></span>
    `;
  }

  /** Time left and rate are of the moment that the picture shows, which is now. */
  #isFollowed(): boolean {
    const { connection, paused } = this.dashboard.model;
    return connection.value.phase === 'live' && !paused.value;
  }

  /** Suggests to stop a further pass that hardly changes a label any more. */
  #stopChip() {
    const { plan } = this.dashboard;
    const words = plan.plan.value && stopWords(plan.plan.value);
    if (words === undefined) return nothing;
    return html`<button class="chip good" title=${words} @click=${() => plan.open(true)}>you may stop now</button>`;
  }

  #chip() {
    const [text, tone] = this.#state();
    // Screen readers get the state, not the age five times a second.
    return html`<span class="chip ${tone}" data-state=${tone} title=${this.#breakdown()}>${text}</span>
      <span class="unseen" role="status">${text.split(' · ')[0]}</span>`;
  }

  #state(): [string, Tone] {
    const { alerts, connection, newestProgress, paused, player, progress, scan } = this.dashboard.model;
    const now = this.dashboard.view.now.value;
    const { phase, attempt, retryAt } = connection.value;
    if (phase === 'connecting') return ['connecting', 'calm'];
    if (phase === 'reconnecting') {
      const wait =
        retryAt === undefined ? 'trying' : `next try in ${Math.max(0, Math.ceil((retryAt - now) / 1000))} s`;
      const what = this.dashboard.model.hello.value === undefined ? 'no connection' : 'connection lost';
      return [`${what} · ${wait}${attempt > 3 ? ` · attempt ${attempt}` : ''}`, 'bad'];
    }
    const received = progress.value;
    if (this.dashboard.address.session.value !== undefined || player.value !== undefined)
      return [this.#recordingWords(), 'calm'];
    if (this.dashboard.newScan.waiting.value !== undefined) return ['earlier scan · kept on show', 'calm'];
    if (scan.value === undefined || received === undefined) return ['live · waiting for a scan', 'calm'];
    if (paused.value && newestProgress.value !== undefined)
      return [`paused · ${pausedWords(received, newestProgress.value, scan.value.scan.shape, now)}`, 'warn'];
    const seconds = dataAgeSeconds(received, now);
    switch (received.message.status) {
      case 'waiting':
        return ['live · waiting for the first spectrum', 'calm'];
      case 'finalising':
        return ['finalising · last models over all pixels', 'calm'];
      case 'complete':
        return completeWords(alerts.value);
      case 'aborted':
        return ['ended early', 'warn'];
      case 'failed':
        return ['failed · not all final maps are there', 'bad'];
      case 'stalled':
        return [`stalled · last data ${age(seconds)} ago`, 'bad'];
      case 'live': {
        const tones = { fresh: 'good', late: 'warn', old: 'bad' } as const;
        return [
          `live · data ${age(seconds)} old`,
          tones[freshness(seconds, received.message.rate, scan.value.scan.shape[1])],
        ];
      }
    }
  }

  /** `recording · 27 Nov 2026, 14:03`, and which version of the program recorded it where that is another one. */
  #recordingWords(): string {
    const { model, opened } = this.dashboard;
    const player = model.player.value?.message;
    const started = model.timeline.value?.start ?? Date.parse(opened.entry.value?.created ?? '');
    const version = model.hello.value?.version;
    const other = player !== undefined && version !== undefined && player.recordedBy !== version;
    return [
      'recording',
      ...(Number.isNaN(started) ? [] : [dateAndTime(started)]),
      ...(other ? [`recorded by ${player.recordedBy}`] : []),
    ].join(' · ');
  }

  #breakdown(): string {
    const { progress, skipped } = this.dashboard.model;
    const message = progress.value?.message;
    if (message === undefined) return '';
    return `${plural(message.backlog, 'spectrum waits', 'spectra wait')} for analysis; ${plural(skipped.value, 'picture')} skipped here`;
  }
}

function timeWords(progress: Progress): string[] {
  const running = progress.status === 'live' || progress.status === 'stalled';
  if (!running) return progress.elapsedSeconds > 0 ? [`took ${duration(progress.elapsedSeconds)}`] : [];
  const left = progress.etaSeconds === undefined ? 'estimating' : `${duration(progress.etaSeconds)} left`;
  return [left, ...(progress.rate === undefined ? [] : [`${compact(Math.round(progress.rate))} spectra/s`])];
}

customElements.define('ew-top-bar', TopBar);
