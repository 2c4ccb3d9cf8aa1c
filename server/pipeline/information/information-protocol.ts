import type { PairInformation } from '../../../protocol/index.ts';

/** The pictures of a pair of edges in shared memory, written by the information thread alone. */
export interface PairMaps {
  a: string;
  b: string;
  pointwise: Float32Array;
  local: Float32Array;
}

export interface InformationWorkerData {
  shape: readonly [number, number];
  /** Class maps by edge, in shared memory; read only. */
  labels: Record<string, Int16Array>;
  pairs: PairMaps[];
  /** t/λ in shared memory; undefined without a low loss. */
  thickness: Float32Array | undefined;
}

export interface InformationCommand {
  type: 'update';
  /** Revision of the class maps by edge; edges without a model are left out. */
  revisions: Record<string, number>;
  /** The maps are final. */
  final: boolean;
}

export type InformationReport =
  | { type: 'pair'; information: Omit<PairInformation, 'epoch'> }
  | { type: 'updated' }
  | { type: 'failed'; message: string };
