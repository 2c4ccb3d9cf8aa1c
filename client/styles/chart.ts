import { css, unsafeCSS } from 'lit';
import uplotCss from 'uplot/dist/uPlot.min.css?inline';

/** Of an element that fills its place with a spectrum chart in `.chart`. */
export const chart = css`
  ${unsafeCSS(uplotCss)}
  :host {
    display: flex;
    flex-direction: column;
    gap: 4px;
    min-width: 0;
    min-height: 0;
  }
  .chart {
    position: relative;
    flex: 1;
    min-height: 0;
    overflow: hidden;
  }
  .u-select {
    background: var(--fit-band);
  }
  .u-cursor-x {
    border-color: var(--muted) !important;
  }
`;
