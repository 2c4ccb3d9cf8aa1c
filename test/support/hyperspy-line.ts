import { type Dataset, File, type Group, ready } from 'h5wasm/node';
import type { EnergyAxis } from '../../protocol/index.ts';

/** Spectra of an HDF5 file in HyperSpy's layout with one line of them. */
export interface HyperspyLine {
  channels: number;
  energy: EnergyAxis;
  /** pixels × channels. */
  samples: Float32Array;
}

export async function readHyperspyLine(path: string): Promise<HyperspyLine> {
  await ready;
  const file = new File(path, 'r');
  try {
    const experiments = file.get('Experiments') as Group;
    const experiment = experiments.get(experiments.keys()[0]) as Group;
    const data = experiment.get('data') as Dataset;
    const { offset, scale } = (experiment.get('axis-1') as Group).attrs;
    return {
      channels: (data.shape as number[])[1],
      energy: { offset: Number(offset.value), dispersion: Number(scale.value), units: 'eV' },
      samples: Float32Array.from(data.value as Float32Array),
    };
  } finally {
    file.close();
  }
}
