import { type Layer, UNMEASURED } from '../../protocol/index.ts';

/** What a sample of a layer is where nothing is measured. */
const unmeasuredOf = ({ dtype }: Pick<Layer, 'dtype'>): number => (dtype === 'i16' ? UNMEASURED : Number.NaN);

/** Samples of a layer as dashboards have them before they are told anything. */
export function unmeasured(layer: Layer, pixels: number): Float32Array | Int16Array {
  const samples = pixels * layer.components;
  const data = layer.dtype === 'i16' ? new Int16Array(samples) : new Float32Array(samples);
  return data.fill(unmeasuredOf(layer));
}
