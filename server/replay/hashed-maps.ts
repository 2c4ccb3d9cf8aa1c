import type { LayerKind } from '../../protocol/index.ts';

/** Maps of an edge that the hash of a revision is of: in this order, which is that of their layers. */
export const HASHED_MAPS: readonly LayerKind[] = ['labels', 'embedding', 'uncertainty'];
