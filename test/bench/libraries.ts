import { kmeans } from 'ml-kmeans';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { UMAP } from 'umap-js';
import { parseEdges, pixelCount } from '../../protocol/index.ts';
import { contingency, mutualInformation } from '../../server/analysis/information/information.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';

/** What another program needs for the same work. */
export interface Other {
  name: string;
  cpuMicroseconds: number;
}

const COMPONENTS = 10;
const CLASSES = 4;

/**
 * The published way in TypeScript by libraries: log–log least squares, ml-matrix for the components, umap-js on all
 * spectra, ml-kmeans, then the information of each pair of edges.
 */
export async function byLibraries(path: string): Promise<Other> {
  const { scan, core } = await openScanFile(path);
  const pixels = pixelCount(scan);
  const reader = await openCube(core);
  const spectra = new Float32Array(pixels * scan.channels);
  await reader.read(0, pixels, 0, scan.channels, spectra);
  await reader.close();
  const before = process.cpuUsage();
  const labels = parseEdges('Si-L,C-K,O-K').map((edge) => {
    const window = edgeWindow(edge, scan.energy, scan.channels);
    const signal = window.endChannel - window.firstChannel - window.fitChannels;
    const net = new Matrix(pixels, signal);
    for (let pixel = 0; pixel < pixels; pixel++)
      net.setRow(pixel, withoutBackground(spectra, pixel * scan.channels, window));
    net.center('column').scale('column');
    const covariance = net.transpose().mmul(net);
    const { eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
    const basis = eigenvectorMatrix.subMatrix(0, signal - 1, signal - COMPONENTS, signal - 1);
    const scores = net.mmul(basis).to2DArray();
    const plane = new UMAP({ nNeighbors: 20, minDist: 0.1 }).fit(scores);
    return Int16Array.from(kmeans(plane, CLASSES, { seed: 1 }).clusters);
  });
  for (let a = 0; a < labels.length; a++)
    for (let b = a + 1; b < labels.length; b++) mutualInformation(contingency(labels[a], labels[b]));
  const { user, system } = process.cpuUsage(before);
  return { name: 'umap-js + ml-kmeans + ml-matrix', cpuMicroseconds: (user + system) / pixels };
}

function withoutBackground(
  spectra: Float32Array,
  offset: number,
  { firstChannel, endChannel, fitChannels, logEnergy }: ReturnType<typeof edgeWindow>,
): Float64Array {
  const from = offset + firstChannel;
  let [x, y, xx, xy] = [0, 0, 0, 0];
  for (let i = 0; i < fitChannels; i++) {
    const counts = Math.log(Math.max(spectra[from + i], 0) + 0.5);
    x += logEnergy[i];
    y += counts;
    xx += logEnergy[i] ** 2;
    xy += logEnergy[i] * counts;
  }
  const slope = (fitChannels * xy - x * y) / (fitChannels * xx - x * x);
  const level = (y - slope * x) / fitChannels;
  return Float64Array.from(
    { length: endChannel - firstChannel - fitChannels },
    (_, i) => spectra[from + fitChannels + i] - Math.exp(level + slope * logEnergy[fitChannels + i]),
  );
}
