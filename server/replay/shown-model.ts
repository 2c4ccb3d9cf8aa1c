import { Packr } from 'msgpackr';
import type { ShownModel } from '../pipeline/edge/edge-protocol.ts';
import type { Alignment } from '../pipeline/reading/aligned-reader.ts';

/** What the spectrum of a pixel is shown with at an edge. */
export interface RecordedModel {
  model: ShownModel;
  alignment?: Alignment;
  /** eV by which a pixel's spectra lie above the scan's axis; absent where they are not moved. */
  shifts?: Float32Array;
}

// Typed arrays stay what they are, to the last bit.
const packr = new Packr({ moreTypes: true, useRecords: false });

export const encodeModel = (model: RecordedModel): Uint8Array => packr.pack(model);

/** @throws Error for bytes that are none */
export const decodeModel = (bytes: Uint8Array): RecordedModel => packr.unpack(bytes);
