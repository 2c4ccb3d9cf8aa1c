import type { Comparison, Layer, LayerTriple } from '../../protocol/index.ts';
import type { LiveLayer } from '../pipeline/live-state.ts';
import type { EdgeResults, Results } from '../results-reader.ts';
import type { ComparedResults } from './compare-results.ts';
import type { Side } from './side.ts';

/** Under which name `/live` and `/api/edges` know an edge of a side. */
export const edgeOfSide = (edge: string, side: 'A' | 'B'): string => `${edge}.${side}`;

/**
 * The maps of both sides and their differences as layers of one scan.
 * @returns the comparison with the ids of its layers as well
 */
export function comparisonLayers(
  { comparison, differences }: ComparedResults,
  a: Side,
  b: Side,
): { layers: LiveLayer[]; comparison: Comparison } {
  const layers: LiveLayer[] = [];
  const add = (layer: Omit<Layer, 'id' | 'components'>, data: LiveLayer['data']): number => {
    const id = layers.length;
    layers.push({ layer: { id, components: 1, ...layer }, data, revision: 1 });
    return id;
  };
  const triple = (
    name: string,
    units: string,
    kind: 'counts' | 'thickness' | 'intensity' | 'snr',
    data: readonly [Float32Array, Float32Array],
    difference: Float32Array,
    edge?: string,
  ): LayerTriple => {
    const of = (side: 'A' | 'B') =>
      add(
        { kind, name: `${name} ${side}`, units, dtype: 'f32', ...(edge && { edge: edgeOfSide(edge, side) }) },
        data[side === 'A' ? 0 : 1],
      );
    return {
      a: of('A'),
      b: of('B'),
      difference: add({ kind: 'difference', name: `${name} B − A`, units, dtype: 'f32' }, difference),
    };
  };
  const differenceOf = (name: string) => differences.get(name) ?? new Float32Array(0);
  const edges = comparison.edges.map((compared) => {
    const { edge } = compared;
    const [of, and] = [edgeIn(a.results, edge), edgeIn(b.results, edge)];
    const labels = (side: 'A' | 'B', data: Int16Array) =>
      add(
        {
          kind: 'labels',
          name: `${edge} classes ${side}`,
          units: 'class',
          dtype: 'i16',
          edge: edgeOfSide(edge, side),
        },
        data,
      );
    return {
      ...compared,
      layers: {
        a: labels('A', of.labels),
        b: labels('B', and.labels),
        difference: add(
          { kind: 'change', name: `${edge} change of class`, units: 'change', dtype: 'f32' },
          differenceOf(`${edge}/classes`),
        ),
      },
      maps: compared.maps.map((map) => {
        const kind = map.map as 'intensity' | 'snr';
        const data = [of[kind], and[kind]] as const;
        const difference = differenceOf(`${edge}/${kind}`);
        return { ...map, layers: triple(`${edge} ${kind}`, map.units, kind, data, difference, edge) };
      }),
    };
  });
  const maps = comparison.maps.map((map) => {
    const kind = map.map as 'counts' | 'thickness';
    const [of, and] = [a.results[kind], b.results[kind]];
    if (!of || !and) return map;
    return { ...map, layers: triple(kind, map.units, kind, [of, and], differenceOf(kind)) };
  });
  return { layers, comparison: { ...comparison, edges, maps } };
}

function edgeIn({ folder, edges }: Results, name: string): EdgeResults {
  const found = edges.find((edge) => edge.name === name);
  if (!found) throw new Error(`${folder}: has no edge ${name}`);
  return found;
}
