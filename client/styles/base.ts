import { css } from 'lit';

/** Text in one size, units and context in a smaller one; digits of equal width. */
export const base = css`
  :host {
    box-sizing: border-box;
    color: var(--text);
    font: 400 calc(12px * var(--text-size, 1)) / 1.4 system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif;
    font-variant-numeric: tabular-nums;
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  h2,
  h3,
  p,
  ul,
  dl,
  dd {
    margin: 0;
    padding: 0;
    font: inherit;
  }
  ul {
    list-style: none;
  }
  .muted {
    color: var(--muted);
  }
  .context {
    color: var(--muted);
    font-size: calc(11px * var(--text-size, 1));
  }
  .heading {
    display: flex;
    align-items: baseline;
    gap: 7px;
    min-width: 0;
    white-space: nowrap;
  }
  .heading strong,
  .heading h2 {
    color: var(--strong);
    font-weight: 600;
    font-size: calc(11.5px * var(--text-size, 1));
  }
  .heading .context {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .head {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
  }
  button {
    appearance: none;
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    text-align: left;
    cursor: pointer;
  }
  button:focus-visible,
  [tabindex]:focus-visible,
  select:focus-visible {
    outline: 1px solid var(--accent);
    outline-offset: 2px;
  }
  .tabs {
    display: flex;
    gap: 0 clamp(4.5px, 1.5vw - 17.1px, 14px);
    font-size: calc(clamp(11px, 0.4vw + 5.6px, 13px) * var(--text-size, 1));
    min-width: 0;
    flex-wrap: wrap;
  }
  .tabs button {
    padding: 4px 0 5px;
    border-bottom: 2px solid transparent;
    color: var(--muted);
    white-space: nowrap;
  }
  .tabs button:hover {
    color: var(--text);
  }
  .tabs button[aria-selected='true'],
  .tabs button[aria-pressed='true'] {
    border-bottom-color: var(--accent);
    color: var(--strong);
  }
  .small-tabs {
    display: flex;
    gap: 9px;
    font-size: calc(11px * var(--text-size, 1));
  }
  .small-tabs button {
    color: var(--muted);
    white-space: nowrap;
  }
  .small-tabs button:hover {
    color: var(--text);
  }
  .small-tabs button[aria-selected='true'],
  .small-tabs button[aria-pressed='true'] {
    color: var(--strong);
    text-decoration: underline;
    text-decoration-color: var(--accent);
    text-underline-offset: 4px;
    text-decoration-thickness: 1.5px;
  }
  kbd {
    padding: 0 4px;
    border: 1px solid var(--hairline);
    border-radius: 3px;
    color: var(--muted);
    font: inherit;
    font-size: calc(11px * var(--text-size, 1));
  }
  .quiet-button {
    padding: 3px 9px;
    border: 1px solid var(--hairline);
    border-radius: 4px;
    white-space: nowrap;
  }
  .quiet-button:hover {
    border-color: var(--muted);
  }
`;
