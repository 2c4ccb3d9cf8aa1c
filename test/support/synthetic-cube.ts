import { join } from 'node:path';
import type { EnergyAxis } from '../../protocol/index.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';

export const AXIS: EnergyAxis = { offset: 350, dispersion: 0.5, units: 'eV' };
export const CHANNELS = 400;

/** Normal deviates, seeded. */
export function normals(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * A noisy power law with an edge at 456 eV of `jump` times the background: variance = gain × mean.
 */
export function spectrum(normal: () => number, { counts = 400, jump = 0, gain = 1 } = {}): Float32Array {
  return Float32Array.from({ length: CHANNELS }, (_, i) => {
    const energy = AXIS.offset + AXIS.dispersion * i;
    const background = counts * (energy / 400) ** -3;
    const expected = background * (energy >= 456 ? 1 + jump : 1);
    return expected + Math.sqrt(gain * expected) * normal();
  });
}

/** Writes a finished Ripple file of f32 spectra and returns its path. */
export async function writeCube(
  folder: string,
  name: string,
  shape: [number, number],
  spectrumOf: (pixel: number) => Float32Array,
): Promise<string> {
  const writer = await createRippleWriter(join(folder, name), {
    shape,
    channels: CHANNELS,
    energy: AXIS,
    dtype: 'f32',
  });
  for (let pixel = 0; pixel < shape[0] * shape[1]; pixel++)
    await writer.append(new Uint8Array(spectrumOf(pixel).buffer));
  await writer.close();
  return join(folder, `${name}.rpl`);
}
