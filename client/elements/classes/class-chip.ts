import { css, html } from 'lit';
import { ABSENT } from '../../../protocol/index.ts';
import { labelCss, type ShownClass } from '../../color/class-colours.ts';

/** Styles of a class number on its colour, and of the sign for absence. */
export const chipStyles = css`
  .chip {
    display: inline-block;
    flex: none;
    box-sizing: border-box;
    min-width: calc(16px * var(--text-size, 1));
    height: calc(15px * var(--text-size, 1));
    border-radius: 2px;
    color: #0b0e12;
    font-size: calc(11px * var(--text-size, 1));
    font-weight: 600;
    line-height: calc(15px * var(--text-size, 1));
    text-align: center;
  }
  .chip.absent {
    border: 1px solid var(--muted);
    color: var(--muted);
    line-height: calc(13px * var(--text-size, 1));
  }
`;

export const classChip = (classes: readonly ShownClass[], label: number) =>
  label === ABSENT
    ? html`<span class="chip absent" title="absent">–</span>`
    : html`<span class="chip" .style=${`background:${labelCss(classes, label, '')}`}>${label}</span>`;
