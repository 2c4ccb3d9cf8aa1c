import { css } from 'lit';

/** A dialog over the page, with its heading and the cross that closes it. */
export const dialogStyles = css`
  dialog {
    max-width: 94vw;
    padding: 18px 22px 20px;
    border: 1px solid var(--hairline);
    background: var(--ground);
    color: var(--text);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 55%);
  }
  header {
    display: flex;
    align-items: baseline;
    gap: 10px;
    margin-bottom: 10px;
  }
  header h2 {
    color: var(--strong);
    font-weight: 600;
    font-size: calc(13px * var(--text-size, 1));
  }
  header .close {
    margin-left: auto;
  }
  input,
  textarea {
    padding: 4px 7px;
    border: 1px solid var(--hairline);
    border-radius: 3px;
    background: var(--raised);
    color: var(--strong);
    font: inherit;
  }
  input:focus-visible,
  textarea:focus-visible {
    outline: 1px solid var(--accent);
    outline-offset: 0;
  }
  .fault {
    color: var(--bad);
  }
`;

/** Closes a dialog when the page beside it is clicked. */
export const closeOutside = (event: MouseEvent): void => {
  if (event.target instanceof HTMLDialogElement) event.target.close();
};
