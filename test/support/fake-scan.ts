import type {
  ClassSpectra,
  ClassState,
  Edge,
  EdgeState,
  Layer,
  LayerFrame,
  PairInformation,
  PixelSpectrum,
  ScanMessage,
  SumSpectrum,
} from '../../protocol/index.ts';
import { ABSENT, edgeAt, energyOf, layerOf, UNMEASURED } from '../../protocol/index.ts';

/** Phases of the invented specimen. */
const VACUUM = 0;
const CARBON = 1;
const SILICON = 2;
const OXIDE = 3;
const CARBIDE = 4;

/** Which class of an edge each phase shows, absent where the edge is; two carbons, so that chance has a say. */
const CLASS_OF_PHASE: Record<string, readonly number[]> = {
  'Si-L': [ABSENT, ABSENT, 1, 2, 0],
  'C-K': [ABSENT, 1, ABSENT, ABSENT, 0],
  'O-K': [ABSENT, ABSENT, ABSENT, 0, ABSENT],
};
const CLASS_COUNTS: Record<string, number> = { 'Si-L': 4, 'C-K': 3, 'O-K': 2 };
/** Phases that references may name, by the identity of the class. */
const PHASES: Record<string, readonly string[]> = {
  'Si-L': ['SiC', 'Si', 'SiO2'],
  'C-K': ['SiC', 'a-C'],
  'O-K': ['SiO2'],
};
const CHANNELS = 1024;
const ENERGY = { offset: 70, dispersion: 0.5, units: 'eV' } as const;

/** Uniform in [0, 1), a function of two integers: the invented data are the same in every run. */
export function noise(a: number, b: number): number {
  let value = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  value ^= value >>> 12;
  value = Math.imul(value, 0x297a2d39);
  return ((value ^ (value >>> 15)) >>> 0) / 2 ** 32;
}

const normal = (a: number, b: number): number =>
  Math.sqrt(-2 * Math.log(noise(a, 2 * b) + 1e-12)) * Math.cos(2 * Math.PI * noise(a, 2 * b + 1));

/** Discs of silicon with a shell of oxide or carbide: y, x, radius in parts of the scan, shell phase. */
const PARTICLES: readonly (readonly [number, number, number, number])[] = [
  [0.18, 0.26, 0.17, CARBIDE],
  [0.3, 0.58, 0.16, OXIDE],
  [0.46, 0.2, 0.1, OXIDE],
  [0.57, 0.28, 0.12, OXIDE],
  [0.86, 0.3, 0.18, CARBIDE],
  [0.94, 0.62, 0.14, OXIDE],
  [0.7, 0.8, 0.08, OXIDE],
];

function phaseAt(y: number, x: number): number {
  for (const [cy, cx, radius, shell] of PARTICLES) {
    const wobble = 1 + 0.08 * Math.sin(5 * Math.atan2(y - cy, x - cx) + 9 * cx);
    const distance = Math.hypot(y - cy, x - cx) / (radius * wobble);
    if (distance < 0.72) return SILICON;
    if (distance < 1) return shell;
  }
  return Math.hypot(y - 0.02, x - 0.98) < 0.16 || Math.hypot(y - 0.5, x - 0.02) < 0.07 ? VACUUM : CARBON;
}

const thicknessAt = (y: number, x: number): number =>
  0.55 + 0.25 * Math.sin(3.1 * x + 1) * Math.cos(2.7 * y) + 0.12 * Math.sin(9 * x * y);

const namedAs = (phase: string | undefined) =>
  phase !== undefined && { verdict: 'match' as const, name: phase, best: phase, score: 0.97 };

/** Pixels whose class is less likely than the others together. */
export const isDoubtful = (pixel: number): boolean => pixel % 13 === 5;

const isModelLayer = (layer: Layer): boolean =>
  layer.kind === 'labels' ||
  layer.kind === 'embedding' ||
  layer.kind === 'information' ||
  layer.kind === 'uncertainty';

export interface FakeScanOptions {
  shape: [number, number];
  epoch: number;
  edges?: readonly string[];
  /** Pixel that stays unmeasured, a gap. */
  gapAt?: number;
  lowLoss?: boolean;
  /** Whether there is a map of what a rescan is worth. */
  planned?: boolean;
  /** Whether references name the classes. */
  named?: boolean;
  /** Whether there are maps of how uncertain classes are. */
  judged?: boolean;
}

/** An invented scan with the true wire's words: everything a dashboard can be shown, without any analysis. */
export class FakeScan {
  readonly message: ScanMessage;
  readonly pixels: number;
  /** Pixels scanned so far, and pixels that the models cover. */
  scanned = 0;
  modelled = 0;
  revision = 0;
  readonly #phases: Uint8Array;
  readonly #thickness: Float32Array;
  readonly #gapAt: number | undefined;
  readonly #hasLowLoss: boolean;
  readonly #named: boolean;

  constructor({
    shape,
    epoch,
    edges = ['Si-L', 'C-K', 'O-K'],
    gapAt,
    lowLoss = false,
    planned = false,
    named = false,
    judged = false,
  }: FakeScanOptions) {
    const [rows, columns] = shape;
    const table: Record<string, number> = { 'Si-L': 99, 'C-K': 284, 'O-K': 532 };
    const edgeList: Edge[] = edges.map((name) => edgeAt(name, table[name]));
    this.message = {
      type: 'scan',
      epoch,
      source: 'invented',
      edges: edgeList,
      layers: layersOf(edgeList, planned, judged),
      scan: {
        id: `fake-${epoch}`,
        name: 'anode_017',
        shape,
        channels: CHANNELS,
        energy: ENERGY,
        dtype: 'u16',
        pixelSizeNm: 2,
        dwellSeconds: 0.01,
        simulated: true,
      },
    };
    this.#gapAt = gapAt;
    this.#hasLowLoss = lowLoss;
    this.#named = named;
    this.pixels = rows * columns;
    this.#phases = new Uint8Array(this.pixels);
    this.#thickness = new Float32Array(this.pixels);
    const longer = Math.max(rows, columns);
    for (let i = 0; i < this.pixels; i++) {
      const y = Math.floor(i / columns) / longer;
      const x = (i % columns) / longer;
      this.#phases[i] = phaseAt(y, x);
      this.#thickness[i] =
        this.#phases[i] === VACUUM ? 0.02 + 0.02 * noise(i, 1) : thicknessAt(y, x) + 0.02 * normal(i, 2);
    }
  }

  /** Samples of a layer over some rows, as far as they are scanned or modelled. */
  frame(layer: Layer, firstRow: number, rows: number): LayerFrame {
    const columns = this.message.scan.shape[1];
    const length = rows * columns * layer.components;
    const data = layer.dtype === 'i16' ? new Int16Array(length) : new Float32Array(length);
    for (let i = 0; i < rows * columns; i++) {
      const pixel = firstRow * columns + i;
      for (let c = 0; c < layer.components; c++)
        data[i * layer.components + c] = this.sample(layer, pixel, c);
    }
    const revision = isModelLayer(layer) ? this.revision : 0;
    return {
      epoch: this.message.epoch,
      layer: layer.id,
      revision,
      firstRow,
      rows,
      columns,
      components: layer.components,
      data,
    };
  }

  sample(layer: Layer, pixel: number, component = 0): number {
    const known = isModelLayer(layer) ? this.modelled : this.scanned;
    if (pixel >= known || pixel === this.#gapAt) return layer.dtype === 'i16' ? UNMEASURED : Number.NaN;
    const thickness = this.#thickness[pixel];
    const edge = layer.edge ?? '';
    switch (layer.kind) {
      case 'labels':
        return this.label(edge, pixel);
      case 'embedding':
        return this.#point(edge, pixel)[component];
      case 'intensity':
        return (this.identity(edge, pixel) === ABSENT ? 0 : 420 * thickness) + 14 * normal(pixel, layer.id);
      case 'information':
        return this.#pointwiseAt(layer.pair ?? ['', ''], pixel);
      case 'channel':
        return 900 * thickness + (this.#phases[pixel] === SILICON ? 380 : 0) + 12 * normal(pixel, 77);
      case 'uncertainty':
        if (this.identity(edge, pixel) === ABSENT) return Number.NaN;
        return isDoubtful(pixel) ? 0.7 : 0.4 * noise(pixel, 19);
      case 'plan-value':
        return 0.4 * noise(pixel, 91);
      case 'counts':
        return 50_000 * thickness;
      default:
        return thickness;
    }
  }

  /** Persistent identity of a pixel's class. */
  identity(edge: string, pixel: number): number {
    const identity = CLASS_OF_PHASE[edge][this.#phases[pixel]];
    if (identity === ABSENT) return ABSENT;
    if (edge === 'Si-L' && noise(pixel, 5) < 0.05) return 3;
    if (edge === 'C-K' && identity === 1) return noise(pixel, 6) < 0.4 ? 2 : 1;
    return edge === 'O-K' && noise(pixel, 7) < 0.3 ? 1 : identity;
  }

  /** Number of a pixel's class: the numbers of C-K rotate with each revision, as a refit may do. */
  label(edge: string, pixel: number): number {
    const identity = this.identity(edge, pixel);
    return identity === ABSENT ? ABSENT : this.#labelOf(edge, identity);
  }

  edgeState(name: string, status: EdgeState['status'], nextRefitAt?: number): EdgeState {
    const counts = new Map<number, number>();
    for (let pixel = 0; pixel < this.scanned; pixel++) {
      const identity = this.identity(name, pixel);
      counts.set(identity, (counts.get(identity) ?? 0) + 1);
    }
    const absent = counts.get(ABSENT) ?? 0;
    const classes = Array.from(
      { length: this.revision === 0 ? 0 : CLASS_COUNTS[name] },
      (_, identity): ClassState => ({
        label: this.#labelOf(name, identity),
        colour: identity,
        count: counts.get(identity) ?? 0,
        centroid: this.#centre(name, identity),
        ...(this.#named && namedAs(PHASES[name]?.[identity])),
      }),
    ).sort((a, b) => a.label - b.label);
    return {
      type: 'edge',
      epoch: this.message.epoch,
      name,
      status,
      revision: this.revision,
      present: this.scanned - absent,
      absent,
      ...(nextRefitAt !== undefined && { nextRefitAt }),
      components: 5,
      explained: [0.6, 0.2, 0.05, 0.02, 0.01],
      landmarks: Math.min(this.modelled, 2000),
      gain: 1.04,
      classes,
      orientation: [1, 0, 0, 0, 1, 0],
    };
  }

  information(a: string, b: string): PairInformation {
    const rows = this.#labels(a);
    const columns = this.#labels(b);
    const counts = rows.map(() => columns.map(() => 0));
    for (let pixel = 0; pixel < this.modelled; pixel++)
      counts[rows.indexOf(this.label(a, pixel))][columns.indexOf(this.label(b, pixel))]++;
    const n = Math.max(1, this.modelled);
    const rowSums = counts.map((line) => line.reduce((sum, count) => sum + count, 0));
    const columnSums = columns.map((_, j) => counts.reduce((sum, line) => sum + line[j], 0));
    const pointwise = counts.map((line, i) =>
      line.map((count, j) =>
        count === 0 ? 0 : (count / n) * Math.log((count * n) / (rowSums[i] * columnSums[j])),
      ),
    );
    const mi = pointwise.flat().reduce((sum, term) => sum + term, 0);
    const { revision } = this;
    return {
      type: 'information',
      epoch: this.message.epoch,
      a,
      b,
      revisions: [revision, revision],
      pixels: this.modelled,
      mi,
      miBothPresent: mi / 3,
      rows,
      columns,
      counts,
      pointwise,
      ...this.#verdict(rows, columns, counts, mi),
    };
  }

  /** As if four pixels made one independent area. */
  #verdict(rows: number[], columns: number[], counts: number[][], mi: number) {
    const n = Math.max(1, this.modelled);
    const chance = counts.map((line) =>
      line.map(
        (_, j) =>
          (line.reduce((sum, count) => sum + count, 0) * counts.reduce((sum, row) => sum + row[j], 0)) / n,
      ),
    );
    const z = counts.map((line, i) =>
      line.map((count, j) => (count - chance[i][j]) / Math.sqrt(4 * Math.max(1, chance[i][j]))),
    );
    const zCritical = 3;
    const pairs = rows
      .flatMap((a, i) =>
        columns.map((b, j) => {
          const pmi = Math.log(Math.max(1, counts[i][j]) / Math.max(1e-9, chance[i][j]));
          return { a, b, count: counts[i][j], pmi, pmiLower: pmi - 0.1, npmi: pmi / 4, z: z[i][j] };
        }),
      )
      .filter((pair) => pair.a >= 0 && pair.b >= 0 && pair.z > zCritical)
      .sort((p, q) => q.z - p.z);
    return {
      ami: mi / 1.2,
      corrected: mi - 0.02,
      pValue: 1e-5,
      effectivePixels: n / 4,
      localWindow: 15,
      verdict: 'related' as const,
      z,
      zCritical,
      pairs,
    };
  }

  classSpectra(edge: string): ClassSpectra {
    const spectra = Array.from({ length: CLASS_COUNTS[edge] }, (_, identity) => ({
      label: this.#labelOf(edge, identity),
      count: 100,
      mean: Array.from({ length: CHANNELS }, (_, i) => this.#net(edge, identity, energyOf(ENERGY, i))),
    }));
    return {
      type: 'class-spectra',
      epoch: this.message.epoch,
      edge,
      revision: this.revision,
      energy: ENERGY,
      spectra,
    };
  }

  sumSpectrum(): SumSpectrum {
    const counts = Array.from(
      { length: CHANNELS },
      (_, i) => this.scanned * this.#expected(0, energyOf(ENERGY, i)),
    );
    const { scanned } = this;
    return {
      type: 'sum-spectrum',
      epoch: this.message.epoch,
      spectra: scanned,
      energy: ENERGY,
      counts,
      ...this.#lowLoss(scanned),
    };
  }

  spectrum(pixel: number, request: number): PixelSpectrum {
    const measured = pixel < this.scanned && pixel !== this.#gapAt;
    const raw = Array.from({ length: CHANNELS }, (_, i) => {
      const mean = this.#expected(pixel, energyOf(ENERGY, i));
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(pixel, i)));
    });
    const edges = this.message.edges.map(({ name, fitWindow, signalWindow }) => {
      const channel = (energyEv: number) => Math.round((energyEv - ENERGY.offset) / ENERGY.dispersion);
      const firstChannel = Math.max(0, channel(fitWindow[0]));
      const signalChannel = channel(signalWindow[0]);
      const energies = (from: number) =>
        Array.from({ length: Math.min(channel(signalWindow[1]), CHANNELS) - from }, (_, i) =>
          energyOf(ENERGY, from + i),
        );
      const identity = this.identity(name, pixel);
      return {
        name,
        label: this.revision === 0 ? UNMEASURED : this.label(name, pixel),
        snr: identity === ABSENT ? 0.6 : 14,
        exponent: 2.9,
        firstChannel,
        // Analysed one channel further down, as spectra are that drift.
        counts: energies(firstChannel).map((_, i) => raw[firstChannel + i + 1] ?? 0),
        background: energies(firstChannel).map((energy) => this.#background(pixel, energy, name)),
        ...(this.revision > 0 && {
          reconstruction: {
            firstChannel: signalChannel,
            counts: energies(signalChannel).map((energy) => this.#net(name, identity, energy)),
          },
        }),
      };
    });
    return {
      type: 'spectrum',
      request,
      epoch: this.message.epoch,
      pixel,
      measured,
      energy: ENERGY,
      raw,
      edges,
      ...this.#lowLoss(1),
    };
  }

  /** A zero-loss peak and a plasmon at 17 eV. */
  #lowLoss(spectra: number) {
    if (!this.#hasLowLoss) return {};
    const energy = { offset: -20, dispersion: 0.25, units: 'eV' } as const;
    const counts = Array.from({ length: 508 }, (_, i) => {
      const [zeroLoss, plasmon] = [energyOf(energy, i) / 0.6, (energyOf(energy, i) - 17) / 3];
      return spectra * (40_000 * Math.exp(-(zeroLoss ** 2)) + 900 / (1 + plasmon ** 2) + 1);
    });
    return { lowLoss: { energy, counts } };
  }

  #labelOf(edge: string, identity: number): number {
    return edge === 'C-K' ? (identity + this.revision) % CLASS_COUNTS[edge] : identity;
  }

  #labels(edge: string): number[] {
    return [...Array.from({ length: CLASS_COUNTS[edge] }, (_, label) => label), ABSENT];
  }

  #centre(edge: string, identity: number): [number, number] {
    const angle = 2.4 * identity + edge.length + edge.charCodeAt(0);
    return [4 * Math.cos(angle), 3 * Math.sin(angle)];
  }

  #point(edge: string, pixel: number): [number, number] {
    const identity = this.identity(edge, pixel);
    if (identity === ABSENT) return [Number.NaN, Number.NaN];
    const [x, y] = this.#centre(edge, identity);
    const along = 2.2 * (noise(pixel, 21) - 0.5);
    const spread = 0.16 * normal(pixel, 22);
    return [
      x + along * Math.cos(identity) + spread,
      y + 0.5 * along * Math.sin(2 * identity + along) + 0.16 * normal(pixel, 23),
    ];
  }

  #pointwiseAt([a, b]: [string, string], pixel: number): number {
    const [one, two] = [this.identity(a, pixel), this.identity(b, pixel)];
    if (one === ABSENT && two === ABSENT) return 0.02;
    if (one !== ABSENT && two !== ABSENT) return 0.3 + 0.1 * one;
    return -0.08 - 0.05 * Math.max(one, two);
  }

  #net(edge: string, identity: number, energyEv: number): number {
    const onset = this.message.edges.find((one) => one.name === edge)?.onsetEv ?? 0;
    if (identity === ABSENT || energyEv < onset) return 0;
    const above = energyEv - onset;
    const size = { 'Si-L': 900, 'C-K': 220, 'O-K': 90 }[edge] ?? 100;
    const peak = Math.exp(-(((above - 8 - 5 * identity) / 5) ** 2));
    return size * (1 - Math.exp(-above / 4)) * Math.exp(-above / 70) * (0.7 + 0.6 * peak);
  }

  #power(energyEv: number): number {
    return 5200 * (energyEv / 75) ** -2.9;
  }

  #background(pixel: number, energyEv: number, edge: string): number {
    const before = this.message.edges.filter((one) => one.onsetEv < energyEv && one.name !== edge);
    return before.reduce(
      (sum, one) => sum + this.#net(one.name, this.identity(one.name, pixel), energyEv),
      this.#power(energyEv),
    );
  }

  #expected(pixel: number, energyEv: number): number {
    return this.message.edges.reduce(
      (sum, edge) => sum + this.#net(edge.name, this.identity(edge.name, pixel), energyEv),
      this.#power(energyEv),
    );
  }
}

function layersOf(edges: readonly Edge[], planned: boolean, judged: boolean): Layer[] {
  const layers: Layer[] = [];
  const add = (layer: Omit<Layer, 'id'>) => layers.push({ id: layers.length, ...layer });
  add({ kind: 'thickness', name: 'Thickness', units: 't/λ', dtype: 'f32', components: 1 });
  add({ kind: 'channel', name: 'HAADF', units: 'counts', dtype: 'f32', components: 1 });
  for (const { name: edge } of edges) {
    add({ kind: 'intensity', name: `${edge} intensity`, units: 'counts', dtype: 'f32', components: 1, edge });
    add({ kind: 'labels', name: `${edge} classes`, units: '', dtype: 'i16', components: 1, edge });
    add({ kind: 'embedding', name: `${edge} embedding`, units: '', dtype: 'f32', components: 2, edge });
  }
  edges.forEach((one, i) => {
    for (const two of edges.slice(i + 1))
      add({
        kind: 'information',
        name: `Information ${one.name} × ${two.name}`,
        units: 'nats',
        dtype: 'f32',
        components: 1,
        pair: [one.name, two.name],
      });
  });
  add({ kind: 'counts', name: 'Total counts', units: 'counts', dtype: 'f32', components: 1 });
  if (planned) add(layerOf('plan-value'));
  if (judged) for (const { name: edge } of edges) add(layerOf('uncertainty', { edge }));
  return layers;
}
