import {
  type Comparison,
  InputError,
  type MapComparison,
  mapKind,
  type OneSided,
} from '../../protocol/index.ts';
import { mapDifference } from '../analysis/scan/map-difference.ts';
import type { Results } from '../results-reader.ts';
import { compareEdge } from './compare-edge.ts';
import { NamedMaps } from './named-maps.ts';
import { scanNotes } from './notes.ts';
import type { Side } from './side.ts';

/** Figures, and the maps of differences by their path (`counts`, `Si-L/intensity`). */
export interface ComparedResults {
  comparison: Comparison;
  /** B − A, row-major, NaN where either has not measured; of classes as `change` layers have it. */
  differences: ReadonlyMap<string, Float32Array>;
}

/**
 * Compares two analyses of maps of one shape, pixel by pixel.
 * @throws InputError when the shapes differ
 */
export function compareResults(a: Side, b: Side): ComparedResults {
  const [of, and] = [a.results.shape, b.results.shape];
  if (of[0] !== and[0] || of[1] !== and[1])
    throw new InputError(
      `${a.said.path} and ${b.said.path}`,
      'shape',
      `expected the same rows × columns, found ${of.join(' × ')} and ${and.join(' × ')}`,
    );
  const maps = new NamedMaps(of[0] * of[1]);
  const edges = a.results.edges.flatMap((edge) => {
    const other = b.results.edges.find(({ name }) => name === edge.name);
    return other ? [compareEdge(edge, other, maps)] : [];
  });
  return {
    comparison: {
      a: a.said,
      b: b.said,
      notes: scanNotes(a, b),
      edges,
      maps: SCAN_MAPS.flatMap((map) => compareScanMap(map, a.results, b.results, maps)),
      onlyA: onlyIn(a.results, b.results),
      onlyB: onlyIn(b.results, a.results),
    },
    differences: maps.all,
  };
}

const SCAN_MAPS = ['counts', 'thickness'] as const;

function compareScanMap(
  map: (typeof SCAN_MAPS)[number],
  a: Results,
  b: Results,
  maps: NamedMaps,
): MapComparison[] {
  const [of, and] = [a[map], b[map]];
  if (!of || !and) return [];
  const difference = mapDifference(of, and, maps.create(map));
  return [{ map, units: mapKind(map).units, ...(difference && { difference }) }];
}

function onlyIn(own: Results, other: Results): OneSided {
  const names = other.edges.map(({ name }) => name);
  return {
    edges: own.edges.map(({ name }) => name).filter((name) => !names.includes(name)),
    maps: SCAN_MAPS.filter((map) => own[map] && !other[map]),
  };
}
