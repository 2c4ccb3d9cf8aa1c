import type { Side } from '../../server/comparison/side.ts';
import type { EdgeResults, Results } from '../../server/results-reader.ts';
import { parseResultsSummary } from '../../server/results-summary.ts';

export interface SmallEdge {
  name: string;
  labels: number[];
  /** Net counts; NaN where not measured. Default 100 times the label + 1. */
  intensity?: number[];
  graded?: boolean;
  signalWindow?: [number, number];
}

const CHANNELS = 60;

function edgeOf({ name, labels, intensity }: SmallEdge, summary: Results['summary']): EdgeResults {
  const scalar = (of: (label: number, pixel: number) => number) =>
    Float32Array.from(labels, (label, pixel) => (label === -2 ? Number.NaN : of(label, pixel)));
  const classes = Math.max(...labels, -1) + 1;
  return {
    name,
    summary: summary.edges[name],
    labels: Int16Array.from(labels),
    intensity: scalar((label, pixel) => intensity?.[pixel] ?? 100 * (label + 1)),
    snr: scalar(() => 10),
    uncertainty: scalar(() => 0),
    novelty: scalar(() => 0),
    flags: scalar(() => 0),
    embedding: new Float32Array(2 * labels.length),
    classes: {
      centroids: new Float32Array(2 * classes),
      energy: Float32Array.from({ length: CHANNELS }, (_, i) => 500 + i),
      meanSpectra: Array.from({ length: classes }, (_, label) =>
        Float32Array.from({ length: CHANNELS }, (_, i) => (label + 1) * Math.exp(-(((i - 30) / 6) ** 2))),
      ),
    },
  };
}

/** A side of a comparison as a test needs it: maps of a few pixels. */
export function smallSide(
  path: string,
  shape: [number, number],
  edges: SmallEdge[],
  thickness?: number[],
): Side {
  const summary = parseResultsSummary(
    {
      program: 'eelwatch',
      version: '1',
      source: path,
      status: 'complete',
      scan: {
        id: 'scan',
        name: 'scan',
        shape,
        channels: 100,
        energy: { offset: 500, dispersion: 1, units: 'eV' },
      },
      edges: Object.fromEntries(
        edges.map(({ name, labels, graded, signalWindow }) => [
          name,
          {
            status: 'final',
            onset: 530,
            background: 'poisson',
            fitWindow: [500, 525],
            signalWindow: signalWindow ?? [529, 559],
            classes: Math.max(...labels, -1) + 1,
            ...(graded && { graded }),
          },
        ]),
      ),
    },
    path,
  );
  return {
    said: { path, kind: 'results', how: 'as stored', scan: { name: 'scan', shape }, version: '1' },
    results: {
      folder: path,
      summary,
      shape,
      counts: new Float32Array(shape[0] * shape[1]).fill(1000),
      ...(thickness && { thickness: Float32Array.from(thickness) }),
      edges: edges.map((edge) => edgeOf(edge, summary)),
      pairs: [],
    },
  };
}
