import type { InferOutput } from 'valibot';
import type * as edgeState from './live/edge-state.ts';
import type * as messages from './live/messages.ts';
import type * as scan from './live/scan.ts';
import type * as spectra from './live/spectra.ts';
import type * as state from './live/state.ts';

/**
 * The wire between monitor and dashboards: JSON text for words, binary frames (frame.ts) for pictures. Its schemas in `live/` say
 * what the fields mean; the types here follow from them, and are all that a file needs that checks nothing (no library is loaded).
 * `Topic` messages carry a whole state each, so the newest one replaces every older one; the others are the control plane: ordered
 * and never dropped.
 */
export type ServerMessage = InferOutput<typeof messages.serverMessage>;
export type Topic = InferOutput<(typeof messages.TOPICS)[number]>;
export type Control = InferOutput<(typeof messages.CONTROL)[number]>;

export type Layer = InferOutput<typeof scan.layer>;
export type Hello = InferOutput<typeof scan.hello>;
export type ScanMessage = InferOutput<typeof scan.scanMessage>;
export type LayerMessage = InferOutput<typeof scan.layerMessage>;

export type ScanStatus = InferOutput<typeof state.scanStatus>;
export type Progress = InferOutput<typeof state.progress>;
export type Alert = InferOutput<typeof state.alert>;
export type Alerts = InferOutput<typeof state.alerts>;
export type Fault = InferOutput<typeof state.fault>;
export type Answer = InferOutput<typeof state.answer>;
export type Delivery = InferOutput<typeof state.delivery>;

export type ClassState = InferOutput<typeof edgeState.classState>;
export type ClassEvent = InferOutput<typeof edgeState.classEvent>;
export type EdgeState = InferOutput<typeof edgeState.edgeState>;
export type EdgeStatus = EdgeState['status'];
export type ClassSpectra = InferOutput<typeof edgeState.classSpectra>;

export type SumSpectrum = InferOutput<typeof spectra.sumSpectrum>;
export type PixelSpectrum = InferOutput<typeof spectra.pixelSpectrum>;

/** Nothing more comes, unless the scan goes on after all. */
export const hasEnded = (status: ScanStatus): boolean =>
  status === 'complete' || status === 'aborted' || status === 'failed';

/** Classes found in two ways that agree less than this are to be read with care. */
export const RELIABLE_AGREEMENT = 0.7;

/** Topics of one key replace each other. */
export function topicKey(topic: Topic): string {
  switch (topic.type) {
    case 'edge':
      return `edge/${topic.name}`;
    case 'class-spectra':
      return `class-spectra/${topic.edge}`;
    case 'information':
      return `information/${topic.a}~${topic.b}`;
    default:
      return topic.type;
  }
}
