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

type Basis = NonNullable<ShownModel['basis']>;

/** A basis as it is recorded: sessions keep the names of their format, whatever the program calls the arrays. */
interface RecordedBasis extends Omit<Basis, 'projection' | 'componentSpectra'> {
  loadings: Float64Array;
  reconstruction: Float64Array;
}

export function encodeModel({ model: { basis, ...model }, ...rest }: RecordedModel): Uint8Array {
  return packr.pack({ ...rest, model: { ...model, ...(basis && { basis: recorded(basis) }) } });
}

/** @throws Error for bytes that are none */
export function decodeModel(bytes: Uint8Array): RecordedModel {
  const { model, ...rest } = packr.unpack(bytes);
  const { basis, ...others } = model;
  return { ...rest, model: { ...others, ...(basis && { basis: restored(basis) }) } };
}

const recorded = ({ projection, componentSpectra, ...basis }: Basis): RecordedBasis => ({
  ...basis,
  loadings: projection,
  reconstruction: componentSpectra,
});

const restored = ({ loadings, reconstruction, ...basis }: RecordedBasis): Basis => ({
  ...basis,
  projection: loadings,
  componentSpectra: reconstruction,
});
