import type { Edge, EdgeState, EnergyAxis } from '../../protocol/index.ts';
import { fitUmap } from '../../server/analysis/embedding/umap.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { EdgeAnalyser } from '../../server/pipeline/edge/edge-analyser.ts';
import { EdgeLearner } from '../../server/pipeline/edge/edge-learner.ts';
import { type EdgeMaps, type EdgeReport, emptyMaps } from '../../server/pipeline/edge/edge-protocol.ts';
import type { Learner } from '../../server/pipeline/edge/learner.ts';
import { ANALYSIS_DEFAULTS, type AnalysisOptions } from '../../server/pipeline/options.ts';

export interface LiveEdge {
  analyser: EdgeAnalyser;
  maps: EdgeMaps;
  rows: number;
  columns: number;
  /** What was said last. */
  readonly state: Omit<EdgeState, 'epoch'>;
  readonly warnings: string[];
  /** Scans one more row; resolves when all that follows from it is shown. */
  row(row: number): Promise<void>;
  /** Reads the edge in other windows, or on another axis, from now on. */
  retune(edge: Edge, energy: EnergyAxis): void;
  /** Colour of each pixel on screen, −1 absent, −2 not measured. */
  colours(): number[];
  close(): Promise<void>;
}

/**
 * One edge of a scan file analysed row by row, without threads: fits end before the next row comes, as in a scan whose
 * rows take longer than a fit, so that the course is the same in every run.
 * @param epochs of the embedding, where its beauty does not matter
 * @param wrap puts another learner in the place of the edge's own
 * @param watch is told of every report
 */
export async function liveEdge(
  path: string,
  edge: Edge,
  options: Partial<AnalysisOptions> = {},
  epochs?: number,
  wrap = (learner: Learner) => learner,
  watch: (report: EdgeReport) => void = () => {},
): Promise<LiveEdge> {
  const { scan, core } = await openScanFile(path);
  const reader = await openCube(core);
  const [rows, columns] = scan.shape;
  const maps = emptyMaps(rows * columns);
  const warnings: string[] = [];
  let state: Omit<EdgeState, 'epoch'> | undefined;
  const measured = new Uint8Array(rows * columns);
  const input = { edge, scan, options: { ...ANALYSIS_DEFAULTS, edges: [edge], ...options }, maps, measured };
  const report = (report: EdgeReport) => {
    watch(report);
    if (report.type === 'state') state = report.state;
    if (report.type === 'warning' || report.type === 'failed') warnings.push(report.message);
  };
  const learner = new EdgeLearner(input, reader, {
    fitEmbedding: (scores, dimension, start, umap) =>
      fitUmap(scores, dimension, start, epochs === undefined ? umap : { ...umap, epochs }),
  });
  // Refits of classes that seem to take no time are done whenever they are due.
  const analyser = new EdgeAnalyser({ ...input, report, now: () => 0 }, reader, wrap(learner));
  const live: LiveEdge = {
    analyser,
    maps,
    rows,
    columns,
    get state() {
      if (!state) throw new Error('nothing was said yet');
      return state;
    },
    warnings,
    row: async (row) => {
      analyser.measured(row * columns, columns, 0);
      await analyser.idle();
    },
    retune: (other, energy) => {
      learner.retune(other, energy);
      analyser.retune(other, energy, 1);
    },
    colours: () => {
      const colourOf = new Map(live.state.classes.map(({ label, colour }) => [label, colour]));
      return Array.from(maps.labels, (label) => colourOf.get(label) ?? label);
    },
    close: () => reader.close(),
  };
  return live;
}
