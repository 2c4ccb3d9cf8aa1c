import { join } from 'node:path';
import type { DType, EnergyAxis } from '../../protocol/index.ts';
import type { ScanFile } from '../../server/formats/format.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { viewSamples } from '../../server/formats/reading/sample-view.ts';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';
import { SimulatedScan } from '../../server/microscope/scan.ts';
import type { SimulationOptions } from '../../server/microscope/simulation-options.ts';

/** Spectra of a scan in memory. */
export interface Spectra {
  shape: [number, number];
  channels: number;
  energy: EnergyAxis;
  /** y, x, energy. */
  counts: Float64Array;
  pixelSizeNm?: number;
  dwellSeconds?: number;
}

/** The core loss of each pass of a simulated scan. */
export function simulatedPasses(options: SimulationOptions): Spectra[] {
  const scan = new SimulatedScan({ lowLoss: false, ...options });
  const { shape, phantom, model, dtype } = scan;
  return Array.from({ length: scan.passes }, (_, pass) => {
    const counts = new Float64Array(shape[0] * shape[1] * model.core.channels);
    for (let row = 0; row < shape[0]; row++) {
      const { core } = scan.row(row, pass);
      const bytes = Buffer.from(core.buffer, core.byteOffset, core.byteLength);
      counts.set(
        viewSamples(bytes as Buffer<ArrayBuffer>, dtype, true),
        row * shape[1] * model.core.channels,
      );
    }
    return {
      shape,
      channels: model.core.channels,
      energy: model.core.energy,
      counts,
      pixelSizeNm: phantom.pixelSizeNm,
    };
  });
}

/** Sample by sample. */
export const summed = (parts: readonly Spectra[]): Spectra => ({
  ...parts[0],
  counts: parts[0].counts.map((_, i) => parts.reduce((sum, { counts }) => sum + counts[i], 0)),
});

/** A part of a scan. */
export function cropped(
  { shape, channels, counts, ...of }: Spectra,
  [y, x]: readonly [number, number],
  [height, width]: [number, number],
): Spectra {
  const cut = new Float64Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * shape[1] + x) * channels;
    cut.set(counts.subarray(from, from + width * channels), row * width * channels);
  }
  return { ...of, shape: [height, width], channels, counts: cut };
}

/** Writes a finished Ripple file, and opens it. */
export async function writeSpectra(
  folder: string,
  name: string,
  { counts, ...header }: Spectra,
  dtype: DType = 'u16',
): Promise<{ path: string; file: ScanFile }> {
  const writer = await createRippleWriter(join(folder, name), { ...header, dtype });
  const types = { u16: Uint16Array, u32: Uint32Array, f32: Float32Array } as const;
  const Type = types[dtype as keyof typeof types];
  await writer.append(new Uint8Array(Type.from(counts).buffer));
  await writer.close();
  const path = join(folder, `${name}.rpl`);
  return { path, file: await openScanFile(path) };
}
