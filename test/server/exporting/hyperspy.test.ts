import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportScan } from '../../../server/exporting/export-scan.ts';
import { openExportable } from '../../../server/exporting/open-exportable.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { type RecordedSession, recordSession } from '../../support/exported-session.ts';
import { describeHyperspy, type HyperspySignal, readWithHyperspy } from '../../support/hyperspy.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function exported(path: string, to: string): Promise<string> {
  const content = await openExportable(path);
  try {
    await exportScan(content, to);
    return to;
  } finally {
    await content.close();
  }
}

/** SHA-256 of the samples of a map of the results. */
function mapHash({ folder }: RecordedSession, map: string): string {
  const { data } = decodeNpy(readFileSync(join(folder, 'results', map)));
  return sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

describeHyperspy('a session opened by HyperSpy', () => {
  let session: RecordedSession;
  let read: Map<string, HyperspySignal>;
  let zarr: Map<string, HyperspySignal>;
  let asItLies: HyperspySignal;
  let first: string;

  beforeAll(async () => {
    session = await recordSession(root);
    const files = [
      await exported(session.folder, join(root, 'a.hspy')),
      await exported(session.folder, join(root, 'a.zspy')),
      join(session.folder, 'core.rpl'),
      await exported(session.folder, join(root, 'a.rpl')),
    ];
    const [hspy, zspy, [core], [ripple]] = readWithHyperspy(...files);
    first = hspy[0].title;
    read = new Map(hspy.map((signal) => [signal.title, signal]));
    zarr = new Map(zspy.map((signal) => [signal.title, signal]));
    asItLies = core;
    expect(ripple).toMatchObject({ sha256: core.sha256, axes: core.axes });
  });

  const axes = (binnedChannels: number, offset: number, scale: number) => [
    { name: 'y', size: 12, units: 'nm', navigate: true, is_binned: false },
    { name: 'x', size: 20, units: 'nm', navigate: true, is_binned: false },
    {
      name: 'Energy loss',
      size: binnedChannels,
      offset,
      scale,
      units: 'eV',
      navigate: false,
      is_binned: true,
    },
  ];

  it('has its counts first, with axes, and with the metadata of the acquisition', () => {
    expect(first).toBe('anode');
    const counts = read.get('anode');
    expect(counts).toMatchObject({
      class: 'EELSSpectrum',
      dtype: '<u2',
      shape: [12, 20, 1024],
      sha256: sha256(readFileSync(join(session.folder, 'core.raw'))),
      axes: axes(1024, 60, 0.6),
      metadata: {
        General: {
          title: 'anode',
          original_filename: basename(session.folder),
          time_zone: 'UTC',
          notes: 'Simulated, not measured',
        },
        Signal: { signal_type: 'EELS', quantity: 'Counts' },
        Acquisition_instrument: {
          TEM: {
            beam_energy: 200,
            convergence_angle: 20,
            Detector: { EELS: { collection_angle: 30, dwell_time: 0.005 } },
          },
        },
        eelwatch: { simulated: true },
      },
    });
    expect(counts?.axes[0].scale).toBeCloseTo(counts?.axes[1].scale ?? Number.NaN, 12);
    expect(counts?.axes[0].scale).toBeGreaterThan(1);
  });

  it('has its low loss with an axis of its own', () => {
    expect(read.get('anode low loss')).toMatchObject({
      class: 'EELSSpectrum',
      shape: [12, 20, 512],
      sha256: sha256(readFileSync(join(session.folder, 'low-loss.raw'))),
      axes: axes(512, -20, 0.3),
    });
  });

  it('has every map, and says which pixels are not measured', () => {
    const maps = [
      ['Total counts', 'counts.npy'],
      ['Thickness', 'thickness.npy'],
      ['Phases', 'phases.npy'],
      ...['Si-L', 'C-K'].flatMap((edge) => [
        [`${edge} classes`, `${edge}/labels.npy`],
        [`${edge} intensity`, `${edge}/intensity.npy`],
        [`${edge} signal to noise`, `${edge}/snr.npy`],
        [`${edge} uncertainty`, `${edge}/uncertainty.npy`],
        [`${edge} novelty`, `${edge}/novelty.npy`],
        [`${edge} background flags`, `${edge}/flags.npy`],
        [`${edge} class spectra`, `${edge}/mean-spectra.npy`],
      ]),
      ['Information Si-L × C-K', 'information/Si-L~C-K.npy'],
      ['Local information Si-L × C-K', 'information/Si-L~C-K-local.npy'],
    ];
    for (const [title, file] of maps) expect(read.get(title)?.sha256, title).toBe(mapHash(session, file));
    const others = ['anode', 'anode low loss', 'HAADF', 'Measured passes', 'Si-L embedding', 'C-K embedding'];
    expect([...read.keys()].sort()).toEqual([...maps.map(([title]) => title), ...others].sort());
    const passes = Int16Array.from({ length: 240 }, (_, pixel) => (pixel < 240 - session.missing ? 1 : 0));
    expect(read.get('Measured passes')?.sha256).toBe(sha256(new Uint8Array(passes.buffer)));
    expect(read.get('Si-L classes')).toMatchObject({
      class: 'Signal2D',
      dtype: '<i2',
      metadata: { eelwatch: { edge: 'Si-L', kind: 'labels' } },
    });
    expect(read.get('Si-L embedding')?.shape).toEqual([2, 12, 20]);
  });

  it('is the same as .zspy', () => {
    expect([...zarr.keys()].sort()).toEqual([...read.keys()].sort());
    for (const [title, signal] of zarr) expect(signal, title).toEqual(read.get(title));
  });

  it('opens as it lies', () => {
    const counts = read.get('anode');
    expect(asItLies).toMatchObject({ class: 'EELSSpectrum', sha256: counts?.sha256 });
    const plain = (signal: HyperspySignal | undefined) =>
      signal?.axes.map(({ size, offset, scale, units }) => ({ size, offset, scale, units }));
    expect(plain(asItLies)).toEqual(plain(counts));
  });
});

/** Spectrum images and spectra of several formats, types and orders. */
const MEASURED = [
  'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3',
  'nmc-cathode/TM+O EELS Spectrum Image.dm3',
  'nmc-cathode/Si EELS Spectrum Image.dm3',
  'nmc-cathode/ZLP EELS Spectrum Image.dm3',
  'perovskite-STO-LMO/DMReader_EELS_STO.dm4',
];

describeHyperspy('measured files opened by HyperSpy', () => {
  describeMeasured('beside the original', MEASURED, () => {
    let read: Map<string, HyperspySignal[]>;
    beforeAll(async () => {
      const trios: string[][] = [];
      for (const name of MEASURED) {
        const original = measuredData(name) as string;
        const stem = join(root, basename(name));
        trios.push([
          original,
          await exported(original, `${stem}.hspy`),
          await exported(original, `${stem}.zspy`),
        ]);
      }
      // HyperSpy takes seconds to start: once for all files.
      const signals = readWithHyperspy(...trios.flat()).map(([signal]) => signal);
      read = new Map(MEASURED.map((name, n) => [name, signals.slice(3 * n, 3 * n + 3)]));
    });

    it.each(MEASURED)('%s', (name) => {
      const [expected, hspy, zspy] = read.get(name) ?? [];
      expect(hspy).toEqual(zspy);
      expect(hspy.shape).toEqual(expected.shape);
      expect(hspy.dtype).toBe(expected.dtype);
      expect(hspy.sha256).toBe(expected.sha256);
      const tem = (signal: HyperspySignal) => signal.metadata['Acquisition_instrument']?.['TEM'];
      const { beam_energy, convergence_angle } = (tem(expected) ?? {}) as Record<string, number>;
      if (beam_energy > 0) expect(tem(hspy)).toMatchObject({ beam_energy });
      if (convergence_angle > 0) expect(tem(hspy)).toMatchObject({ convergence_angle });
      for (const [index, axis] of expected.axes.entries()) {
        const own = hspy.axes[index];
        expect(own).toMatchObject({ size: axis.size, navigate: axis.navigate });
        if (axis.units !== 'eV') continue;
        expect(own.offset).toBeCloseTo(axis.offset, 9);
        expect(own.scale).toBeCloseTo(axis.scale, 12);
        expect(own.units).toBe('eV');
      }
    });
  });
});
