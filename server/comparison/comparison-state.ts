import {
  type ClassSpectra,
  type ClassState,
  type Command,
  type Comparison,
  type EdgeComparison,
  type EdgeState,
  edgeAt,
  InputError,
  type PixelSpectrum,
  pixelCount,
  type ScanMessage,
  type Topic,
  topicKey,
} from '../../protocol/index.ts';
import type { LiveLayer, LiveState } from '../pipeline/live-state.ts';
import type { EdgeResults } from '../results-reader.ts';
import type { ComparedResults } from './compare-results.ts';
import { comparisonLayers, edgeOfSide } from './comparison-layers.ts';
import type { Side } from './side.ts';

const EPOCH = 1;
const REVISION = 1;

/** A comparison as the hub serves it: a scan that is complete, with the maps of both sides. Nothing of it changes. */
export class ComparisonState implements LiveState {
  readonly comparison: Comparison;
  readonly scan: ScanMessage;
  readonly layers: readonly LiveLayer[];
  readonly topics: ReadonlyMap<string, Topic>;
  readonly cubes = undefined;
  readonly alerts = [];

  constructor(compared: ComparedResults, a: Side, b: Side) {
    const { layers, comparison } = comparisonLayers(compared, a, b);
    this.comparison = comparison;
    this.layers = layers;
    const { scan } = a.results.summary;
    this.scan = {
      type: 'scan',
      epoch: EPOCH,
      source: `${a.said.path} and ${b.said.path}`,
      scan: {
        id: 'comparison',
        name: a.said.scan.name === b.said.scan.name ? scan.name : `${scan.name} and ${b.said.scan.name}`,
        shape: [...a.results.shape],
        channels: scan.channels,
        energy: { offset: scan.energy.offset, dispersion: scan.energy.dispersion, units: 'eV' },
        dtype: 'f32',
        ...(scan.pixelSizeNm != null && { pixelSizeNm: scan.pixelSizeNm }),
        ...((scan.simulated || b.results.summary.scan.simulated) && { simulated: true }),
      },
      edges: comparison.edges.flatMap(({ edge }) => [
        edgeFor(edge, 'A', a.results.edges),
        edgeFor(edge, 'B', b.results.edges),
      ]),
      layers: layers.map(({ layer }) => layer),
    };
    const pixels = pixelCount(this.scan.scan);
    const topics: Topic[] = [
      {
        type: 'progress',
        epoch: EPOCH,
        status: 'complete',
        spectra: pixels,
        total: pixels,
        nextPixel: pixels,
        elapsedSeconds: 0,
        newestAt: 0,
        sentAt: 0,
        backlog: 0,
      },
      ...comparison.edges.flatMap((edge) => [
        ...sideTopics(edge, 'A', a.results.edges),
        ...sideTopics(edge, 'B', b.results.edges),
      ]),
    ];
    this.topics = new Map(topics.map((topic) => [topicKey(topic), topic]));
  }

  subscribe(): () => void {
    return () => {};
  }

  async spectrum(): Promise<PixelSpectrum> {
    throw new InputError('spectrum', 'pixel', 'a comparison holds maps and means, no spectra of pixels');
  }

  now(): number {
    return 0;
  }

  async command({ type }: Command): Promise<void> {
    throw new InputError(type, 'scan', 'expected one that is analysed, found a comparison');
  }

  summary(): Record<string, unknown> {
    return { ...this.comparison };
  }
}

type SideName = 'A' | 'B';

function edgeFor(name: string, side: SideName, edges: readonly EdgeResults[]): ScanMessage['edges'][number] {
  const summary = edges.find((edge) => edge.name === name)?.summary;
  const automatic = edgeAt(edgeOfSide(name, side), summary?.onset ?? 0);
  return {
    ...automatic,
    ...(summary?.fitWindow && { fitWindow: summary.fitWindow }),
    ...(summary?.signalWindow && { signalWindow: summary.signalWindow }),
  };
}

function sideTopics(
  compared: EdgeComparison,
  side: SideName,
  edges: readonly EdgeResults[],
): (EdgeState | ClassSpectra)[] {
  const found = edges.find(({ name }) => name === compared.edge);
  if (!found) return [];
  const name = edgeOfSide(compared.edge, side);
  const { summary, classes, labels } = found;
  const state: EdgeState = {
    type: 'edge',
    epoch: EPOCH,
    name,
    status: 'final',
    revision: REVISION,
    present: labels.filter((label) => label >= 0).length,
    absent: labels.filter((label) => label === -1).length,
    components: summary.components ?? 0,
    explained: [],
    landmarks: 0,
    gain: 1,
    ...(summary.graded && { graded: true }),
    classes: classStates(compared, side, classes?.centroids),
    orientation: [1, 0, 0, 0, 1, 0],
  };
  if (!classes || classes.energy.length < 2) return [state];
  const { energy } = classes;
  const dispersion = (energy[energy.length - 1] - energy[0]) / (energy.length - 1);
  return [
    state,
    {
      type: 'class-spectra',
      epoch: EPOCH,
      edge: name,
      revision: REVISION,
      energy: { offset: energy[0], dispersion, units: 'eV' },
      spectra: classes.meanSpectra.map((mean, label) => ({
        label,
        count: state.classes[label]?.count ?? 0,
        mean: [...mean],
      })),
    },
  ];
}

/** Classes that stand for each other have one colour, A's number; those of B alone have colours of their own. */
function classStates(
  { classes, correspondence }: EdgeComparison,
  side: SideName,
  centroids: Float32Array | undefined,
): ClassState[] {
  const { matches, onlyB } = correspondence;
  const colourOf = (label: number): number => {
    if (side === 'A') return label;
    const match = matches.find(({ b }) => b === label);
    return match ? match.a : classes.a.length + onlyB.indexOf(label);
  };
  return (side === 'A' ? classes.a : classes.b).map(({ label, pixels, name }) => ({
    label,
    colour: colourOf(label),
    count: pixels,
    centroid: [centroids?.[2 * label] ?? 0, centroids?.[2 * label + 1] ?? 0],
    ...(name !== undefined && { verdict: 'match' as const, name }),
  }));
}
