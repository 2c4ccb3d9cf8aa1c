import { css } from 'lit';

/** Of the timeline's track: curve, marks below it, axis at the foot. `--at` is where the playhead stands. */
export const timelineStyles = css`
  :host {
    position: relative;
    display: block;
    height: 58px;
    min-width: 0;
    touch-action: none;
    user-select: none;
  }
  .track {
    position: absolute;
    inset: 0;
    cursor: pointer;
  }
  .curve {
    position: absolute;
    inset: 0 0 auto;
    height: 26px;
    border-bottom: 1px solid var(--hairline);
  }
  svg {
    position: absolute;
    fill: var(--hairline);
  }
  .played {
    position: absolute;
    inset: 0 auto 0 0;
    width: var(--at);
    overflow: hidden;
  }
  .played svg {
    fill: var(--accent);
    opacity: 0.42;
  }
  .stall {
    position: absolute;
    top: 0;
    height: 26px;
    background: var(--bad);
    opacity: 0.18;
  }
  .playhead {
    position: absolute;
    top: -3px;
    left: -1px;
    width: 2px;
    height: 44px;
    background: var(--strong);
    transform: translateX(var(--at));
    pointer-events: none;
  }
  .playhead::before {
    content: '';
    position: absolute;
    top: -2px;
    left: -4px;
    border: 5px solid transparent;
    border-top-color: var(--strong);
  }
  .axis {
    position: absolute;
    inset: 41px 0 0;
    color: var(--muted);
    font-size: calc(11px * var(--text-size, 1));
  }
  .tick {
    position: absolute;
    top: 0;
    width: 1px;
    height: 3px;
    background: var(--muted);
  }
  .label {
    position: absolute;
    top: 3px;
    line-height: 14px;
    white-space: nowrap;
    transform: translateX(-50%);
  }
  .label.first {
    transform: none;
  }
  .label.last {
    transform: translateX(-100%);
  }
  .marks {
    position: absolute;
    inset: 27px 0 auto;
    height: 14px;
    pointer-events: none;
  }
  .mark {
    position: absolute;
    top: 0;
    width: 11px;
    height: 14px;
    margin-left: -5.5px;
    pointer-events: auto;
  }
  .mark::before {
    content: '';
    position: absolute;
    top: 2px;
    left: 4.5px;
    width: 2px;
    height: 9px;
    background: var(--muted);
  }
  .mark:hover::before,
  .mark:focus-visible::before {
    filter: brightness(1.5);
  }
  .mark.alert::before,
  .mark.stalled::before,
  .mark.resumed::before,
  .mark.note::before {
    left: 1.5px;
    width: 8px;
    height: 8px;
  }
  .mark.alert::before {
    background: var(--warn);
    clip-path: polygon(50% 0, 100% 100%, 0 100%);
  }
  .mark.alert.info::before {
    background: var(--accent);
  }
  .mark.alert.error::before {
    background: var(--bad);
  }
  .mark.stalled::before {
    background: var(--bad);
  }
  .mark.resumed::before {
    background: none;
    border: 1.5px solid var(--good);
  }
  .mark.note::before {
    border: 1.5px solid var(--strong);
    border-radius: 50%;
    background: none;
  }
  .mark.end::before {
    background: var(--strong);
  }
  .tip {
    position: absolute;
    bottom: calc(100% + 6px);
    z-index: 4;
    width: max-content;
    max-width: 420px;
    padding: 4px 8px;
    border: 1px solid var(--hairline);
    background: var(--raised);
    font-size: calc(11px * var(--text-size, 1));
    overflow-wrap: anywhere;
    pointer-events: none;
  }
  .tip b {
    color: var(--strong);
    font-weight: 600;
  }
`;
