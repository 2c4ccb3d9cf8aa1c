import { css } from 'lit';

/** The grid of classes by classes, its labels and its readout. */
export const matrixStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    gap: 6px;
    min-height: 0;
  }
  .grid {
    display: grid;
    gap: 2px;
    min-height: 0;
    font-size: calc(11px * var(--text-size, 1));
  }
  .label,
  .cell {
    display: grid;
    place-items: center;
    min-width: 0;
    min-height: clamp(17px, 2.4vh, 28px);
    padding: 0;
    border-radius: 1px;
    text-align: center;
  }
  .label {
    color: var(--muted);
    white-space: nowrap;
  }
  .label.row {
    justify-content: start;
    padding-right: 5px;
  }
  .label span {
    max-width: 100%;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .label.axes {
    font-size: calc(11px * var(--text-size, 1));
  }
  .label[data-marked] {
    color: var(--strong);
  }
  .label i {
    display: inline-block;
    width: 7px;
    height: 7px;
    margin-right: 4px;
    border-radius: 1px;
  }
  .cell {
    background: var(--raised);
    color: var(--muted);
  }
  /* Marked by a pattern, not by colour alone: cells that may be chance are hatched. */
  .cell[data-chance] {
    background-image: repeating-linear-gradient(
      -45deg,
      transparent 0 3px,
      color-mix(in srgb, var(--ground) 55%, transparent) 3px 5px
    );
  }
  /* Full contrast in hatched cells, too. */
  .cell[data-chance] span {
    padding: 0 4px;
    border-radius: 2px;
    background: var(--ground);
    color: var(--text);
  }
  .cell[data-marked] {
    box-shadow: 0 0 0 1px var(--strong);
  }
  .cell[aria-pressed='true'],
  .label[aria-pressed='true'] {
    box-shadow: 0 0 0 1.5px var(--accent);
  }
  .cell:hover {
    box-shadow: 0 0 0 1px var(--muted);
  }
  .empty {
    color: var(--muted);
  }
  select {
    padding: 0;
    border: 0;
    background: var(--ground);
    color: var(--strong);
    font: inherit;
  }
  .worth {
    margin-top: -4px;
    font-size: calc(11px * var(--text-size, 1));
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .readout {
    min-height: 15px;
    color: var(--muted);
    font-size: calc(11px * var(--text-size, 1));
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
`;
