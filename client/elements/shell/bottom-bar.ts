import { css, html, nothing } from 'lit';
import type { EdgeState, Progress, SumSpectrum } from '../../../protocol/index.ts';
import { axisWords } from '../../model/words/axis-words.ts';
import { detectorWords, driftNote, driftWords, zeroLossWords } from '../../model/words/detector-words.ts';
import { analysed } from '../../model/words/empty-states.ts';
import { compact, grouped, plural } from '../../model/words/format.ts';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Bar with details: revisions, next refit, gain, missing pixels and skipped pictures. */
export class BottomBar extends DashboardElement {
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 20px;
        padding: 0 14px;
        border-top: 1px solid var(--hairline);
        color: var(--muted);
        font-size: calc(11px * var(--text-size, 1));
        white-space: nowrap;
      }
      @media (max-width: 1180px) {
        :host {
          flex-wrap: wrap;
          gap: 2px 16px;
          padding-block: 4px;
        }
        .edges {
          flex-wrap: wrap;
        }
      }
      .edges {
        display: flex;
        gap: 20px;
        min-width: 0;
        overflow: hidden;
      }
      .dot {
        margin-right: 5px;
      }
      .dot.live {
        color: var(--good);
      }
      .dot.fitting {
        color: var(--accent);
      }
      .dot.unavailable {
        color: var(--bad);
      }
      .spring {
        flex: 1;
      }
      .loud {
        color: var(--warn);
      }
      @media (prefers-reduced-motion: no-preference) {
        .dot.fitting {
          animation: breathe 1.6s ease-in-out infinite;
        }
        @keyframes breathe {
          50% {
            opacity: 0.35;
          }
        }
      }
    `,
  ];

  override render() {
    const { model, view } = this.dashboard;
    const skipped = model.skipped.value;
    const missing = this.dashboard.missing.value;
    const sum = model.sumSpectrum.value;
    const detector = sum && detectorWords(sum);
    const [calibration, scan] = [model.calibration.value, model.scan.value];
    const axis = calibration && scan && axisWords(calibration, scan.scan.energy);
    const drift = sum && driftWords(sum);
    const zeroLoss = sum && zeroLossWords(sum);
    const { backlog = 0, recorded } = model.newestProgress.value?.message ?? {};
    return html`
      <div class="edges">${this.dashboard.shown.edgeNames.value.map((name) => this.#edge(name))}</div>
      <span class="spring"></span>
      ${axis ? html`<span class="loud" title=${axis.title}>${axis.text}</span>` : nothing}
      ${zeroLoss ? html`<span title="${zeroLossNote(sum)}">${zeroLoss}</span>` : nothing}
      ${drift ? html`<span title="${driftNote(sum)}">${drift}</span>` : nothing}
      ${detector ? html`<span title="Left out of the analysis; the recorded data are untouched">${detector}</span>` : nothing}
      ${recorded ? html`<span title="Recorded spectra survive a crash of the monitor, those on disk a power failure as well">${recordedWords(recorded)}</span>` : nothing}
      ${backlog > 0 ? html`<span>${plural(backlog, 'spectrum', 'spectra')} to analyse</span>` : nothing}
      ${skipped > 0 ? html`<span title="This dashboard was too slow for some pictures; the data are complete">${plural(skipped, 'picture')} skipped</span>` : nothing}
      <span class=${missing > 0 ? 'loud' : ''}>${plural(missing, 'pixel')} missing</span>
      ${
        model.scan.value === undefined
          ? nothing
          : html`<button
              title="Write a note about the pinned pixel, or about the moment"
              @click=${() => {
                view.noteOpen.value = true;
              }}
            >
              <kbd>N</kbd> note
            </button>`
      }
      <button
        @click=${() => {
          view.helpOpen.value = true;
        }}
      >
        <kbd>?</kbd> shortcuts
      </button>
    `;
  }

  #edge(name: string) {
    const state = this.dashboard.model.edges.value.get(name);
    if (state === undefined) return html`<span><span class="dot">●</span>${name}</span>`;
    return html`<span title=${state.note ?? details(state)}
      ><span class="dot ${state.status}">●</span>${name} ${words(state).join(' · ')}</span
    >`;
  }
}

function zeroLossNote({ zeroLoss }: SumSpectrum): string {
  const where = zeroLoss?.own ? 'In the spectra themselves' : 'In the low loss';
  return `${where}, median over the pixels; ${zeroLoss?.mends ? 'spectra are moved so that it lies at 0 eV' : 'on a right axis at 0 eV'}`;
}

/** Refits are due at counts of pixels that have the edge. */
function words(state: EdgeState): string[] {
  if (state.status === 'unavailable') return [`unavailable${state.note ? `: ${state.note}` : ''}`];
  const due =
    state.nextRefitAt === undefined
      ? ''
      : `${state.revision === 0 ? 'model' : 'refit'} ${grouped(Math.min(state.present, state.nextRefitAt))} / ${grouped(state.nextRefitAt)}`;
  const doing = {
    collecting: due,
    live: due,
    fitting: state.revision === 0 ? 'fitting' : 'refitting',
    final: 'final',
  };
  const model = state.revision === 0 ? [] : [`revision ${state.revision}`, `gain ${compact(state.gain)}`];
  return [...model, doing[state.status]].filter((word) => word !== '');
}

/** `4 096 recorded`, and how many of them are on disk where that is fewer. */
const recordedWords = ({ spectra, onDisk }: NonNullable<Progress['recorded']>): string =>
  `${grouped(spectra)} recorded${onDisk < spectra ? `, ${grouped(onDisk)} on disk` : ''}`;

const details = (state: EdgeState): string =>
  `${plural(analysed(state), 'spectrum', 'spectra')}, ${state.components} components, ${plural(state.landmarks, 'landmark')}`;

customElements.define('ew-bottom-bar', BottomBar);
