import type { Edge, PixelSpectrum, Scan } from '../../protocol/index.ts';
import { SignalExtractor } from '../analysis/background/edge-signal.ts';
import { project, reconstruct } from '../analysis/decomposition/pca.ts';
import type { CubeReader } from '../formats/cube.ts';
import type { ShownModel } from './edge/edge-protocol.ts';

export interface PixelViewInput {
  scan: Scan;
  epoch: number;
  core: CubeReader;
  /** As the edges read it. */
  aligned: CubeReader;
  lowLoss?: CubeReader;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  edges: readonly { edge: Edge; maps: { labels: ArrayLike<number> }; model: ShownModel }[];
}

/** One pixel as recorded and as each edge sees it under the model that is shown. */
export async function pixelView(input: PixelViewInput, pixel: number): Promise<PixelSpectrum> {
  const { scan, core, aligned, lowLoss, epoch } = input;
  const spectrum = new Float32Array(scan.channels);
  const measured = input.measured[pixel] > 0;
  if (measured) await core.read(pixel, 1, 0, scan.channels, spectrum, input.measured);
  const moved = new Float32Array(scan.channels);
  if (measured) await aligned.read(pixel, 1, 0, scan.channels, moved, input.measured);
  const view: PixelSpectrum = {
    type: 'spectrum',
    request: 0,
    epoch,
    pixel,
    measured,
    energy: scan.energy,
    raw: Array.from(spectrum),
    edges: measured ? input.edges.map((edge) => edgeView(edge, moved, pixel)) : [],
  };
  if (measured && lowLoss && scan.lowLoss) {
    const counts = new Float32Array(scan.lowLoss.channels);
    await lowLoss.read(pixel, 1, 0, scan.lowLoss.channels, counts, input.measured);
    view.lowLoss = { energy: scan.lowLoss.energy, counts: Array.from(counts) };
  }
  return view;
}

function edgeView(
  { edge, maps, model }: PixelViewInput['edges'][number],
  spectrum: Float32Array,
  pixel: number,
): PixelSpectrum['edges'][number] {
  const { window, calibration, basis } = model;
  const extractor = new SignalExtractor(window, calibration);
  const span = spectrum.slice(window.firstChannel, window.endChannel);
  const normalised = new Float32Array(window.features);
  const seen = extractor.extract(span, 0, normalised, 0);
  const view: PixelSpectrum['edges'][number] = {
    name: edge.name,
    label: maps.labels[pixel],
    snr: seen.snr,
    exponent: seen.exponent,
    firstChannel: window.firstChannel,
    counts: Array.from(extractor.counts),
    background: Array.from(extractor.background),
  };
  if (basis && maps.labels[pixel] >= 0) {
    const scores = new Float32Array(basis.components);
    project(basis, normalised, 0, scores, 0);
    view.reconstruction = {
      firstChannel: window.firstChannel + window.signalStart,
      counts: Array.from(reconstruct(basis, scores, 0)).flatMap((value) =>
        new Array<number>(window.channelsPerFeature).fill(
          (value * seen.fitCounts) / window.channelsPerFeature,
        ),
      ),
    };
  }
  return view;
}
