import type { EdgeStatus, Progress, ScanStatus, ServerMessage } from '../../protocol/index.ts';
import type { FakeScan } from './fake-scan.ts';

const RATE = 98;

export interface FakeMoment {
  status: ScanStatus;
  elapsedSeconds: number;
  /** ms since 1970. */
  newestAt: number;
}

export interface FakeTopicOptions {
  /** Pixels before the first model. */
  firstModelAt?: number;
  /** Edge that cannot be analysed, with the reason. */
  unavailable?: { edge: string; note: string };
}

export const progressOf = (scan: FakeScan, { status, elapsedSeconds, newestAt }: FakeMoment): Progress => ({
  type: 'progress',
  epoch: scan.message.epoch,
  status,
  spectra: scan.scanned,
  total: scan.pixels,
  nextPixel: scan.scanned,
  rate: RATE,
  etaSeconds: (scan.pixels - scan.scanned) / RATE,
  elapsedSeconds,
  newestAt,
  sentAt: Date.now(),
  backlog: 0,
});

/** What is known of an invented scan, without alerts. */
export function topicsOf(
  scan: FakeScan,
  moment: FakeMoment,
  { firstModelAt = 400, unavailable }: FakeTopicOptions = {},
): ServerMessage[] {
  const next = scan.revision === 0 ? firstModelAt : Math.min(scan.pixels, firstModelAt * 4 ** scan.revision);
  const topics: ServerMessage[] = [progressOf(scan, moment)];
  for (const { name } of scan.message.edges) {
    const status: EdgeStatus =
      moment.status === 'complete' ? 'final' : scan.revision > 0 ? 'live' : 'collecting';
    const state = scan.edgeState(name, status, next);
    topics.push(
      unavailable?.edge === name ? { ...state, status: 'unavailable', note: unavailable.note } : state,
    );
    if (scan.revision > 0) topics.push(scan.classSpectra(name));
  }
  if (scan.scanned > 0) topics.push(scan.sumSpectrum());
  if (scan.revision > 0)
    for (const { pair } of scan.message.layers) if (pair) topics.push(scan.information(pair[0], pair[1]));
  return topics;
}
