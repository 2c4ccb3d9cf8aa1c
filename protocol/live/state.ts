import * as v from 'valibot';
import { number, word } from './values.ts';

/**
 * `complete`: every final map is there. `aborted`: so are they, of the spectra that came before the scan ended early.
 * `failed`: the scan has ended, and some of its final maps could not be made; an alert says which and why.
 */
export const scanStatus = word('waiting', 'live', 'stalled', 'finalising', 'complete', 'aborted', 'failed');

export const progress = v.object({
  type: v.literal('progress'),
  epoch: number,
  status: scanStatus,
  /** Spectra recorded so far, of `total` in all passes. */
  spectra: number,
  total: number,
  /** Next pixel of the scan order, so that the dashboard can mark the row being scanned. */
  nextPixel: number,
  /** Recent rate, spectra/s; undefined until it is known. */
  rate: v.exactOptional(number),
  etaSeconds: v.exactOptional(number),
  elapsedSeconds: number,
  /** Wall clock of the server when the newest spectrum was seen, and now; ms since 1970. Their difference is the age. */
  newestAt: number,
  sentAt: number,
  /** Spectra seen but not yet analysed by the slowest edge. */
  backlog: number,
  /** Where the scan is recorded: spectra that are written (survive a crash), and on disk (survive a power failure). */
  recorded: v.exactOptional(v.object({ spectra: number, onDisk: number })),
});

export const alert = v.object({
  /** Alerts of one id replace each other. */
  id: v.string(),
  severity: word('info', 'warning', 'error'),
  message: v.string(),
  tip: v.exactOptional(v.string()),
  /** An energy axis that can be chosen at once, and what the button for it says. */
  axis: v.exactOptional(v.object({ label: v.string(), offset: number, dispersion: number })),
  /** Since when, ms since 1970: stays while the same goes on with other figures, so that it can be dismissed. */
  at: number,
});

export const alerts = v.object({ type: v.literal('alerts'), alerts: v.array(alert) });

/** Answer to a request that could not be served, and why. */
export const fault = v.object({
  type: v.literal('fault'),
  request: v.exactOptional(number),
  message: v.string(),
});

/** The command is carried out, or `fault` says why it is not. */
export const answer = v.object({
  type: v.literal('answer'),
  request: number,
  fault: v.exactOptional(v.string()),
});

/** How many pictures were left out for this dashboard because it was too slow; the data are complete. */
export const delivery = v.object({ type: v.literal('delivery'), skipped: number });
