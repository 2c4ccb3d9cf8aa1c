import type { PhaseTable } from '../../../protocol/index.ts';
import { phaseMap } from '../../analysis/phases/phase-map.ts';
import { phaseTable } from '../../analysis/phases/phase-table.ts';

/** Maps and names that a phase map is made of: plain data. */
export interface PhaseTask {
  id: number;
  /** Rows, columns. */
  shape: readonly [number, number];
  pixelSizeNm?: number;
  /** In the order of the scan's; maps in shared memory, names of classes by label. One without a model has measured nothing yet. */
  edges: {
    name: string;
    labels: Int16Array;
    intensity: Float32Array;
    uncertainty: Float32Array;
    names: Record<number, string>;
  }[];
  /** t/λ in shared memory; absent without a zero-loss peak. */
  thickness?: Float32Array;
}

export interface FoundPhaseMap {
  /** Number of each pixel's phase in the table, −1 where no edge is present, −2 not measured. */
  map: Int16Array<ArrayBuffer>;
  table: PhaseTable;
}

/** Makes the phase map of a scan: a function of the maps and names alone. */
export function findPhases({ shape, pixelSizeNm, edges, thickness }: Omit<PhaseTask, 'id'>): FoundPhaseMap {
  // Class maps go on changing while they are looked at.
  const copies = edges.map(({ names, labels, ...maps }) => ({
    ...maps,
    labels: labels.slice(),
    names: new Map(Object.entries(names).map(([label, name]) => [Number(label), name])),
  }));
  const found = phaseMap(copies);
  const table = phaseTable(found, {
    shape,
    edges: edges.map(({ name }) => name),
    ...(thickness && { thickness }),
    ...(pixelSizeNm !== undefined && { pixelSizeNm }),
  });
  return { map: found.map, table };
}
