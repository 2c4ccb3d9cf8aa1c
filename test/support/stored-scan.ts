import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import h5wasm from 'h5wasm/node';
import { writePart } from './hyperspy-files.ts';

export interface StoredScan {
  /** Attributes of the energy axis that differ from 100 + 0.5·i eV; undefined leaves one out. */
  axis: Record<string, unknown>;
  signalType: string;
  /** y, x, energy. */
  shape: [number, number, number];
  values: number[];
}

/** Writes a scan as HyperSpy lays it out, by the suffix of `path`: `.hspy` or a folder `.zspy`. Samples are u8. */
export async function writeStoredScan(path: string, scan: StoredScan): Promise<string> {
  await rm(path, { recursive: true, force: true });
  const axes = scan.shape.map((size, index): Record<string, unknown> => {
    const pixels = { _type: 'UniformDataAxis', size, scale: 1.5, offset: 0, units: 'nm', navigate: true };
    if (index < 2) return pixels;
    return { ...pixels, scale: 0.5, offset: 100, units: 'eV', navigate: false, ...scan.axis };
  });
  const metadata = { signal_type: scan.signalType };
  if (extname(path) === '.zspy') await writeZspy(path, scan, axes, metadata);
  else await writeHspy(path, scan, axes, metadata);
  return path;
}

async function writeZspy(
  path: string,
  { shape, values }: StoredScan,
  axes: Record<string, unknown>[],
  metadata: Record<string, unknown>,
): Promise<void> {
  const group = 'Experiments/made';
  const json = (name: string, content: unknown) =>
    writePart(path, name, Buffer.from(JSON.stringify(content)));
  const array = {
    zarr_format: 2,
    shape,
    chunks: shape,
    dtype: '|u1',
    compressor: null,
    fill_value: 0,
    order: 'C',
    filters: null,
  };
  await json(`${group}/data/.zarray`, array);
  await writePart(path, `${group}/data/0.0.0`, Uint8Array.from(values));
  for (const [index, axis] of axes.entries()) await json(`${group}/axis-${index}/.zattrs`, axis);
  await json(`${group}/metadata/Signal/.zattrs`, metadata);
}

async function writeHspy(
  path: string,
  { shape, values }: StoredScan,
  axes: Record<string, unknown>[],
  metadata: Record<string, unknown>,
): Promise<void> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, 'w');
  const group = 'Experiments/made';
  for (const name of ['Experiments', group, `${group}/metadata`, `${group}/metadata/Signal`])
    file.create_group(name);
  file.create_dataset({ name: `${group}/data`, data: Uint8Array.from(values), shape });
  const describe = (name: string, attributes: Record<string, unknown>) => {
    const entity = file.get(name);
    if (!(entity instanceof h5wasm.Group)) throw new Error(`no group ${name}`);
    for (const [attribute, value] of Object.entries(attributes))
      if (value !== undefined)
        entity.create_attribute(
          attribute,
          typeof value === 'boolean' ? Number(value) : (value as string | number),
        );
  };
  for (const [index, axis] of axes.entries()) {
    file.create_group(`${group}/axis-${index}`);
    describe(`${group}/axis-${index}`, axis);
  }
  describe(`${group}/metadata/Signal`, metadata);
  file.close();
}
