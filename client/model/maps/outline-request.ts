import type { ClassState, Layer, PairInformation } from '../../../protocol/index.ts';
import type { LayerPlane } from './layer-plane.ts';
import { isClassMap, isPlanMap } from './map-list.ts';
import type { OutlineRequest } from './outline-follower.ts';

export interface OutlineSituation {
  /** Map in the large place. */
  hero: Layer | undefined;
  shape: readonly [number, number] | undefined;
  /** Classes of each edge. */
  classes: ReadonlyMap<string, readonly ClassState[]>;
  information: ReadonlyMap<string, PairInformation>;
  classMap(edge: string): LayerPlane | undefined;
}

/** Which pairs of classes are to be outlined on the large map: of its pair of edges, of its edge with others, or of all. */
export function outlineRequest({
  hero,
  shape,
  classes,
  information,
  classMap,
}: OutlineSituation): OutlineRequest | undefined {
  if (hero === undefined || shape === undefined || shape[0] === 1) return undefined;
  // Class maps have outlines already; on plan maps outlines would cover the regions.
  if (isClassMap(hero) || isPlanMap(hero)) return undefined;
  const shown = [...information].flatMap(([name, pair]) => {
    const isAsked = hero.pair
      ? hero.pair.join('~') === name
      : [pair.a, pair.b, undefined].includes(hero.edge);
    return isAsked ? [pair] : [];
  });
  const maps = new Map(
    [...classes.keys()].flatMap((edge) => {
      const plane = classMap(edge);
      return plane === undefined ? [] : [[edge, { data: plane.data, revision: plane.revision }] as const];
    }),
  );
  return { information: shown, maps, shape, classes };
}
