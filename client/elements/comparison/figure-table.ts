import { css } from 'lit';

/** Styles of a table of figures: grey headings, figures aligned right. */
export const figureTableStyles = css`
  table {
    border-collapse: collapse;
    margin-top: 3px;
    font-size: calc(11.5px * var(--text-size, 1));
    white-space: nowrap;
  }
  th {
    padding: 0 0 3px 14px;
    color: var(--muted);
    font-weight: 400;
    font-size: calc(11px * var(--text-size, 1));
    text-align: right;
  }
  td {
    padding: 1.5px 0 1.5px 14px;
    text-align: right;
  }
  th:first-child,
  td:first-child {
    padding-left: 3px;
    text-align: left;
  }
  td:last-child {
    padding-right: 3px;
  }
  td.alone {
    text-align: left;
  }
`;
