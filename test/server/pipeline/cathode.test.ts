import { expect, it } from 'vitest';
import { channelOf, parseEdge, parseEdges, pixelCount } from '../../../protocol/index.ts';
import { SignalExtractor } from '../../../server/analysis/background/edge-signal.ts';
import { COUNTING_NOISE } from '../../../server/analysis/detector/detector-noise.ts';
import { BACKGROUND_METHODS } from '../../../server/analysis/windows/background-method.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { dmImages } from '../../support/dm-images.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';
import { netSignal } from '../../support/net-signal.ts';

const METALS = 'nmc-cathode/TM+O EELS Spectrum Image.dm3';
const SILICON = 'nmc-cathode/Si EELS Spectrum Image.dm3';
const ORACLE = 'nmc-cathode/Si spectrum with background and edge.dm3';

async function measured(file: string) {
  const { scan, core } = await openScanFile(measuredData(file) as string);
  const reader = await openCube(core);
  const spectra = new Float32Array(pixelCount(scan) * scan.channels);
  await reader.read(0, pixelCount(scan), 0, scan.channels, spectra);
  await reader.close();
  return { scan, spectra };
}

describeMeasured('vacuum beside the measured cathode', [METALS], () => {
  it.each(BACKGROUND_METHODS.filter((method) => method !== 'none'))(
    'holds no oxygen by %s, and the particle does',
    async (method) => {
      const { scan, spectra } = await measured(METALS);
      // As filed the axis is off by 11 eV; with this one the peaks stand where they belong.
      const energy = { offset: 447.5, dispersion: 0.3078, units: 'eV' as const };
      const columns = scan.shape[1];
      const { present, snr } = await netSignal(spectra, { ...scan, energy }, parseEdge('O-K'), method);
      // Only these two pixels are vacuum: their counts are a tenth of the others'.
      expect([snr[0], snr[columns + 1]].map((value) => value >= 3)).toEqual([false, false]);
      const particle = [...present.keys()].filter((pixel) => pixel % columns >= 4);
      expect(particle.every((pixel) => present[pixel] === 1)).toBe(true);
    },
  );

  it('holds no metals either', async () => {
    const { scan, spectra } = await measured(METALS);
    const energy = { offset: 447.5, dispersion: 0.3078, units: 'eV' as const };
    for (const edge of parseEdges('Mn-L,Co-L,Ni-L')) {
      const { present } = await netSignal(spectra, { ...scan, energy }, edge);
      expect([present[0], present[scan.shape[1] + 1]], edge.name).toEqual([0, 0]);
    }
  });
});

describeMeasured('silicon in the measured cathode', [SILICON, ORACLE], () => {
  it("has the net counts of the instrument's own background, in its windows", async () => {
    const { scan, spectra } = await measured(SILICON);
    const images = await dmImages(measuredData(ORACLE) as string);
    const [recorded, background, edge] = [
      '(1) Spectrum of EELS Spectrum Image',
      'Bkgd Spectrum',
      'Edge Spectrum',
    ].map((name) => images.get(name) as Float32Array);
    const { channels, energy, shape } = scan;
    // The instrument's spectrum is the sum of the four pixels at the left.
    const sum = new Float32Array(channels);
    for (const pixel of [0, 1, shape[1], shape[1] + 1])
      for (let i = 0; i < channels; i++) sum[i] += spectra[pixel * channels + i];
    for (let i = 0; i < channels; i++) expect(Math.abs(sum[i] - recorded[i])).toBeLessThan(0.01);
    // It fitted channels 58–68 and continued the law from there on.
    expect(background.findIndex((value) => value > 0)).toBe(58);
    for (const [onset, signal] of [
      [56.3, '56.3-66'],
      [90, '90-95.3'],
    ]) {
      const edgeOf = parseEdge(`Si-L:${onset}:52.35-55.65:${signal}`);
      const window = edgeWindow(edgeOf, energy, channels);
      expect(window.firstChannel).toBe(58);
      expect(window.fitChannels).toBe(11);
      const [from, end] = edgeOf.signalWindow.map((ev) => Math.ceil(channelOf(energy, ev) - 1e-9));
      const theirs = edge.subarray(from, end).reduce((total, value) => total + value, 0);
      const bad = new Uint8Array(window.endChannel - window.firstChannel);
      const extractor = new SignalExtractor(window, { bad, noise: COUNTING_NOISE });
      const net = new Float32Array(window.features);
      const { intensity } = extractor.extract(
        sum.subarray(window.firstChannel, window.endChannel),
        0,
        net,
        0,
      );
      console.log(
        `Si, ${signal} eV: ${intensity.toFixed(0)} net counts, ${(100 * (intensity / theirs - 1)).toFixed(2)} % from the instrument's ${theirs.toFixed(0)}`,
      );
      expect(Math.abs(intensity / theirs - 1)).toBeLessThan(0.03);
    }
  });

  it('is found at a very low dose, dark-subtracted', async () => {
    const { scan, spectra } = await measured(SILICON);
    expect(spectra.some((value) => value < 0)).toBe(true);
    // As filed the edge begins at 89 eV, ten below the table's.
    const found = await netSignal(spectra, scan, parseEdge('Si-L:90:70-87:89-97'));
    const total = found.snr.reduce((sum, value) => sum + value, 0) / Math.sqrt(found.snr.length);
    const none = await netSignal(spectra, scan, parseEdge('none:125:105-123:125-140'));
    console.log(
      `Si-L in ${found.presentPixels} of ${found.snr.length} pixels, together ${total.toFixed(1)} times its noise; behind it an edge in ${none.presentPixels}`,
    );
    expect(found.presentPixels).toBeGreaterThan(found.snr.length / 2);
    expect(total).toBeGreaterThan(20);
    expect(none.presentPixels).toBeLessThanOrEqual(2);
  });
});
